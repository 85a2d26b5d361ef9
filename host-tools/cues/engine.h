/* SPDX-License-Identifier: Apache-2.0 */
/* Facts in, cues out: when a cue opens and closes, and which one may be seen.
 *
 * in    turn events and scores as they arrive (up to 300 ms after the fact)
 * out   struct ut_cue_change to a sink, in order of call time
 * Everything runs on a 10 ms grid of call time that stays UT_CUE_LAG_MS behind the newest record, so that a cue's time
 * is exact to the facts' times and independent of how records were delayed or bunched. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_ENGINE_H
#define UT_HOST_CUE_ENGINE_H

#include "firmware/wire.h"
#include "host-tools/cues/change.h"
#include "host-tools/cues/memory.h"
#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_CUE_LAG_MS = 300, /* a fact is known at most this long after it happened */
    UT_CUE_FACTS_MAX = 128,
    UT_CUE_POPUPS_MAX = 32
};

/* Sees every hold, when it is known to have begun and to have ended; span->end_ms tells which. */
typedef void ut_hold_sink(void *ctx, const struct ut_hold_span *span);

struct ut_cue_engine {
    const struct ut_config *config;
    ut_cue_sink *sink;
    void *ctx;
    ut_hold_sink *hold_sink; /* NULL = nobody asks */
    int64_t grid_ms;         /* facts up to this time have been used; -1 = not started */
    int64_t newest_ms;       /* time of the newest record */

    struct ut_cue_fact {
        int64_t t_ms;
        int kind; /* enum ut_turn_kind, or UT_TURN_KINDS for a score */
        struct ut_wire_turn turn;
        struct ut_wire_score score;
    } fact[UT_CUE_FACTS_MAX]; /* by time, in order of arrival among equals */
    int fact_count;

    struct ut_cue_memory memory; /* what the facts used have said */

    struct ut_cue_slot {
        uint8_t open, dismissed;
        uint8_t flagged; /* the supervisor's flag is up */
        uint8_t refused; /* said already that it would have opened but for its refractory time */
        enum { UT_SLOT_IDLE, UT_SLOT_WAITING, UT_SLOT_VISIBLE, UT_SLOT_DONE } screen;
        int64_t hold_from_ms;    /* the on-condition holds since; -1 = not */
        int64_t hold_speech_ms;  /* speech over which it has held */
        int64_t release_from_ms; /* the off-condition holds since; -1 = not */
        int64_t refractory_until_ms;
        int64_t shown_ms; /* how long it was visible, once it is no more */
        int64_t seen_ms;  /* when it came to be visible, or could not be shown; -1 = waits still */
        struct ut_cue_change opening;
    } slot[UT_CUES];
    enum ut_cue visible; /* UT_CUES = none */
    int64_t visible_from_ms;
    uint8_t muted, held_out;
    uint8_t unheard;                     /* enum ut_cue_hears: whose sound is not there */
    int64_t popup_ms[UT_CUE_POPUPS_MAX]; /* newest last */
    int popup_count;
};

void ut_cue_engine_init(struct ut_cue_engine *e, const struct ut_config *config, ut_cue_sink *sink, void *ctx);

/* Holds go to that sink, with the same ctx. */
void ut_cue_engine_holds(struct ut_cue_engine *e, ut_hold_sink *sink);

/* The sound of one or both is not there (enum ut_cue_hears): cues about them do not open, and those that are open
 * close. */
void ut_cue_engine_unheard(struct ut_cue_engine *e, unsigned parties);

/* One record's content. Advances the grid to the record's time less the lag. */
void ut_cue_engine_turn(struct ut_cue_engine *e, const struct ut_wire_turn *turn);
void ut_cue_engine_score(struct ut_cue_engine *e, const struct ut_wire_score *score);
void ut_cue_engine_status(struct ut_cue_engine *e, const struct ut_wire_status *status);

/* Records were lost before the next one. */
void ut_cue_engine_gap(struct ut_cue_engine *e);

/* The call has ended: uses what is waiting and closes what is open. */
void ut_cue_engine_finish(struct ut_cue_engine *e);

/* The next call of the same headset: as ut_cue_engine_init, but what is usual for the agent's voice stays known, and
 * muted cues stay muted. */
void ut_cue_engine_next(struct ut_cue_engine *e);

/* The call is put on hold now, or taken off. */
void ut_cue_engine_hold(struct ut_cue_engine *e, bool on);

/* The customer's voice may not be scored, nor have been: scores are forgotten, and cues that came from them close now.
 */
void ut_cue_engine_unscore(struct ut_cue_engine *e);

/* What the agent asks for. Muted cues open and close as ever, and nobody sees them. Dismissing the visible cue hides it
 * for good. Both act at once, whatever the minimum time of a visible cue. */
void ut_cue_engine_mute(struct ut_cue_engine *e, int muted);
void ut_cue_engine_dismiss(struct ut_cue_engine *e);

/* Nothing pops up in this call, as if it were muted, so that what cues change can be seen. To be said as it begins. */
void ut_cue_engine_hold_out(struct ut_cue_engine *e, bool held_out);

#endif
