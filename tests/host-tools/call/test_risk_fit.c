/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/risk_fit.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MANY = 4000 };
static struct ut_risk_case cases[MANY];

static double share(uint32_t *random)
{
    return (ut_signal_random(random) % 10001) / 10000.0;
}

/* Customers of a world whose weights are known, three calls each. */
static void fill(size_t n, const double *weight, double intercept, uint32_t seed)
{
    seed *= 0x9E3779B9; /* small numbers begin alike */
    for (size_t i = 0; i < n; i++) {
        double odds = intercept;
        for (int k = 0; k < UT_RISK_INPUTS; k++)
            odds += weight[k] * (cases[i].inputs.x[k] = share(&seed));
        cases[i].churned = share(&seed) < 1 / (1 + exp(-odds));
        cases[i].customer = i / 3;
    }
}

static const double WORLD[UT_RISK_INPUTS] = {2, 0, 3, 1};

static void few_outcomes_leave_the_rule_of_thumb(void **state)
{
    (void)state;
    struct ut_risk risk;
    fill(UT_RISK_OUTCOMES, WORLD, -3, 1);
    assert_int_equal(ut_risk_fit(cases, UT_RISK_OUTCOMES - 1, &risk), 0);
    assert_false(risk.fitted);
    assert_int_equal(risk.n, UT_RISK_OUTCOMES - 1);
    assert_int_equal(ut_risk_fit(cases, UT_RISK_OUTCOMES, &risk), 0);
    assert_true(risk.fitted);
    for (int i = 0; i < UT_RISK_OUTCOMES; i++)
        cases[i].churned = i < UT_RISK_EITHER - 1;
    assert_int_equal(ut_risk_fit(cases, UT_RISK_OUTCOMES, &risk), 0);
    assert_false(risk.fitted); /* hardly anybody went */
    assert_int_equal(ut_risk_fit(cases, 0, &risk), 0);
    assert_false(risk.fitted);
}

static void many_outcomes_find_the_weights(void **state)
{
    (void)state;
    struct ut_risk risk;
    fill(MANY, WORLD, -3, 2);
    assert_int_equal(ut_risk_fit(cases, MANY, &risk), 0);
    assert_true(risk.fitted);
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        assert_true(fabs(risk.weight[k] - WORLD[k]) < 0.4);
    assert_true(risk.auc > 0.7 && risk.auc < 0.85);
    assert_true(risk.brier < risk.brier_share);
}

/* Of those who are said to go with p, the share p goes: in tenths of them. */
static void the_score_is_calibrated(void **state)
{
    (void)state;
    struct ut_risk risk;
    double said[10] = {0}, went[10] = {0};
    int n[10] = {0};
    fill(MANY, WORLD, -3, 3);
    assert_int_equal(ut_risk_fit(cases, MANY, &risk), 0);
    fill(MANY, WORLD, -3, 4); /* others of the same world */
    for (int i = 0; i < MANY; i++) {
        double p = ut_risk_score(&risk, &cases[i].inputs);
        int bin = p >= 1 ? 9 : (int)(10 * p);
        said[bin] += p;
        went[bin] += cases[i].churned;
        n[bin]++;
    }
    for (int bin = 0; bin < 10; bin++)
        if (n[bin] >= 100)
            assert_true(fabs(said[bin] - went[bin]) / n[bin] < 0.1);
}

/* What keeps customers in this world cannot count against the rule that more is never less. */
static void no_weight_is_negative(void **state)
{
    (void)state;
    static const double AGAINST[UT_RISK_INPUTS] = {-2, 3, -1, 0};
    struct ut_risk risk;
    fill(MANY, AGAINST, 0, 5);
    assert_int_equal(ut_risk_fit(cases, MANY, &risk), 0);
    assert_true(risk.fitted);
    assert_true(risk.weight[0] == 0 && risk.weight[2] == 0 && risk.weight[1] > 2);
}

/* Where nothing tells who goes, or all tells the reverse, it stays a rule of thumb, and says of how many it knows. */
static void a_fit_no_better_than_a_coin_is_none(void **state)
{
    (void)state;
    static const double REVERSE[UT_RISK_INPUTS] = {-3, -3, -3, -3};
    struct ut_risk risk;
    fill(MANY, REVERSE, 5, 6);
    assert_int_equal(ut_risk_fit(cases, MANY, &risk), 0);
    assert_false(risk.fitted);
    assert_int_equal(risk.n, MANY);
    assert_true(risk.churned > 0);
}

static void an_input_that_tells_all_stays_finite(void **state)
{
    (void)state;
    struct ut_risk risk;
    fill(400, WORLD, -3, 7);
    for (int i = 0; i < 400; i++)
        cases[i].churned = cases[i].inputs.x[2] > 0.5;
    assert_int_equal(ut_risk_fit(cases, 400, &risk), 0);
    assert_true(risk.fitted && risk.auc > 0.95);
    for (int k = 0; k < UT_RISK_INPUTS; k++)
        assert_true(isfinite(risk.weight[k]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_outcomes_leave_the_rule_of_thumb),
        cmocka_unit_test(many_outcomes_find_the_weights),
        cmocka_unit_test(the_score_is_calibrated),
        cmocka_unit_test(no_weight_is_negative),
        cmocka_unit_test(a_fit_no_better_than_a_coin_is_none),
        cmocka_unit_test(an_input_that_tells_all_stays_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
