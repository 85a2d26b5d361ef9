/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a call is on hold: nobody speaks, and a channel carries music, or the customer's line is not there.
 *
 * in    hop by hop of a call: who is in an inter-pausal unit, and the score record of the hop where there is one
 * out   whether it is on hold, since when and why; how often and how long so far
 * Told from levels and speech as the headset streams them. Begin and end of a hold are those of records, 250 ms, or of
 * the speech that ends it. Total. SPEC.md "On hold".
 */
#ifndef UT_HOST_HOLD_H
#define UT_HOST_HOLD_H

#include "firmware/wire.h"
#include "host-tools/cues/baseline.h"
#include "host-tools/settings/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_HOLD_RECORDS = 512, /* score records looked back at: 128 s */
};

enum ut_hold_kind {
    UT_HOLD_SOUND,   /* music, a tone, a noise: sound that is no speech */
    UT_HOLD_SILENCE, /* the customer's line is cut off, or nothing at all is heard of it */
    UT_HOLD_TOLD     /* whoever put it there says so: the softphone */
};

enum ut_hold_end {
    UT_HOLD_BY_SPEECH,
    UT_HOLD_BY_LINE, /* the sound stopped, or the line is back */
    UT_HOLD_BY_CALL, /* the call ended */
    UT_HOLD_BY_WORD  /* it was taken off, as was said */
};

/* One time on hold. */
struct ut_hold_span {
    enum ut_hold_kind kind;
    int party;        /* whose channel the sound is in, enum ut_party; UT_BOTH of silence */
    int64_t begin_ms; /* of the call */
    int64_t known_ms; /* when it was known to be one; an end: when that was */
    int64_t end_ms;   /* UT_HOLD_OPEN while it lasts */
    enum ut_hold_end reason;
};

enum { UT_HOLD_OPEN = -1 };

/* What a hop knows of a party. */
struct ut_hold_talk {
    bool in_ipu;
    int64_t begin_ms, end_ms;         /* of the IPU in progress, or of the last one; end -1 = none yet */
    const struct ut_baseline *voices; /* levels of its own speech, codes of struct ut_wire_score */
};

struct ut_hold {
    const struct ut_config *config;
    unsigned unheard; /* 1 << enum ut_party: whose sound there is not */
    bool open;
    bool told;                /* it lasts until its end is said, whatever is heard */
    bool doubtful;            /* it is none yet, but has looked like one for a second: that is no mere silence */
    struct ut_hold_span span; /* the last one */
    enum { UT_HOLD_SAME, UT_HOLD_BEGAN, UT_HOLD_ENDED } change; /* by the last hop */
    uint32_t count;                                             /* begun */
    int64_t total_ms;                                           /* of those that ended */

    int64_t quiet_from_ms;                   /* nobody has said as much as hold.speech since */
    bool spoken[2];                          /* so much was said by that party */
    struct ut_baseline pause[2], listens[2]; /* levels while nobody speaks, and while the other one does */
    struct ut_hold_record {
        int64_t t_ms;
        uint8_t level[2]; /* codes of struct ut_wire_score */
        bool speech;
    } record[UT_HOLD_RECORDS]; /* ring */
    int64_t records;
    double middle_db; /* of a silence: what the customer's channel held when it was told */
    int64_t seen_ms;  /* a record last spoke for the hold in progress */
};

void ut_hold_init(struct ut_hold *h, const struct ut_config *config);

/* The hop that ends at now_ms. score: the record of the hop, or NULL. */
void ut_hold_hop(struct ut_hold *h, int64_t now_ms, const struct ut_hold_talk talk[2],
                 const struct ut_wire_score *score);

/* The call is put on hold now, or taken off. */
void ut_hold_tell(struct ut_hold *h, bool on, int64_t now_ms);

/* The call ends. */
void ut_hold_finish(struct ut_hold *h, int64_t now_ms);

/* "sound", "silence", "told"; "speech", "line", "call_ended", "told". */
const char *ut_hold_kind_name(enum ut_hold_kind kind);
const char *ut_hold_end_name(enum ut_hold_end reason);

/* Milliseconds that lie in both spans of time. */
int64_t ut_hold_shared_ms(const struct ut_hold_span *span, int64_t begin_ms, int64_t end_ms);

#endif
