/* SPDX-License-Identifier: Apache-2.0 */
/* firmware/caller.c against its formulas in double precision, and what they are for. */
#include "firmware/caller.h"

#include "dsp/q.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { CALM = 32768, STIRRED = 0 }; /* posteriors of neither feeling */

static int16_t usual[UT_FEATURES_N];

static int make_usual(void **state)
{
    (void)state;
    for (int i = 0; i < UT_FEATURES_N; i++)
        usual[i] = (int16_t)(100 * i - 1000);
    return 0;
}

/* One step of speech or of silence in which every feature but the levels is `off` above its usual value. */
static void hear(struct ut_caller *c, int off_q8, int own_q8, int speech, uint16_t other_q15,
                 int16_t views[UT_CALLER_INPUTS])
{
    struct ut_row row;
    memset(&row, 0, sizeof row);
    row.speech = (uint8_t)speech;
    for (int i = 0; i < UT_FEATURES_N; i++)
        row.x[i] = (int16_t)(usual[i] + off_q8);
    for (int k = 0; k < UT_CALLER_STEP_ROWS; k++)
        assert_int_equal(ut_caller_row(c, &row, own_q8), k == UT_CALLER_STEP_ROWS - 1);
    ut_caller_views(c, views);
    ut_caller_learn(c, other_q15);
}

static void steps_are_means_of_four_rows(void **state)
{
    (void)state;
    struct ut_caller c;
    struct ut_row row;
    static const int16_t x[4] = {-5, 3, 0, 4}, own[4] = {-10, -20, -30, -41};
    static const uint8_t speech[4] = {1, 0, 1, 1};
    memset(&row, 0, sizeof row);
    for (int voiced = 0; voiced < 2; voiced++) {
        ut_caller_init(&c, usual);
        for (int k = 0; k < 4; k++) {
            for (int i = 0; i < UT_FEATURES_N; i++)
                row.x[i] = (int16_t)(x[k] + i);
            row.speech = (uint8_t)(voiced && speech[k]);
            assert_int_equal(ut_caller_row(&c, &row, own[k]), k == 3);
        }
        for (int i = 0; i < UT_FEATURES_N; i++)
            assert_int_equal(c.x_q8[i], 1 + i); /* 2/4 rounds up */
        assert_int_equal(c.own_q8, -25);        /* -101/4 */
        assert_int_equal(c.speech, voiced);
    }
    row.speech = 1; /* two of four are not most */
    for (int k = 0; k < 4; k++) {
        row.speech = k < 2;
        (void)ut_caller_row(&c, &row, 0);
    }
    assert_int_equal(c.speech, 0);
}

/* Levels, pitch and all else against running sums in double precision, with pauses and feelings between. */
static void views_follow_double_precision(void **state)
{
    (void)state;
    struct ut_caller c;
    uint32_t random = 3;
    double own_mean = 0, own_n = 0, base[UT_FEATURES_N], weight = 0, gate = 1, worst = 0;
    for (int i = 0; i < UT_FEATURES_N; i++)
        base[i] = usual[i];
    ut_caller_init(&c, usual);
    for (int t = 0; t < 1400; t++) {
        int16_t views[UT_CALLER_INPUTS];
        struct ut_row row;
        int own_q8 = -30 * 256 + ut_signal_noise(&random, 5 * 256);
        int speech = t % 9 != 8;
        uint16_t other = (uint16_t)(t / 200 % 2 == 0 ? 26000 : 3000);
        memset(&row, 0, sizeof row);
        row.speech = (uint8_t)speech;
        for (int i = 0; i < UT_FEATURES_N; i++)
            row.x[i] = (int16_t)(usual[i] + ut_signal_noise(&random, 2000));
        for (int k = 0; k < UT_CALLER_STEP_ROWS; k++)
            (void)ut_caller_row(&c, &row, own_q8);
        ut_caller_views(&c, views);
        double slow = (50 * own_q8 + own_n * own_mean) / (50 + own_n);
        double x[UT_FEATURES_N];
        for (int i = 0; i < UT_FEATURES_N; i++) {
            x[i] = row.x[i] + (i <= UT_X_LEVEL ? own_q8 - slow : 0);
            worst = fmax(worst, fabs(views[i] - x[i]));
            worst = fmax(worst, fabs(views[UT_FEATURES_N + i] - (x[i] - base[i])));
        }
        ut_caller_learn(&c, other);
        if (!speech)
            continue;
        own_n = fmin(own_n + 1, UT_CALLER_MOST_STEPS);
        own_mean += (own_q8 - own_mean) / own_n;
        gate += 0.04 * (other / 32768.0 - gate);
        double w = gate > 0.5 ? 1 : 0.2;
        weight = fmin(weight + w, UT_CALLER_MOST_STEPS);
        for (int i = 0; i < UT_FEATURES_N; i++)
            base[i] += (x[i] - base[i]) * w / (50 + weight);
    }
    print_message("largest difference %.2f of 1/256 dB\n", worst);
    assert_true(worst <= 3);
    assert_int_equal(ut_caller_known(&c), 100);
    assert_true(weight == UT_CALLER_MOST_STEPS);
}

/* At the first word both views stand against the usual values; nothing is known. */
static void a_call_begins_at_the_usual(void **state)
{
    (void)state;
    struct ut_caller c;
    int16_t views[UT_CALLER_INPUTS];
    ut_caller_init(&c, usual);
    assert_int_equal(ut_caller_known(&c), 0);
    hear(&c, 700, -20 * 256, 1, CALM, views);
    for (int i = 0; i < UT_FEATURES_N; i++) {
        assert_int_equal(views[i], usual[i] + 700);
        assert_int_equal(views[UT_FEATURES_N + i], 700);
    }
}

/* Who always speaks so is told from who has become so. */
static void a_habit_is_no_change(void **state)
{
    (void)state;
    struct ut_caller c;
    int16_t views[UT_CALLER_INPUTS];
    ut_caller_init(&c, usual);
    for (int t = 0; t < 1200; t++)
        hear(&c, 1000, -20 * 256, 1, CALM, views);
    for (int i = 0; i < UT_FEATURES_N; i++) {
        assert_int_equal(views[i], usual[i] + 1000);
        assert_in_range(views[UT_FEATURES_N + i], 0, 10);
    }
    assert_int_equal(ut_caller_known(&c), 100);
    hear(&c, 1500, -20 * 256, 1, CALM, views);
    assert_in_range(views[UT_FEATURES_N + UT_X_F0], 500, 510);
}

/* A caller who is angry from the first word becomes the measure of calm five times as late. */
static void feeling_counts_a_fifth(void **state)
{
    (void)state;
    struct ut_caller calm, angry;
    int16_t views[UT_CALLER_INPUTS];
    ut_caller_init(&calm, usual);
    ut_caller_init(&angry, usual);
    for (int t = 0; t < 200; t++) {
        hear(&calm, 1000, -20 * 256, 1, CALM, views);
        hear(&angry, 1000, -20 * 256, 1, STIRRED, views);
    }
    assert_int_equal(calm.weight, 5 * 200);
    assert_int_equal(ut_caller_known(&calm), 80);
    assert_in_range(angry.weight, 200 + 4 * 10, 200 + 4 * 20); /* until the gate is shut */
    hear(&calm, 1000, -20 * 256, 1, CALM, views);
    assert_in_range(views[UT_FEATURES_N + UT_X_F0], 195, 205); /* 1000 x 50 / 250 */
    hear(&angry, 1000, -20 * 256, 1, STIRRED, views);
    assert_in_range(views[UT_FEATURES_N + UT_X_F0], 475, 515);
}

/* Silence, and what is nobody's speech, teaches nothing. */
static void pauses_teach_nothing(void **state)
{
    (void)state;
    struct ut_caller before, c;
    int16_t views[UT_CALLER_INPUTS];
    ut_caller_init(&c, usual);
    for (int t = 0; t < 20; t++)
        hear(&c, 300, -20 * 256, 1, CALM, views);
    hear(&c, -3000, -60 * 256, 0, STIRRED, views);
    before = c;
    hear(&c, -3000, -60 * 256, 0, STIRRED, views);
    assert_memory_equal(&before, &c, sizeof c);
}

/* Louder speech lifts its levels until the slow own level has followed; gain alone never moves them. */
static void louder_stays_louder(void **state)
{
    (void)state;
    struct ut_caller quiet, loud;
    int16_t a[UT_CALLER_INPUTS], b[UT_CALLER_INPUTS];
    ut_caller_init(&quiet, usual);
    ut_caller_init(&loud, usual);
    for (int t = 0; t < 500; t++) {
        int own_q8 = t < 400 ? -40 * 256 : -30 * 256;
        hear(&quiet, 0, own_q8, 1, CALM, a);
        hear(&loud, 0, own_q8 + 20 * 256, 1, CALM, b);
        assert_memory_equal(a, b, sizeof a);
        if (t == 400) {                                                     /* 10 dB above the own level of 10 s */
            assert_in_range(a[UT_X_LEVEL] - usual[UT_X_LEVEL], 2125, 2145); /* 2560 x 250 / 300 */
            assert_int_equal(a[UT_X_F0], usual[UT_X_F0]);
        }
    }
    ut_caller_init(&quiet, usual);
    hear(&quiet, 0, 0, 1, CALM, a);
    hear(&quiet, 0, -100 * 256, 1, CALM, a); /* at most 24 dB either way */
    assert_true(a[UT_X_LEVEL] >= usual[UT_X_LEVEL] - 24 * 256);
    for (int t = 0; t < 300; t++)
        hear(&quiet, 0, -100 * 256, 1, CALM, a);
    hear(&quiet, 0, 0, 1, CALM, a);
    assert_int_equal(a[UT_X_LEVEL], usual[UT_X_LEVEL] + 24 * 256);
}

/* Another voice at the same end, lower or higher, becomes most of the measure within ten seconds of speech and all of
 * it within 40. The same caller who is angry as long stays measured against himself. */
static void another_voice_becomes_the_measure(void **state)
{
    (void)state;
    for (int off = -2000; off <= 2000; off += 4000) {
        struct ut_caller c, stirred;
        int16_t views[UT_CALLER_INPUTS];
        int towards = off > 0 ? 1 : -1;
        ut_caller_init(&c, usual);
        for (int t = 0; t < 100000; t++)
            hear(&c, -off, -20 * 256, 1, CALM, views);
        stirred = c;
        for (int t = 0; t <= 1000; t++) {
            hear(&c, off, -20 * 256, 1, CALM, views);
            if (t == 0)
                assert_in_range(towards * views[UT_FEATURES_N + UT_X_F0], 3990, 4000);
            if (t == 250)
                assert_in_range(towards * views[UT_FEATURES_N + UT_X_F0], 1700, 1800); /* 4000 x e^(-250/300) */
        }
        assert_in_range(towards * views[UT_FEATURES_N + UT_X_F0], 120, 160);
        for (int t = 0; t <= 250; t++)
            hear(&stirred, off, -20 * 256, 1, STIRRED, views);
        assert_in_range(towards * views[UT_FEATURES_N + UT_X_F0], 3000, 3500);
    }
}

static void any_value_is_survived(void **state)
{
    (void)state;
    struct ut_caller c;
    struct ut_row row;
    uint32_t random = 9;
    ut_caller_init(&c, usual);
    memset(&row, 0, sizeof row);
    for (int t = 0; t < 20000; t++) {
        int16_t views[UT_CALLER_INPUTS];
        row.speech = (uint8_t)(ut_signal_random(&random) & 1);
        for (int i = 0; i < UT_FEATURES_N; i++)
            row.x[i] = (ut_signal_random(&random) & 1) != 0 ? INT16_MAX : INT16_MIN;
        for (int k = 0; k < UT_CALLER_STEP_ROWS; k++)
            (void)ut_caller_row(&c, &row, (ut_signal_random(&random) & 1) != 0 ? 0 : -100 * 256);
        ut_caller_views(&c, views);
        ut_caller_learn(&c, (uint16_t)(ut_signal_random(&random) % 32769));
        assert_in_range(ut_caller_known(&c), 0, 100);
        assert_in_range(c.other_q15, 0, 32768);
        assert_in_range(c.weight, 0, 5 * UT_CALLER_MOST_STEPS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_means_of_four_rows), cmocka_unit_test(views_follow_double_precision),
        cmocka_unit_test(a_call_begins_at_the_usual),   cmocka_unit_test(a_habit_is_no_change),
        cmocka_unit_test(feeling_counts_a_fifth),       cmocka_unit_test(pauses_teach_nothing),
        cmocka_unit_test(louder_stays_louder),          cmocka_unit_test(another_voice_becomes_the_measure),
        cmocka_unit_test(any_value_is_survived),
    };
    return cmocka_run_group_tests(tests, make_usual, NULL);
}
