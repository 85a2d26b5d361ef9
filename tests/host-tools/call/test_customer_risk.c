/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/customer_risk.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY 86400000LL
static const struct ut_risk RULE = {0};

static double of(const struct ut_past_call *call, size_t n)
{
    const struct ut_risk_inputs in = ut_risk_inputs_of(call, n, 100 * DAY);
    return ut_risk_score(&RULE, &in);
}

static void nobody_is_a_risk_before_there_was_a_call(void **state)
{
    (void)state;
    assert_true(of(NULL, 0) == 0);
}

static void a_quiet_call_long_ago_is_none_either(void **state)
{
    (void)state;
    const struct ut_past_call call = {
        .began_ms = 50 * DAY, .ended_ms = 50 * DAY, .scored = true, .begin = 0.4, .end = 0.1};
    assert_true(of(&call, 1) == 0);
}

/* Each input alone at its most gives its weight; all together stay below 1. */
static void the_formula_is_the_documented_one(void **state)
{
    (void)state;
    const struct ut_past_call worst = {.began_ms = 100 * DAY - 600000,
                                       .ended_ms = 100 * DAY,
                                       .scored = true,
                                       .begin = 0.2,
                                       .end = 0.9,
                                       .hold_ms = 900000,
                                       .unresolved = true};
    const struct ut_past_call falling = {.scored = true, .begin = 0.2, .end = 0.9}, held = {.hold_ms = 600000};
    const struct ut_past_call again = {.ended_ms = 95 * DAY}, open[2] = {{.unresolved = true}, {.unresolved = true}};
    const struct ut_past_call week[3] = {again, again, again}, all[3] = {worst, worst, worst};
    assert_true(fabs(of(&falling, 1) - (0.4)) < 1e-12);
    assert_true(fabs(of(&again, 1) - (0.1)) < 1e-12);
    assert_true(fabs(of(week, 3) - (0.3)) < 1e-12);
    assert_true(fabs(of(open, 2) - (0.4)) < 1e-12);
    assert_true(fabs(of(&held, 1) - (0.2)) < 1e-12);
    assert_true(fabs(of(all, 3) - (1 - 0.6 * 0.7 * 0.6 * 0.8)) < 1e-12);
}

static void old_calls_and_those_of_a_clock_ahead_are_no_repeat(void **state)
{
    (void)state;
    const struct ut_past_call calls[2] = {{.ended_ms = 93 * DAY - 1}, {.ended_ms = 100 * DAY + 1}};
    assert_true(of(calls, 2) == 0);
}

static double share(uint32_t *random)
{
    return (ut_signal_random(random) % 1001) / 1000.0;
}

/* More of any one thing, all else as it was, is never less of a risk: by the rule of thumb, and by any fit. */
static void more_is_never_less(void **state)
{
    (void)state;
    uint32_t random = 18;
    for (int round = 0; round < 20000; round++) {
        struct ut_past_call calls[6], more[6];
        size_t n = 1 + ut_signal_random(&random) % 6, at;
        struct ut_risk risk = {.fitted = round % 2 != 0, .intercept = 4 * share(&random) - 3};
        for (int k = 0; k < UT_RISK_INPUTS; k++)
            risk.weight[k] = 3 * share(&random);
        for (size_t i = 0; i < n; i++)
            more[i] = calls[i] =
                (struct ut_past_call){.ended_ms = 100 * DAY - (int64_t)(share(&random) * 14 * (double)DAY),
                                      .scored = ut_signal_random(&random) % 4 != 0,
                                      .begin = share(&random),
                                      .end = share(&random),
                                      .hold_ms = (int64_t)(share(&random) * 900000),
                                      .unresolved = ut_signal_random(&random) % 2 != 0};
        at = ut_signal_random(&random) % n;
        switch (round / 2 % 4) {
        case 0:
            more[at].end += 0.2;
            break;
        case 1:
            more[at].ended_ms = 100 * DAY - 1;
            break;
        case 2:
            more[at].unresolved = true;
            break;
        default:
            more[at].hold_ms += 60000;
            break;
        }
        const struct ut_risk_inputs a = ut_risk_inputs_of(calls, n, 100 * DAY),
                                    b = ut_risk_inputs_of(more, n, 100 * DAY);
        double before = ut_risk_score(&risk, &a), after = ut_risk_score(&risk, &b);
        assert_true(before >= 0 && after <= 1);
        assert_true(after >= before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_a_risk_before_there_was_a_call),
        cmocka_unit_test(a_quiet_call_long_ago_is_none_either),
        cmocka_unit_test(the_formula_is_the_documented_one),
        cmocka_unit_test(old_calls_and_those_of_a_clock_ahead_are_no_repeat),
        cmocka_unit_test(more_is_never_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
