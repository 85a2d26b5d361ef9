/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/hesitation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { PACE = 64, F0 = 60, LOUDNESS = 120 }; /* codes of struct ut_wire_score: 4 syllables/s */

static struct {
    struct ut_config config;
    struct ut_hesitation h;
    struct ut_baseline pace;
    struct ut_wire_score score;
    uint8_t move; /* of the pitch from record to record, quarter semitones */
} w;

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    ut_config_defaults(&w.config);
    ut_hesitation_init(&w.h, &w.config);
    w.score.customer_f0 = F0;
    w.score.customer_f0_range = 16;
    w.score.customer_loudness = LOUDNESS;
    w.score.customer_pace = PACE;
    return 0;
}

static void records(int n)
{
    for (int i = 0; i < n; i++) {
        w.score.customer_f0 = (uint8_t)(w.score.customer_f0 + (i % 2 == 0 ? w.move : -w.move));
        ut_baseline_add(&w.pace, w.score.customer_pace);
        ut_hesitation_score(&w.h, &w.score, &w.pace);
    }
}

/* The agent speaks for 2 s, the customer answers after that many ms and speaks for 4 s with a pause in the middle. */
static void exchange(int latency_ms, int pause_ms)
{
    ut_hesitation_agent(&w.h, 2000);
    ut_hesitation_begins(&w.h, latency_ms, true);
    records(8);
    ut_hesitation_ends(&w.h, 2000);
    ut_hesitation_begins(&w.h, pause_ms, false);
    records(8);
    ut_hesitation_ends(&w.h, 2000);
    records(1);
}

static void calm(int exchanges)
{
    for (int i = 0; i < exchanges; i++)
        exchange(500, 400);
}

static void nothing_is_said_before_two_windows_of_talk(void **state)
{
    (void)state;
    calm(5); /* 5 x 4 s of speech, and 4 pauses: the first IPU has nothing before it */
    exchange(4000, 2000);
    assert_true(w.h.said_ms == 6 * 4000 + 5 * 400 + 2000);
    calm(1);
    assert_true(w.h.sum > 0); /* 12 s now, and 12 s before */
    setup(NULL);
    calm(5);
    assert_true(w.h.sum == 0);
}

static void calm_talk_is_no_hesitation(void **state)
{
    (void)state;
    calm(12);
    assert_true(w.h.sum < 0.1);
    assert_true(w.h.of[UT_HESITATION_LATENCY].valid);
    assert_true(fabs(w.h.of[UT_HESITATION_LATENCY].usual - 0.5) < 1e-9);
}

static void late_answers_count_against_earlier_ones(void **state)
{
    (void)state;
    calm(9);
    for (int i = 0; i < 3; i++)
        exchange(2900, 400);
    const struct ut_hesitation_measure *l = &w.h.of[UT_HESITATION_LATENCY];
    assert_true(fabs(l->now - 2.9) < 1e-9 && fabs(l->usual - 0.5) < 1e-9);
    assert_true(fabs(l->share - 2) < 1e-9); /* 2.4 s later, of 1.2 */
    assert_true(w.h.sum >= 2 && w.h.sum < 2.1);
}

static void usual_is_a_median(void **state)
{
    (void)state;
    calm(4);
    exchange(4900, 400); /* one outlier */
    calm(8);
    assert_true(fabs(w.h.of[UT_HESITATION_LATENCY].usual - 0.5) < 1e-9);
}

static void no_answer_without_a_question(void **state)
{
    (void)state;
    ut_hesitation_begins(&w.h, 500, false);
    ut_hesitation_ends(&w.h, 2000);
    ut_hesitation_agent(&w.h, 990); /* "mhm" */
    ut_hesitation_begins(&w.h, 1500, true);
    assert_int_equal(w.h.marks, 0);
    ut_hesitation_ends(&w.h, 2000);
    ut_hesitation_agent(&w.h, 1000);
    ut_hesitation_begins(&w.h, 1500, true);
    assert_int_equal(w.h.marks, 1);
}

static void what_is_looked_up_lost_or_spoken_over_counts_for_nothing(void **state)
{
    (void)state;
    ut_hesitation_begins(&w.h, 300, false); /* nobody knows what was before the call's first IPU */
    ut_hesitation_ends(&w.h, 1000);
    ut_hesitation_begins(&w.h, 5010, false);
    ut_hesitation_ends(&w.h, 1000);
    ut_hesitation_begins(&w.h, -1, false);
    ut_hesitation_ends(&w.h, 1000);
    ut_hesitation_break(&w.h);
    ut_hesitation_begins(&w.h, 300, false);
    ut_hesitation_ends(&w.h, 1000);
    ut_hesitation_begins(&w.h, 240, false); /* shorter than a pause */
    ut_hesitation_ends(&w.h, 1000);
    assert_int_equal(w.h.marks, 0);
    assert_true(w.h.said_ms == 5000);
    ut_hesitation_begins(&w.h, 250, false);
    assert_int_equal(w.h.marks, 1);
    assert_true(w.h.said_ms == 5250);
    ut_hesitation_ends(&w.h, 1000);
    ut_hesitation_begins(&w.h, 5000, false);
    assert_int_equal(w.h.marks, 2);
}

static void pauses_are_a_share_of_own_talk(void **state)
{
    (void)state;
    calm(9);
    for (int i = 0; i < 3; i++)
        exchange(500, 2000);
    const struct ut_hesitation_measure *p = &w.h.of[UT_HESITATION_PAUSES];
    assert_true(fabs(p->now - 4.0 / 12) < 1e-9); /* two exchanges and the end of a third in the last 12 s */
    assert_true(p->usual > 0.08 && p->usual < 0.15);
    assert_true(p->share > 0.9 && w.h.sum > 0.9);
}

static void held_vowels(int n)
{
    for (int i = 0; i < n; i++) {
        w.score.customer_f0_range = 2;
        records(3);
        w.score.customer_f0_range = 16;
        records(1);
    }
}

static void a_steady_voice_is_a_filled_pause_once(void **state)
{
    (void)state;
    calm(8);
    assert_true(w.h.of[UT_HESITATION_FILLED].now == 0);
    held_vowels(4);
    assert_true(fabs(w.h.of[UT_HESITATION_FILLED].now - 20) < 1e-9); /* 4 in 12 s */
    assert_true(fabs(w.h.of[UT_HESITATION_FILLED].share - 2) < 1e-9);
    assert_true(w.h.sum >= 2);
}

static void what_moves_is_no_filled_pause(void **state)
{
    (void)state;
    calm(8);
    w.move = 5; /* more than a semitone to the next */
    held_vowels(4);
    assert_true(w.h.of[UT_HESITATION_FILLED].now == 0);
    w.move = 0;
    w.score.customer_f0_range = 2;
    for (int i = 0; i < 6; i++) {
        w.score.customer_loudness = (uint8_t)(LOUDNESS + (i % 2 ? 13 : 0)); /* 6.5 of 100 louder */
        records(1);
    }
    assert_true(w.h.of[UT_HESITATION_FILLED].now == 0);
    w.score.customer_f0 = 0; /* a whisper has no pitch */
    w.score.customer_f0_range = 0;
    w.score.customer_loudness = LOUDNESS;
    records(6);
    assert_true(w.h.of[UT_HESITATION_FILLED].now == 0);
}

static void slower_than_usual_and_never_faster(void **state)
{
    (void)state;
    calm(9);
    w.score.customer_pace = PACE - 20;
    records(1);
    const struct ut_hesitation_measure *p = &w.h.of[UT_HESITATION_PACE];
    assert_true(fabs(p->share - 1.25 / (2.5 * 0.25)) < 1e-9); /* sigma is the least one, 0.25 syllables/s */
    assert_true(w.h.sum >= 1.99);
    w.score.customer_pace = PACE + 20;
    records(1);
    assert_true(p->share < 0 && w.h.sum < 0.1); /* what is less than usual takes nothing from the others */
}

static void a_sign_counts_for_two_at_most(void **state)
{
    (void)state;
    calm(9);
    w.score.customer_pace = 8;
    records(1);
    assert_true(w.h.of[UT_HESITATION_PACE].share > 5);
    assert_true(w.h.sum >= 2 && w.h.sum < 2.1);
}

static void a_long_call_fills_the_ring(void **state)
{
    (void)state;
    calm(200);
    assert_int_equal(w.h.marks, UT_HESITATION_MARKS);
    assert_true(w.h.sum < 0.1);
    assert_true(fabs(w.h.of[UT_HESITATION_PAUSES].usual - 400.0 / 4400) < 0.01);
    for (int i = 0; i < 3; i++)
        exchange(2900, 400);
    assert_true(w.h.of[UT_HESITATION_LATENCY].share > 1.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_is_said_before_two_windows_of_talk, setup),
        cmocka_unit_test_setup(calm_talk_is_no_hesitation, setup),
        cmocka_unit_test_setup(late_answers_count_against_earlier_ones, setup),
        cmocka_unit_test_setup(usual_is_a_median, setup),
        cmocka_unit_test_setup(no_answer_without_a_question, setup),
        cmocka_unit_test_setup(what_is_looked_up_lost_or_spoken_over_counts_for_nothing, setup),
        cmocka_unit_test_setup(pauses_are_a_share_of_own_talk, setup),
        cmocka_unit_test_setup(a_steady_voice_is_a_filled_pause_once, setup),
        cmocka_unit_test_setup(what_moves_is_no_filled_pause, setup),
        cmocka_unit_test_setup(slower_than_usual_and_never_faster, setup),
        cmocka_unit_test_setup(a_sign_counts_for_two_at_most, setup),
        cmocka_unit_test_setup(a_long_call_fills_the_ring, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
