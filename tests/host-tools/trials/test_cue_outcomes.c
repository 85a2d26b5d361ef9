/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/cue_outcomes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ut_cue_outcomes all;

static int setup(void **state)
{
    (void)state;
    all = (struct ut_cue_outcomes){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_cue_outcomes_free(&all);
    return all.n != 0;
}

static void put(enum ut_cue cue, enum ut_cue_said said, int64_t at_ms, double value)
{
    const struct ut_cue_outcome one = {
        .cue = cue, .said = said, .at_ms = at_ms, .has_value = !isnan(value), .value = isnan(value) ? 0 : value};
    assert_int_equal(ut_cue_outcomes_add(&all, &one), 0);
}

static void words_are_those_of_events(void **state)
{
    (void)state;
    assert_int_equal(ut_cue_said_find("helped"), UT_CUE_HELPED);
    assert_int_equal(ut_cue_said_find("did_not_help"), UT_CUE_DID_NOT_HELP);
    assert_int_equal(ut_cue_said_find("wrong"), UT_CUE_WRONG);
    assert_int_equal(ut_cue_said_find("Helped"), UT_CUE_SAIDS);
}

static void what_did_not_help_was_right_all_the_same(void **state)
{
    (void)state;
    struct ut_cue_precision p;
    put(UT_CUE_EMPATHY, UT_CUE_HELPED, 10, 0.4);
    put(UT_CUE_EMPATHY, UT_CUE_DID_NOT_HELP, 20, 0.4);
    put(UT_CUE_EMPATHY, UT_CUE_WRONG, 30, 0.4);
    put(UT_CUE_EMPATHY, UT_CUE_HELPED, 40, 0.6);
    put(UT_CUE_SILENCE, UT_CUE_WRONG, 15, (double)NAN);
    ut_cue_outcomes_judge(&all, UT_CUE_EMPATHY, 0, 40, 0, &p);
    assert_int_equal(p.n, 3);
    assert_true(fabs(p.right.value - 2.0 / 3) < 1e-9 && fabs(p.helped.value - 1.0 / 3) < 1e-9);
    ut_cue_outcomes_judge(&all, UT_CUE_EMPATHY, INT64_MIN, INT64_MAX, 0.5, &p);
    assert_int_equal(p.n, 1);
    ut_cue_outcomes_judge(&all, UT_CUE_HELP, INT64_MIN, INT64_MAX, 0, &p);
    assert_int_equal(p.n, 0);
    assert_true(isnan(p.right.value));
}

static void weeks_begin_on_mondays(void **state)
{
    (void)state;
    static const int64_t DAY = 86400000, MONDAY = 1769385600000; /* 2026-01-26 */
    for (int day = 0; day < 7; day++)
        assert_int_equal(ut_cue_outcomes_week(MONDAY + day * DAY + 1), MONDAY);
    assert_int_equal(ut_cue_outcomes_week(MONDAY - 1), MONDAY - 7 * DAY);
    assert_int_equal(ut_cue_outcomes_week(0), -3 * DAY); /* a Thursday */
}

/* Below 0.5 half are wrong, above one in five: what is kept above it is worth more. */
static void a_threshold_drops_what_is_mostly_wrong(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        put(UT_CUE_EMPATHY, i % 4 == 0 ? UT_CUE_HELPED : UT_CUE_WRONG, i, 0.36 + i * 0.002);
        put(UT_CUE_EMPATHY, i % 5 == 0 ? UT_CUE_WRONG : UT_CUE_HELPED, i, 0.501 + i * 0.002);
    }
    double to = ut_cue_outcomes_threshold(&all, UT_CUE_EMPATHY, 0.35);
    assert_true(to > 0.43 && to <= 0.505);
    assert_true(ut_cue_outcomes_threshold(&all, UT_CUE_EMPATHY, 0.55) >= 0.55);
}

static void few_or_good_ones_change_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < UT_CUE_OUTCOMES_LEAST - 1; i++)
        put(UT_CUE_EMPATHY, UT_CUE_WRONG, i, 0.4);
    assert_true(ut_cue_outcomes_threshold(&all, UT_CUE_EMPATHY, 0.35) == 0.35);
    for (int i = 0; i < 2 * UT_CUE_OUTCOMES_LEAST; i++)
        put(UT_CUE_HELP, UT_CUE_HELPED, i, 0.8);
    assert_true(ut_cue_outcomes_threshold(&all, UT_CUE_HELP, 0.75) == 0.75);
    for (int i = 0; i < 2 * UT_CUE_OUTCOMES_LEAST; i++)
        put(UT_CUE_SILENCE, UT_CUE_WRONG, i, 6);
    assert_false(ut_cue_outcomes_can_tune(UT_CUE_SILENCE));
    assert_true(ut_cue_outcomes_threshold(&all, UT_CUE_SILENCE, 6) == 6);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(words_are_those_of_events),       TEST(what_did_not_help_was_right_all_the_same),
        TEST(weeks_begin_on_mondays),          TEST(a_threshold_drops_what_is_mostly_wrong),
        TEST(few_or_good_ones_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
