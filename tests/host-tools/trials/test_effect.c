/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/effect.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ut_effect e;
static struct ut_effect_figure f;

static int setup(void **state)
{
    (void)state;
    e = (struct ut_effect){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_effect_free(&e);
    return 0;
}

static void put(int desk, int64_t week, bool held, double minutes)
{
    double value[UT_EFFECT_MEASURES];
    for (int m = 0; m < UT_EFFECT_MEASURES; m++)
        value[m] = m == UT_EFFECT_MINUTES ? minutes : (double)NAN;
    assert_int_equal(ut_effect_add(&e, desk, week, held, value), 0);
}

/* Calls of `clusters` desk-weeks on either side, that much longer with cues. */
static void fill(int clusters, double more)
{
    for (int i = 0; i < clusters; i++)
        for (int call = 0; call < 4; call++) {
            put(i, 0, false, 5 + (i * 7 + call * 3) % 5 + more);
            put(i, 1, true, 5 + (i * 3 + call * 7) % 5);
        }
}

static void a_desk_week_is_one_cluster(void **state)
{
    (void)state;
    put(1, 10, false, 5);
    put(2, 10, false, 5);
    put(1, 10, false, 6);
    put(1, 20, true, 6);
    assert_int_equal(e.n, 3);
    assert_int_equal(e.cluster[0].n[UT_EFFECT_MINUTES], 2);
    assert_true(e.cluster[0].sum[UT_EFFECT_MINUTES] == 11);
    assert_int_equal(e.cluster[0].n[UT_EFFECT_CSAT], 0);
    assert_int_equal(ut_effect_desks(&e), 2);
}

static void a_difference_that_is_there_is_real(void **state)
{
    (void)state;
    fill(40, 3);
    ut_effect_judge(&e, UT_EFFECT_MINUTES, &f);
    assert_int_equal(f.verdict, UT_EFFECT_REAL);
    assert_true(fabs(f.difference - 3) < 0.3 && f.low < 3 && f.high > 3 && f.low > 0);
    assert_int_equal(f.calls[0] + f.calls[1], 320);
    assert_int_equal(f.clusters[0] + f.clusters[1], 80);
    assert_true(fabs(f.detectable - 2.8016 * f.error) < 1e-3);
}

static void one_that_is_not_is_not(void **state)
{
    (void)state;
    fill(40, 0);
    ut_effect_judge(&e, UT_EFFECT_MINUTES, &f);
    assert_int_equal(f.verdict, UT_EFFECT_NOT_SHOWN);
    assert_true(f.low <= 0 && f.high >= 0);
    /* four times as many calls would see half of what is seen now */
    assert_in_range(ut_effect_calls_needed(&f, f.detectable / 2), 3 * 320 - 1, 3 * 320 + 1);
    assert_int_equal(ut_effect_calls_needed(&f, 2 * f.detectable), 0);
}

static void few_desk_weeks_say_nothing(void **state)
{
    (void)state;
    fill(UT_EFFECT_CLUSTERS - 1, 3);
    ut_effect_judge(&e, UT_EFFECT_MINUTES, &f);
    assert_int_equal(f.verdict, UT_EFFECT_TOO_LITTLE);
    assert_true(isnan(f.low));
    assert_int_equal(ut_effect_calls_needed(&f, 1), -1);
    ut_effect_judge(&e, UT_EFFECT_CSAT, &f); /* of which nothing is known */
    assert_int_equal(f.verdict, UT_EFFECT_TOO_LITTLE);
}

/* A measure of few desks is theirs, however many desks there are. */
static void few_desks_say_nothing(void **state)
{
    (void)state;
    for (int week = 0; week < 40; week++)
        for (int desk = 0; desk < UT_EFFECT_DESKS; desk++) {
            const double none = (double)NAN, minutes = 5 + (week * 7 + desk) % 4,
                         value[UT_EFFECT_MEASURES] = {none, none, none, minutes, desk == 0 ? 1.0 + week % 5 : none};
            assert_int_equal(ut_effect_add(&e, desk, week, week % 2, value), 0);
        }
    ut_effect_judge(&e, UT_EFFECT_MINUTES, &f);
    assert_int_not_equal(f.verdict, UT_EFFECT_TOO_LITTLE);
    ut_effect_judge(&e, UT_EFFECT_CSAT, &f);
    assert_int_equal(f.verdict, UT_EFFECT_TOO_LITTLE);
    assert_true(isnan(f.mean[0]) && isnan(f.mean[1]) && isnan(f.difference));
    assert_int_equal(f.clusters[0] + f.clusters[1], 40);
}

static void what_is_everywhere_the_same_has_no_interval(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++)
        put(i, 0, i % 2 == 0, 5);
    ut_effect_judge(&e, UT_EFFECT_MINUTES, &f);
    assert_int_equal(f.verdict, UT_EFFECT_TOO_LITTLE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_desk_week_is_one_cluster), TEST(a_difference_that_is_there_is_real),
        TEST(one_that_is_not_is_not),     TEST(few_desk_weeks_say_nothing),
        TEST(few_desks_say_nothing),      TEST(what_is_everywhere_the_same_has_no_interval),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
