/* SPDX-License-Identifier: Apache-2.0 */
/* How much the customer hesitates, against the same caller's earlier call: four signs, each measured.
 *
 * in    the customer's inter-pausal units (IPU) as they begin and end, what lies before them, records of his speech
 * out   per sign what it is now, what it has been, and its share of the threshold by which it must differ; their sum
 * "Now" is the last customer_hesitates.window of own talk: IPUs and the pauses within his turns. No spectrum is on the
 * wire, so a filled pause is told by pitch and loudness that stay. Total. SPEC.md "Hesitation".
 */
#ifndef UT_HOST_HESITATION_H
#define UT_HOST_HESITATION_H

#include "firmware/wire.h"
#include "host-tools/cues/baseline.h"
#include "host-tools/settings/config.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_HESITATION_MARKS = 256, /* remembered: some ten minutes of talk */
    UT_HESITATION_MOST = 2     /* a sign counts for at most this many times its threshold */
};

enum ut_hesitation_sign {
    UT_HESITATION_LATENCY, /* s from the end of the agent's turn to the answer */
    UT_HESITATION_PAUSES,  /* share of own talk that is silent */
    UT_HESITATION_FILLED,  /* filled pauses per minute of own talk */
    UT_HESITATION_PACE,    /* syllables/s */
    UT_HESITATION_SIGNS
};

struct ut_hesitation {
    const struct ut_config *config;
    int64_t said_ms; /* own talk so far */
    bool broken;     /* what lies before the next IPU is not known: lost records, a hold */
    bool asked;      /* the agent has had the floor since the customer's last IPU */
    struct ut_hesitation_mark {
        int64_t said_ms;         /* own talk when it happened */
        int32_t sign;            /* enum ut_hesitation_sign: LATENCY, PAUSES, FILLED */
        int32_t ms;              /* of a latency, of a pause; of a filled pause nothing */
    } mark[UT_HESITATION_MARKS]; /* ring */
    int32_t at, marks;
    int32_t steady; /* score records in a row of steady voice */
    uint8_t f0, loudness;

    struct ut_hesitation_measure {
        bool valid;
        double now, usual;
        double share; /* of the threshold; below 0 where it is less than usual */
    } of[UT_HESITATION_SIGNS];
    double sum; /* of shares between 0 and UT_HESITATION_MOST; 0 while too little has been said */
};

void ut_hesitation_init(struct ut_hesitation *h, const struct ut_config *config);

/* An IPU of the customer begins, gap_ms after the last one of either party ended; answers: that was the agent's, and he
 * has stopped. A gap below 0: somebody speaks, or nobody has. */
void ut_hesitation_begins(struct ut_hesitation *h, int64_t gap_ms, bool answers);
void ut_hesitation_ends(struct ut_hesitation *h, int64_t length_ms);

/* An IPU of the agent has ended. */
void ut_hesitation_agent(struct ut_hesitation *h, int64_t length_ms);

/* What lies before the next IPU is not known. */
void ut_hesitation_break(struct ut_hesitation *h);

/* A score record of customer speech, and what is usual for his pace. */
void ut_hesitation_score(struct ut_hesitation *h, const struct ut_wire_score *score, const struct ut_baseline *pace);

#endif
