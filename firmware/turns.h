/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the floor: inter-pausal units (IPU), turns, overlaps, interruptions and non-talk, on a 10 ms grid.
 *
 * in    one speech decision per party and 10 ms
 * out   struct ut_turn_event, at most UT_TURNS_EVENTS_MAX per step, in order of decision
 * Times are exact to 10 ms and lie in the past: an IPU is known 60-100 ms after its start and 200 ms after its end.
 * For every event begin_ms <= end_ms <= t_ms. A call is shorter than 2^32 ms. Total, constant time per step.
 * Terms and thresholds: SPEC.md "Turns" (all numbers are in the enum below).
 */
#ifndef UT_FIRMWARE_TURNS_H
#define UT_FIRMWARE_TURNS_H

#include <stdint.h>

enum ut_party { UT_CUSTOMER = 0, UT_AGENT = 1, UT_BOTH = 2 };

enum {
    UT_TURNS_STEP_MS = 10,
    UT_TURNS_ON_MS = 60,                 /* speech needed ... */
    UT_TURNS_ON_WINDOW_MS = 100,         /* ... within this window to start an IPU */
    UT_TURNS_HANGOVER_MS = 200,          /* silence that ends an IPU */
    UT_TURNS_LONG_IPU_MS = 1000,         /* an IPU this long takes the floor from the other; a shorter one is a
                                        backchannel */
    UT_TURNS_OVERLAP_MS = 1000,          /* both in speech this long: overlap */
    UT_TURNS_INTERRUPT_AFTER_MS = 1000,  /* the other had spoken this long */
    UT_TURNS_INTERRUPT_OVERLAP_MS = 800, /* and was overlapped this long */
    UT_TURNS_INTERRUPT_YIELD_MS = 3000,  /* and stopped within this time of the IPU's start */
    UT_TURNS_NONTALK_MS = 3000,          /* both silent longer than this: non-talk */
    UT_TURNS_EVENTS_MAX = 8              /* why it suffices: SPEC.md "Turns" */
};

enum ut_turn_kind {
    UT_TURN_IPU_START = 1, /* begin = end = start of speech */
    UT_TURN_IPU_END,       /* begin .. end of speech */
    UT_TURN_BACKCHANNEL,   /* the IPU just ended was one: begin .. end */
    UT_TURN_START,         /* begin = end = start of the turn's first IPU */
    UT_TURN_END,           /* begin .. end of the turn's last IPU */
    UT_TURN_OVERLAP_START, /* party BOTH; sent when the overlap reaches 1000 ms; begin = its start */
    UT_TURN_OVERLAP_END,   /* begin .. end */
    UT_TURN_INTERRUPTION,  /* party = who interrupted; begin = start of its IPU, end = when the other stopped */
    UT_TURN_NONTALK_START, /* sent when the silence passes 3000 ms; begin = its start */
    UT_TURN_NONTALK_END,   /* begin .. end */
    UT_TURN_KINDS
};

struct ut_turn_event {
    uint8_t kind;  /* enum ut_turn_kind */
    uint8_t party; /* enum ut_party */
    uint32_t t_ms; /* when it was decided */
    uint32_t begin_ms;
    uint32_t end_ms;
};

struct ut_turns_party {
    uint32_t window;         /* the last ten speech decisions, newest in bit 0 */
    uint32_t ipu_begin_ms;   /* of the IPU in progress, or of the last one */
    uint32_t last_speech_ms; /* end of the last speech frame in an IPU; 0 before the first */
    uint32_t turn_begin_ms;
    uint32_t talked_over_ms; /* begin of the last IPU >= 1000 ms lying wholly inside the other's present IPU */
    uint32_t waits_begin_ms; /* begin of the IPU that becomes an interruption on reaching 1000 ms ... */
    uint32_t waits_end_ms;   /* ... and when the other stopped */
    uint8_t in_ipu, is_long; /* is_long: the IPU has reached 1000 ms */
    uint8_t in_turn;
    uint8_t talked_over, waits; /* the fields above of these names hold */
};

struct ut_turns {
    uint32_t now_ms; /* end of the last step */
    struct ut_turns_party party[2];
    uint32_t overlap_begin_ms;
    uint32_t nontalk_begin_ms;
    uint8_t floor;            /* enum ut_party; UT_BOTH = nobody yet */
    uint8_t overlap, nontalk; /* started and not ended */
};

void ut_turns_init(struct ut_turns *t);

/* One grid step: speech[UT_CUSTOMER], speech[UT_AGENT] for [now, now + 10 ms). Returns the number of events written. */
int ut_turns_step(struct ut_turns *t, const uint8_t speech[2], struct ut_turn_event out[UT_TURNS_EVENTS_MAX]);

/* Ends the call: closes what is open. Returns the number of events written. */
int ut_turns_finish(struct ut_turns *t, struct ut_turn_event out[UT_TURNS_EVENTS_MAX]);

#endif
