/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the floor: inter-pausal units (IPU), turns, overlaps, interruptions and non-talk, on a 10 ms grid.
 *
 * in    one speech decision per party and 10 ms
 * out   struct ut_turn_event, at most UT_TURNS_EVENTS_MAX per step, in order of decision
 * Times are exact to 10 ms and lie in the past: an IPU is known 60-100 ms after its start and 200 ms after its end.
 * Terms and thresholds: SPEC.md "Turns" (all numbers are in the enum below).
 */
#ifndef UT_FIRMWARE_TURNS_H
#define UT_FIRMWARE_TURNS_H

#include <stdint.h>

enum ut_party { UT_CUSTOMER = 0, UT_AGENT = 1, UT_BOTH = 2 };

enum {
    UT_TURNS_ON_MS = 60,             /* speech needed ... */
    UT_TURNS_ON_WINDOW_MS = 100,     /* ... within this window to start an IPU */
    UT_TURNS_HANGOVER_MS = 200,      /* silence that ends an IPU */
    UT_TURNS_LONG_IPU_MS = 1000,     /* an IPU this long takes or ends a turn; shorter inside the other's turn: backchannel */
    UT_TURNS_OVERLAP_MS = 1000,      /* both in speech this long: overlap */
    UT_TURNS_INTERRUPT_AFTER_MS = 1000,   /* the other had spoken this long */
    UT_TURNS_INTERRUPT_OVERLAP_MS = 800,  /* and was overlapped this long */
    UT_TURNS_INTERRUPT_YIELD_MS = 3000,   /* and stopped within this time of the IPU's start */
    UT_TURNS_NONTALK_MS = 3000,      /* both silent longer than this: non-talk */
    UT_TURNS_EVENTS_MAX = 12
};

enum ut_turn_kind {
    UT_TURN_IPU_START = 1,   /* begin = end = start of speech */
    UT_TURN_IPU_END,         /* begin .. end of speech */
    UT_TURN_BACKCHANNEL,     /* the IPU just ended was one: begin .. end */
    UT_TURN_START,           /* begin = end = start of the turn's first IPU */
    UT_TURN_END,             /* begin .. end of the turn's last IPU */
    UT_TURN_OVERLAP_START,   /* party BOTH; sent when the overlap reaches 1000 ms; begin = its start */
    UT_TURN_OVERLAP_END,     /* begin .. end */
    UT_TURN_INTERRUPTION,    /* party = who interrupted; begin = start of its IPU, end = when the other stopped */
    UT_TURN_NONTALK_START,   /* sent when the silence passes 3000 ms; begin = its start */
    UT_TURN_NONTALK_END,     /* begin .. end */
    UT_TURN_KINDS
};

struct ut_turn_event {
    uint8_t kind;      /* enum ut_turn_kind */
    uint8_t party;     /* enum ut_party */
    uint32_t t_ms;     /* when it was decided */
    uint32_t begin_ms;
    uint32_t end_ms;
};

struct ut_turns_party {
    uint32_t window;            /* speech decisions, newest in bit 0 */
    uint8_t in_ipu;
    uint32_t ipu_begin_ms;      /* of the IPU in progress, or of the last one */
    uint32_t last_speech_ms;    /* end of the last speech frame seen */
};

struct ut_turns {
    uint32_t now_ms;
    struct ut_turns_party party[2];
    /* further state is firmware/turns.c's own; see there */
    uint32_t floor_begin_ms, floor_end_ms;
    uint8_t floor;              /* enum ut_party; UT_BOTH = nobody yet */
    uint32_t overlap_begin_ms;
    uint8_t overlap_open, nontalk_open;
    uint32_t nontalk_begin_ms;
    struct { uint8_t pending; uint32_t begin_ms; uint32_t overlap_ms; } interrupt[2];
};

void ut_turns_init(struct ut_turns *t);

/* One grid step: speech[UT_CUSTOMER], speech[UT_AGENT] for [now, now + 10 ms). Returns the number of events written. */
int ut_turns_step(struct ut_turns *t, const uint8_t speech[2], struct ut_turn_event out[UT_TURNS_EVENTS_MAX]);

/* Ends the call: closes what is open. Returns the number of events written. */
int ut_turns_finish(struct ut_turns *t, struct ut_turn_event out[UT_TURNS_EVENTS_MAX]);

#endif
