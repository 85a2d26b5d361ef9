/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a call, and the per-call file made of it: Contact Lens 1.1.0's shape, measured acoustically.
 *
 * in    records and cue changes as the session sees them
 * out   one JSON object (SPEC.md "Per-call file"); no words, no sentiment of the agent
 */
#ifndef UT_HOST_CALL_SUMMARY_H
#define UT_HOST_CALL_SUMMARY_H

#include "firmware/wire.h"
#include "host-tools/call/facts.h"
#include "host-tools/call/trajectory.h"
#include "host-tools/call/withheld.h"
#include "host-tools/cues/change.h"
#include "host-tools/cues/memory.h"
#include "host-tools/system/json.h"

#include <stddef.h>
#include <stdint.h>

struct ut_call_summary {
    struct ut_wire_score *score;
    size_t scores, score_room;
    struct ut_wire_turn *turn; /* IPU ends, turn ends, overlap ends, interruptions, non-talk ends */
    size_t turns, turn_room;
    struct ut_hold_span *hold;
    size_t holds, hold_room;
    json_t *cues, *suppressed, *flags;
    struct ut_facts facts;
    const struct ut_cue_memory *memory; /* has the baselines; NULL before the first score */
    int64_t end_ms;
    struct ut_trajectory trajectory;
};

void ut_call_summary_init(struct ut_call_summary *s);
void ut_call_summary_free(struct ut_call_summary *s);

void ut_call_summary_score(struct ut_call_summary *s, const struct ut_wire_score *score,
                           const struct ut_cue_memory *memory);
void ut_call_summary_turn(struct ut_call_summary *s, const struct ut_wire_turn *turn);
void ut_call_summary_hold(struct ut_call_summary *s, const struct ut_hold_span *span);
void ut_call_summary_cue(struct ut_call_summary *s, const struct ut_cue_change *change);

/* What was gathered is of both parties: nobody's talk and nobody's feelings. When both were silent stays. */
void ut_call_summary_forget(struct ut_call_summary *s);

/* Scores may not have been: what was measured stays. */
void ut_call_summary_unscore(struct ut_call_summary *s);

/* When both were silent was not known, since one of them is not heard. */
void ut_call_summary_forget_silence(struct ut_call_summary *s);

/* status: COMPLETED, FAILED or IN_PROGRESS. model, device and channels are borrowed. */
json_t *ut_call_summary_json(const struct ut_call_summary *s, const char *contact_id, const char *status,
                             const char *policy, json_t *disclosure, json_t *model, json_t *device, json_t *channels);

/* How it went (host-tools/call/trajectory.h); null where nothing is scored. */
json_t *ut_call_summary_trajectory(const struct ut_call_summary *s);

/* Says in that object what is withheld: null in place of what is not known. */
void ut_call_summary_withhold(json_t *call, const struct ut_withheld *withheld);

#endif
