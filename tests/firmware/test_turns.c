/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/turns.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { STEPS_MAX = 3000, EVENTS_KEPT = 512, IPUS_MAX = 160, MOST_IN_A_STEP = 5 };

struct span {
    uint8_t party;
    uint32_t from_ms, to_ms;
};

static struct {
    uint8_t speech[STEPS_MAX][2];
    int steps;
    struct ut_turn_event event[EVENTS_KEPT];
    int events;
    int most; /* events in one step */
} run;

static void clear(uint32_t length_ms)
{
    memset(&run, 0, sizeof run);
    run.steps = (int)(length_ms / 10);
    assert_in_range(run.steps, 0, STEPS_MAX);
}

static void keep(const struct ut_turn_event *out, int n, uint32_t t_ms)
{
    assert_in_range(n, 0, MOST_IN_A_STEP);
    if (n > run.most)
        run.most = n;
    for (int i = 0; i < n; i++) {
        assert_true(out[i].t_ms == t_ms);
        assert_true(out[i].begin_ms <= out[i].end_ms);
        assert_true(out[i].end_ms <= t_ms);
        assert_in_range(run.events, 0, EVENTS_KEPT - 1);
        run.event[run.events++] = out[i];
    }
}

static void play(void)
{
    struct ut_turns t;
    struct ut_turn_event out[UT_TURNS_EVENTS_MAX + 1];
    ut_turns_init(&t);
    for (int i = 0; i < run.steps; i++) {
        memset(out, 0xA5, sizeof out);
        keep(out, ut_turns_step(&t, run.speech[i], out), (uint32_t)(i + 1) * 10);
        assert_int_equal(out[UT_TURNS_EVENTS_MAX].kind, 0xA5);
    }
    memset(out, 0xA5, sizeof out);
    keep(out, ut_turns_finish(&t, out), (uint32_t)run.steps * 10);
    assert_int_equal(out[UT_TURNS_EVENTS_MAX].kind, 0xA5);
}

static void script(uint32_t length_ms, const struct span *span, size_t n)
{
    clear(length_ms);
    for (size_t s = 0; s < n; s++)
        for (uint32_t i = span[s].from_ms / 10; i < span[s].to_ms / 10; i++)
            run.speech[i][span[s].party] = 1;
    play();
}

#define SCRIPT(length_ms, ...)                                                                                         \
    do {                                                                                                               \
        const struct span spans[] = {__VA_ARGS__};                                                                     \
        script(length_ms, spans, sizeof spans / sizeof spans[0]);                                                      \
    } while (0)

static int count(int kind)
{
    int n = 0;
    for (int i = 0; i < run.events; i++)
        n += run.event[i].kind == kind;
    return n;
}

/* The nth (from 0) event of a kind. */
static const struct ut_turn_event *get(int kind, int nth)
{
    for (int i = 0; i < run.events; i++)
        if (run.event[i].kind == kind && nth-- == 0)
            return &run.event[i];
    fail_msg("event kind %d is missing", kind);
    return NULL;
}

static void expect(int kind, int nth, int party, uint32_t t_ms, uint32_t begin_ms, uint32_t end_ms)
{
    const struct ut_turn_event *e = get(kind, nth);
    assert_int_equal(e->party, party);
    assert_int_equal(e->t_ms, t_ms);
    assert_int_equal(e->begin_ms, begin_ms);
    assert_int_equal(e->end_ms, end_ms);
}

#define C UT_CUSTOMER
#define A UT_AGENT

static void test_ipu_start(void **state)
{
    (void)state;
    SCRIPT(1000, {C, 300, 350});
    assert_int_equal(run.events, 0);
    SCRIPT(1000, {C, 300, 360});
    expect(UT_TURN_IPU_START, 0, C, 360, 300, 300);
    expect(UT_TURN_IPU_END, 0, C, 560, 300, 360);
    expect(UT_TURN_START, 0, C, 360, 300, 300);
    expect(UT_TURN_END, 0, C, 1000, 300, 360);
    assert_int_equal(run.events, 4);

    /* six frames spread over exactly 100 ms, and over 110 ms */
    SCRIPT(1000, {A, 0, 20}, {A, 40, 60}, {A, 80, 100});
    expect(UT_TURN_IPU_START, 0, A, 100, 0, 0);
    SCRIPT(1000, {A, 0, 20}, {A, 40, 60}, {A, 90, 110});
    assert_int_equal(run.events, 0);
    /* the first frames fall out of the window before the sixth comes: the start is the first frame inside it */
    SCRIPT(1000, {A, 0, 20}, {A, 40, 60}, {A, 90, 130});
    expect(UT_TURN_IPU_START, 0, A, 130, 40, 40);
}

static void test_ipu_end(void **state)
{
    (void)state;
    SCRIPT(2000, {C, 0, 500}, {C, 690, 1000});
    assert_int_equal(count(UT_TURN_IPU_START), 1);
    expect(UT_TURN_IPU_END, 0, C, 1200, 0, 1000);
    SCRIPT(2000, {C, 0, 500}, {C, 700, 1000});
    assert_int_equal(count(UT_TURN_IPU_START), 2);
    expect(UT_TURN_IPU_END, 0, C, 700, 0, 500);
    expect(UT_TURN_IPU_START, 1, C, 760, 700, 700);
    /* one frame inside the hangover keeps the IPU alive and is part of it */
    SCRIPT(2000, {C, 0, 500}, {C, 650, 660});
    expect(UT_TURN_IPU_END, 0, C, 860, 0, 660);
}

static void test_both_channels_are_independent(void **state)
{
    (void)state;
    SCRIPT(2000, {C, 0, 500}, {A, 100, 700});
    expect(UT_TURN_IPU_START, 0, C, 60, 0, 0);
    expect(UT_TURN_IPU_START, 1, A, 160, 100, 100);
    expect(UT_TURN_IPU_END, 0, C, 700, 0, 500);
    expect(UT_TURN_IPU_END, 1, A, 900, 100, 700);
}

static void test_turn_holds_through_pauses_and_backchannels(void **state)
{
    (void)state;
    SCRIPT(9000, {C, 0, 2000}, {A, 1000, 1990}, {C, 3000, 4000}, {A, 4200, 4500}, {C, 4600, 6000}, {A, 6500, 8000});
    assert_int_equal(count(UT_TURN_BACKCHANNEL), 2);
    expect(UT_TURN_BACKCHANNEL, 0, A, 2190, 1000, 1990);
    expect(UT_TURN_BACKCHANNEL, 1, A, 4700, 4200, 4500);
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    assert_int_equal(count(UT_TURN_START), 2);
    expect(UT_TURN_START, 0, C, 60, 0, 0);
    expect(UT_TURN_END, 0, C, 7500, 0, 6000); /* decided when the agent's IPU reaches 1000 ms */
    expect(UT_TURN_START, 1, A, 7500, 6500, 6500);
    expect(UT_TURN_END, 1, A, 9000, 6500, 8000);
}

static void test_long_ipu_takes_the_floor(void **state)
{
    (void)state;
    SCRIPT(5000, {C, 0, 1000}, {A, 1500, 2490});
    assert_int_equal(count(UT_TURN_START), 1);
    expect(UT_TURN_BACKCHANNEL, 0, A, 2690, 1500, 2490);
    expect(UT_TURN_END, 0, C, 5000, 0, 1000);
    SCRIPT(5000, {C, 0, 1000}, {A, 1500, 2500});
    assert_int_equal(count(UT_TURN_BACKCHANNEL), 0);
    expect(UT_TURN_START, 1, A, 2500, 1500, 1500);
    expect(UT_TURN_END, 0, C, 2500, 0, 1000);
    /* two short IPUs do not add up */
    SCRIPT(5000, {C, 0, 1000}, {A, 1500, 2300}, {A, 2500, 3300});
    assert_int_equal(count(UT_TURN_START), 1);
    assert_int_equal(count(UT_TURN_BACKCHANNEL), 2);
}

static void test_free_floor(void **state)
{
    (void)state;
    /* the first IPU of the call has the floor, whatever its length */
    SCRIPT(5000, {A, 100, 400}, {C, 600, 2000});
    expect(UT_TURN_START, 0, A, 160, 100, 100);
    expect(UT_TURN_END, 0, A, 1600, 100, 400);
    expect(UT_TURN_START, 1, C, 1600, 600, 600);
    /* known in the same step: the earlier start */
    SCRIPT(5000, {A, 90, 100}, {A, 110, 400}, {C, 100, 400});
    expect(UT_TURN_START, 0, A, 160, 90, 90);
    expect(UT_TURN_BACKCHANNEL, 0, C, 600, 100, 400);
    /* the very same start: the customer */
    SCRIPT(5000, {A, 100, 400}, {C, 100, 400});
    expect(UT_TURN_START, 0, C, 160, 100, 100);
    expect(UT_TURN_BACKCHANNEL, 0, A, 600, 100, 400);
}

static void test_turn_ends_under_overlap(void **state)
{
    (void)state;
    /* the agent takes the floor at 3000 while the customer is still in an IPU, which ends the turn when it ends */
    SCRIPT(7000, {C, 0, 3500}, {A, 2000, 6000});
    expect(UT_TURN_START, 1, A, 3000, 2000, 2000);
    expect(UT_TURN_END, 0, C, 3700, 0, 3500);
    expect(UT_TURN_END, 1, A, 7000, 2000, 6000);
    assert_int_equal(count(UT_TURN_END), 2);

    /* the customer's IPU in progress reaches 1000 ms in its turn: the customer's turn has never ended */
    SCRIPT(7000, {C, 0, 1000}, {A, 1100, 2300}, {C, 1400, 4000});
    expect(UT_TURN_START, 1, A, 2100, 1100, 1100);
    expect(UT_TURN_END, 0, A, 2500, 1100, 2300);
    expect(UT_TURN_END, 1, C, 7000, 0, 4000);
    assert_int_equal(count(UT_TURN_START), 2);
    assert_int_equal(count(UT_TURN_BACKCHANNEL), 0);

    /* both reach 1000 ms in one step: the one without the floor takes it */
    SCRIPT(7000, {C, 0, 300}, {C, 1000, 3000}, {A, 1000, 3000});
    expect(UT_TURN_START, 1, A, 2000, 1000, 1000);
    expect(UT_TURN_END, 0, C, 3200, 0, 3000);
    SCRIPT(7000, {A, 0, 300}, {C, 1000, 3000}, {A, 1000, 3000});
    expect(UT_TURN_START, 1, C, 2000, 1000, 1000);
    expect(UT_TURN_END, 0, A, 3200, 0, 3000);
}

static void test_overlap(void **state)
{
    (void)state;
    SCRIPT(6000, {C, 0, 3000}, {A, 2010, 4000});
    assert_int_equal(count(UT_TURN_OVERLAP_START), 0);
    assert_int_equal(count(UT_TURN_OVERLAP_END), 0);
    SCRIPT(6000, {C, 0, 3000}, {A, 2000, 4000});
    expect(UT_TURN_OVERLAP_START, 0, UT_BOTH, 3000, 2000, 2000);
    expect(UT_TURN_OVERLAP_END, 0, UT_BOTH, 3200, 2000, 3000);
    /* a pause inside an IPU is part of it, but is not known to be so before speech returns */
    SCRIPT(6000, {C, 0, 2900}, {C, 3050, 3500}, {A, 2000, 4000});
    expect(UT_TURN_OVERLAP_START, 0, UT_BOTH, 3060, 2000, 2000);
    expect(UT_TURN_OVERLAP_END, 0, UT_BOTH, 3700, 2000, 3500);
    /* both end together */
    SCRIPT(6000, {C, 0, 4000}, {A, 2000, 4000});
    expect(UT_TURN_OVERLAP_END, 0, UT_BOTH, 4200, 2000, 4000);
    /* two IPUs over one: two overlaps */
    SCRIPT(6000, {C, 0, 5000}, {A, 1000, 2000}, {A, 2200, 3300});
    assert_int_equal(count(UT_TURN_OVERLAP_START), 2);
    expect(UT_TURN_OVERLAP_END, 1, UT_BOTH, 3500, 2200, 3300);
}

static void test_interruption(void **state)
{
    (void)state;
    SCRIPT(6000, {C, 0, 3000}, {A, 2000, 5000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    expect(UT_TURN_INTERRUPTION, 0, A, 3200, 2000, 3000);
    SCRIPT(6000, {A, 0, 3000}, {C, 2000, 5000});
    expect(UT_TURN_INTERRUPTION, 0, C, 3200, 2000, 3000);

    /* the other had spoken 990 ms, 1000 ms */
    SCRIPT(6000, {C, 0, 2000}, {A, 990, 4000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    SCRIPT(6000, {C, 0, 2000}, {A, 1000, 4000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    /* overlap 790 ms, 800 ms */
    SCRIPT(6000, {C, 0, 2790}, {A, 2000, 4000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    SCRIPT(6000, {C, 0, 2800}, {A, 2000, 4000});
    expect(UT_TURN_INTERRUPTION, 0, A, 3000, 2000, 2800);
    /* the other stops after 3000 ms, 3010 ms */
    SCRIPT(9000, {C, 0, 5000}, {A, 2000, 6000});
    expect(UT_TURN_INTERRUPTION, 0, A, 5200, 2000, 5000);
    SCRIPT(9000, {C, 0, 5010}, {A, 2000, 6000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
}

static void test_interruption_by_an_ipu_still_short(void **state)
{
    (void)state;
    /* the agent's IPU reaches 1000 ms only after the customer's stop is known */
    SCRIPT(6000, {C, 0, 2800}, {A, 2000, 2900}, {A, 3090, 3500});
    expect(UT_TURN_INTERRUPTION, 0, A, 3100, 2000, 2800);
    /* it never does: 990 ms is a backchannel, 1000 ms an interruption */
    SCRIPT(6000, {C, 0, 2800}, {A, 2000, 2990});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    assert_int_equal(count(UT_TURN_BACKCHANNEL), 1);
    SCRIPT(6000, {C, 0, 2800}, {A, 2000, 3000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    /* nor does a later IPU inherit it */
    SCRIPT(8000, {C, 0, 2800}, {A, 2000, 2990}, {A, 3200, 5000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
}

static void test_interruption_that_ended_first(void **state)
{
    (void)state;
    /* the agent spoke 1000 ms over the customer and stopped; the customer stopped 3000 ms, 3010 ms after its start */
    SCRIPT(8000, {C, 0, 5000}, {A, 2000, 3000});
    expect(UT_TURN_INTERRUPTION, 0, A, 5200, 2000, 5000);
    SCRIPT(8000, {C, 0, 5010}, {A, 2000, 3000});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    SCRIPT(8000, {C, 0, 5000}, {A, 2000, 2990});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    /* two such IPUs and one stop: one interruption, by the later */
    SCRIPT(8000, {C, 0, 4800}, {A, 2000, 3000}, {A, 3300, 4500});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    expect(UT_TURN_INTERRUPTION, 0, A, 5000, 3300, 4800);
    /* both stop together: one interruption, and the customer's next stop is another matter */
    SCRIPT(8000, {C, 0, 3000}, {A, 2000, 3000}, {C, 3300, 4800});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    SCRIPT(8000, {A, 0, 3000}, {C, 2000, 3000}, {A, 3300, 4800});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 1);
    /* the customer's next IPU starts afresh */
    SCRIPT(9000, {C, 0, 5500}, {A, 2000, 3000}, {C, 6000, 6200});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
}

static void test_end_of_call_is_no_yielding(void **state)
{
    (void)state;
    SCRIPT(3100, {C, 0, 3000}, {A, 2000, 3100});
    assert_int_equal(count(UT_TURN_INTERRUPTION), 0);
    expect(UT_TURN_OVERLAP_END, 0, UT_BOTH, 3100, 2000, 3000);
    expect(UT_TURN_IPU_END, 0, C, 3100, 0, 3000);
    expect(UT_TURN_IPU_END, 1, A, 3100, 2000, 3100);
    assert_int_equal(count(UT_TURN_START), 2);
    assert_int_equal(count(UT_TURN_END), 2);
}

static void test_nontalk(void **state)
{
    (void)state;
    SCRIPT(6000, {C, 0, 1000}, {A, 4000, 5000});
    assert_int_equal(count(UT_TURN_NONTALK_START), 0);
    SCRIPT(6000, {C, 0, 1000}, {A, 4010, 5000});
    expect(UT_TURN_NONTALK_START, 0, UT_BOTH, 4010, 1000, 1000);
    expect(UT_TURN_NONTALK_END, 0, UT_BOTH, 4070, 1000, 4010);
    /* from the start of the call; ends by the end of the call */
    SCRIPT(3000, {C, 0, 0});
    assert_int_equal(run.events, 0);
    SCRIPT(3010, {C, 0, 0});
    expect(UT_TURN_NONTALK_START, 0, UT_BOTH, 3010, 0, 0);
    expect(UT_TURN_NONTALK_END, 0, UT_BOTH, 3010, 0, 3010);
    /* the later of the two ends counts */
    SCRIPT(8000, {C, 0, 1000}, {A, 500, 2000}, {C, 5500, 7000});
    expect(UT_TURN_NONTALK_START, 0, UT_BOTH, 5010, 2000, 2000);
    expect(UT_TURN_NONTALK_END, 0, UT_BOTH, 5560, 2000, 5500);
    /* both return: the earlier start ends it */
    SCRIPT(8000, {C, 0, 1000}, {A, 5000, 6000}, {C, 4990, 5000}, {C, 5010, 6000});
    expect(UT_TURN_NONTALK_END, 0, UT_BOTH, 5060, 1000, 4990);
}

static void test_clicks_do_not_break_a_silence(void **state)
{
    (void)state;
    SCRIPT(6000, {C, 0, 1000}, {C, 2000, 2050}, {A, 3000, 3050}, {C, 3960, 4010});
    assert_int_equal(count(UT_TURN_NONTALK_START), 1);
    expect(UT_TURN_NONTALK_START, 0, UT_BOTH, 4110, 1000, 1000); /* once the last click cannot be the start of speech */
    expect(UT_TURN_NONTALK_END, 0, UT_BOTH, 6000, 1000, 6000);
}

/* A second, unhurried reading of the definitions, over the whole call at once. */
struct ipu {
    uint32_t begin_ms, end_ms;
    uint32_t long_ms; /* when it reached 1000 ms; 0 = never */
    int forced;       /* ended by the end of the call */
};

static struct {
    struct ipu ipu[2][IPUS_MAX];
    int n[2];
} truth;

static void find_ipus(int who)
{
    int n = 0;
    int i = 0;
    while (i < run.steps) {
        int frames = 0;
        int first = -1;
        for (int k = i - 9 < 0 ? 0 : i - 9; k <= i; k++) {
            frames += run.speech[k][who];
            if (first < 0 && run.speech[k][who])
                first = k;
        }
        if (frames < 6) {
            i++;
            continue;
        }
        struct ipu ipu = {(uint32_t)first * 10, 0, 0, 1};
        int last = i;
        for (i = i + 1; i < run.steps; i++) {
            if (run.speech[i][who])
                last = i;
            if (ipu.long_ms == 0 && last - first >= 99)
                ipu.long_ms = (uint32_t)(last + 1) * 10;
            if (i - last == 20) {
                ipu.forced = 0;
                break;
            }
        }
        ipu.end_ms = (uint32_t)(last + 1) * 10;
        assert_in_range(n, 0, IPUS_MAX - 1);
        truth.ipu[who][n++] = ipu;
    }
    truth.n[who] = n;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void check_ipus(int who)
{
    int starts = 0;
    int ends = 0;
    for (int i = 0; i < run.events; i++) {
        const struct ut_turn_event *e = &run.event[i];
        if (e->party != who)
            continue;
        if (e->kind == UT_TURN_IPU_START) {
            assert_in_range(starts, 0, truth.n[who] - 1);
            assert_int_equal(e->begin_ms, truth.ipu[who][starts++].begin_ms);
            assert_in_range(e->t_ms - e->begin_ms, 60, 100);
        }
        if (e->kind == UT_TURN_IPU_END) {
            const struct ipu *ipu = &truth.ipu[who][ends++];
            assert_int_equal(ends, starts); /* alternate */
            assert_int_equal(e->begin_ms, ipu->begin_ms);
            assert_int_equal(e->end_ms, ipu->end_ms);
            assert_int_equal(e->t_ms, ipu->forced ? (uint32_t)run.steps * 10 : ipu->end_ms + 200);
        }
    }
    assert_int_equal(starts, truth.n[who]);
    assert_int_equal(ends, truth.n[who]);
}

static void check_overlaps(void)
{
    int n = 0;
    for (int c = 0; c < truth.n[C]; c++) {
        for (int a = 0; a < truth.n[A]; a++) {
            uint32_t begin_ms = most(truth.ipu[C][c].begin_ms, truth.ipu[A][a].begin_ms);
            uint32_t end_ms = least(truth.ipu[C][c].end_ms, truth.ipu[A][a].end_ms);
            if (end_ms < begin_ms + 1000)
                continue;
            const struct ut_turn_event *start = get(UT_TURN_OVERLAP_START, n);
            const struct ut_turn_event *end = get(UT_TURN_OVERLAP_END, n);
            assert_int_equal(start->begin_ms, begin_ms);
            assert_in_range(start->t_ms, begin_ms + 1000, begin_ms + 1200);
            assert_int_equal(end->begin_ms, begin_ms);
            assert_int_equal(end->end_ms, end_ms);
            n++;
        }
    }
    assert_int_equal(count(UT_TURN_OVERLAP_START), n);
    assert_int_equal(count(UT_TURN_OVERLAP_END), n);
}

static void check_nontalk(void)
{
    int n = 0;
    int c = 0;
    int a = 0;
    uint32_t silent_ms = 0;
    uint32_t length_ms = (uint32_t)run.steps * 10;
    for (;;) {
        uint32_t next_c = c < truth.n[C] ? truth.ipu[C][c].begin_ms : length_ms;
        uint32_t next_a = a < truth.n[A] ? truth.ipu[A][a].begin_ms : length_ms;
        uint32_t next_ms = least(next_c, next_a);
        if (next_ms > silent_ms + 3000) {
            const struct ut_turn_event *start = get(UT_TURN_NONTALK_START, n);
            const struct ut_turn_event *end = get(UT_TURN_NONTALK_END, n);
            assert_int_equal(start->begin_ms, silent_ms);
            assert_in_range(start->t_ms, silent_ms + 3010, silent_ms + 3110);
            assert_int_equal(end->begin_ms, silent_ms);
            assert_int_equal(end->end_ms, next_ms);
            n++;
        }
        if (c < truth.n[C] && next_c <= next_a)
            silent_ms = most(silent_ms, truth.ipu[C][c++].end_ms);
        else if (a < truth.n[A])
            silent_ms = most(silent_ms, truth.ipu[A][a++].end_ms);
        else
            break;
    }
    assert_int_equal(count(UT_TURN_NONTALK_START), n);
    assert_int_equal(count(UT_TURN_NONTALK_END), n);
}

static int has_interruption(int who, uint32_t begin_ms, uint32_t end_ms)
{
    int n = 0;
    for (int i = 0; i < run.events; i++)
        n += run.event[i].kind == UT_TURN_INTERRUPTION && run.event[i].party == who &&
             run.event[i].begin_ms == begin_ms && run.event[i].end_ms == end_ms;
    return n;
}

static int check_interruptions(void)
{
    int n = 0;
    for (int who = 0; who < 2; who++) {
        for (int y = 0; y < truth.n[1 - who]; y++) {
            const struct ipu *stopped = &truth.ipu[1 - who][y];
            uint32_t begin_ms = 0;
            for (int x = 0; x < truth.n[who]; x++) {
                const struct ipu *by = &truth.ipu[who][x];
                if (stopped->forced || by->begin_ms < stopped->begin_ms + 1000 || by->begin_ms > stopped->end_ms ||
                    by->long_ms == 0 || least(by->end_ms, stopped->end_ms) < by->begin_ms + 800 ||
                    stopped->end_ms > by->begin_ms + 3000)
                    continue;
                if (begin_ms != 0 && by->long_ms > stopped->end_ms + 200)
                    continue; /* an earlier one is known already when the other's stop is */
                begin_ms = by->begin_ms;
            }
            if (begin_ms == 0)
                continue;
            assert_int_equal(has_interruption(who, begin_ms, stopped->end_ms), 1);
            n++;
        }
    }
    assert_int_equal(count(UT_TURN_INTERRUPTION), n);
    return n;
}

/* Every IPU is part of exactly one turn of its party, or a backchannel; between two turns of a party the other takes
 * the floor; every turn but the first holds an IPU that was long enough to take it. */
static void check_turns(void)
{
    int starts = count(UT_TURN_START);
    assert_int_equal(count(UT_TURN_END), starts);
    for (int who = 0; who < 2; who++) {
        const struct ut_turn_event *before = NULL;
        int covered = 0;
        for (int i = 0; i < starts; i++) {
            const struct ut_turn_event *start = get(UT_TURN_START, i);
            int taken = 0;
            if (start->party != who)
                continue;
            for (int k = 0; k < truth.n[1 - who] && before != NULL; k++)
                taken += truth.ipu[1 - who][k].long_ms > before->t_ms && truth.ipu[1 - who][k].long_ms <= start->t_ms;
            assert_true(before == NULL || taken >= 1);
            before = start;
        }
        for (int i = 0; i < run.events; i++) {
            const struct ut_turn_event *e = &run.event[i];
            int begins = 0, finishes = 0, inside = 0, with_long = 0;
            if (e->party != who || (e->kind != UT_TURN_END && e->kind != UT_TURN_BACKCHANNEL))
                continue;
            for (int k = 0; k < truth.n[who]; k++) {
                const struct ipu *ipu = &truth.ipu[who][k];
                begins += ipu->begin_ms == e->begin_ms;
                finishes += ipu->end_ms == e->end_ms;
                inside += ipu->begin_ms >= e->begin_ms && ipu->end_ms <= e->end_ms;
                with_long += ipu->begin_ms >= e->begin_ms && ipu->end_ms <= e->end_ms && ipu->long_ms != 0;
            }
            assert_int_equal(begins, 1);
            assert_int_equal(finishes, 1);
            covered += inside;
            if (e->kind == UT_TURN_BACKCHANNEL)
                assert_true(inside == 1 && with_long == 0);
            else if (e->begin_ms != get(UT_TURN_START, 0)->begin_ms)
                assert_true(with_long >= 1);
        }
        assert_int_equal(covered, truth.n[who]);
    }
}

static void test_random_calls(void **state)
{
    (void)state;
    uint32_t seed = 2024;
    int interruptions = 0, most_in_a_step = 0;
    for (int call = 0; call < 300; call++) {
        clear(STEPS_MAX * 10);
        run.steps -= (int)(ut_signal_random(&seed) % 300);
        for (int who = 0; who < 2; who++) {
            uint32_t mean = 1 + ut_signal_random(&seed) % 200; /* steps between changes, up to twice this */
            uint32_t duty = 20 + ut_signal_random(&seed) % 70;
            uint32_t noise = call % 3 == 0 ? 5 : 0; /* percent of wrong decisions */
            int left = 0;
            uint8_t speech = 0;
            for (int i = 0; i < run.steps; i++) {
                if (left-- == 0) {
                    speech = ut_signal_random(&seed) % 100 < duty;
                    left = (int)(ut_signal_random(&seed) % (2 * mean));
                }
                run.speech[i][who] = speech ^ (ut_signal_random(&seed) % 100 < noise);
            }
        }
        play();
        find_ipus(C);
        find_ipus(A);
        check_ipus(C);
        check_ipus(A);
        check_overlaps();
        check_nontalk();
        check_turns();
        interruptions += check_interruptions();
        if (run.most > most_in_a_step)
            most_in_a_step = run.most;
    }
    assert_in_range(interruptions, 50, 100000);
    assert_in_range(most_in_a_step, 4, MOST_IN_A_STEP);
}

/* Five: both stop in one step, after an overlap and an interruption that has taken the floor. */
static void test_most_events_in_one_step(void **state)
{
    (void)state;
    SCRIPT(9000, {C, 0, 4000}, {A, 2000, 4000});
    expect(UT_TURN_OVERLAP_END, 0, UT_BOTH, 4200, 2000, 4000);
    expect(UT_TURN_INTERRUPTION, 0, A, 4200, 2000, 4000);
    expect(UT_TURN_IPU_END, 0, C, 4200, 0, 4000);
    expect(UT_TURN_END, 0, C, 4200, 0, 4000);
    expect(UT_TURN_IPU_END, 1, A, 4200, 2000, 4000);
    assert_int_equal(run.most, MOST_IN_A_STEP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ipu_start),
        cmocka_unit_test(test_ipu_end),
        cmocka_unit_test(test_both_channels_are_independent),
        cmocka_unit_test(test_turn_holds_through_pauses_and_backchannels),
        cmocka_unit_test(test_long_ipu_takes_the_floor),
        cmocka_unit_test(test_free_floor),
        cmocka_unit_test(test_turn_ends_under_overlap),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_interruption),
        cmocka_unit_test(test_interruption_by_an_ipu_still_short),
        cmocka_unit_test(test_interruption_that_ended_first),
        cmocka_unit_test(test_end_of_call_is_no_yielding),
        cmocka_unit_test(test_nontalk),
        cmocka_unit_test(test_clicks_do_not_break_a_silence),
        cmocka_unit_test(test_random_calls),
        cmocka_unit_test(test_most_events_in_one_step),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
