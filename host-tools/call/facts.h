/* SPDX-License-Identifier: Apache-2.0 */
/* What a conversation is made of, measured: who spoke how often and how long, who waited, who interrupted.
 *
 * in    turn records in order
 * out   counts and times per party
 * Nothing in it is inferred: the agent's side has no other facts than these. SPEC.md "Facts".
 */
#ifndef UT_HOST_FACTS_H
#define UT_HOST_FACTS_H

#include "firmware/turns.h"
#include "firmware/wire.h"
#include "host-tools/cues/hold.h"
#include "host-tools/cues/memory.h"
#include "host-tools/system/json.h"

#include <stdint.h>

enum { UT_FACTS_LATENCY_BINS = 600, UT_FACTS_LATENCY_MS = 100 }; /* up to 60 s, in steps of 100 ms */

struct ut_facts {
    struct ut_facts_party {
        uint32_t ipus, turns, backchannels, interruptions;
        uint32_t overlaps;                    /* begun by this party's IPU */
        int64_t talk_ms;                      /* in ended IPUs */
        int64_t monologue_ms;                 /* longest turn */
        uint32_t responses;                   /* to the end of the other's turn */
        int64_t response_ms, response_max_ms; /* sum and maximum of the gaps */
        uint16_t response[UT_FACTS_LATENCY_BINS];
        int64_t ipu_begin_ms, ipu_end_ms; /* newest; the end is -1 before the first */
        int64_t answer_ms; /* begin of this party's first IPU after the end of the other's last; -1 = none */
    } party[2];            /* enum ut_party */
    int64_t overlap_ms, nontalk_ms;
    uint32_t nontalks;
    struct ut_hold_span hold; /* the last one; end_ms UT_HOLD_OPEN: it lasts, or there was none */
    uint32_t holds;
    int64_t hold_ms; /* in ended ones */
};

void ut_facts_init(struct ut_facts *f);
void ut_facts_turn(struct ut_facts *f, const struct ut_wire_turn *turn);

/* A hold has begun, or ended: nobody is late with an answer that came behind it. */
void ut_facts_hold(struct ut_facts *f, const struct ut_hold_span *span);

/* Share of the talk, 0..1; 0.5 when nobody spoke. */
double ut_facts_share(const struct ut_facts *f, int party);

/* Median gap before this party's responses, to 100 ms; -1 = no response yet. */
int64_t ut_facts_response_ms(const struct ut_facts *f, int party);

/* {AGENT: {...}, CUSTOMER: {...}, Overlap: {...}, NonTalk: {...}}; the memory has the baselines. */
json_t *ut_facts_json(const struct ut_facts *f, const struct ut_cue_memory *memory);

#endif
