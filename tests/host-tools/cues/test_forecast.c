/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/forecast.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static double at(double slow, double slope, double fast, double confidence)
{
    const double input[UT_FORECAST_INPUTS] = {[UT_FORECAST_SLOW] = slow,
                                              [UT_FORECAST_SLOPE] = slope,
                                              [UT_FORECAST_FAST] = fast,
                                              [UT_FORECAST_CONFIDENCE] = confidence};
    return ut_forecast(input);
}

static void it_is_a_probability(void **state)
{
    (void)state;
    for (double slow = 0; slow <= 1; slow += 0.25)
        for (double slope = -1; slope <= 1; slope += 0.5)
            for (double fast = 0; fast <= 1; fast += 0.25) {
                double p = at(slow, slope, fast, 0.8);
                assert_true(isfinite(p) && p > 0 && p < 1);
            }
}

/* Whatever it was fitted on: more frustration may not mean less to come. */
static void it_grows_with_frustration_and_its_slope(void **state)
{
    (void)state;
    assert_true(at(0.6, 0, 0.3, 0.8) > at(0.2, 0, 0.3, 0.8));
    assert_true(at(0.3, 0, 0.6, 0.8) > at(0.3, 0, 0.2, 0.8));
    assert_true(at(0.3, 0.3, 0.3, 0.8) > at(0.3, 0, 0.3, 0.8));
}

/* Between calm and near the threshold it has to cross the cue's 0.7, or the cue could never open. */
static void it_can_speak_for_the_cue(void **state)
{
    (void)state;
    assert_true(at(0.05, 0, 0.05, 0.9) < 0.3);
    assert_true(at(0.5, 0.2, 0.6, 0.9) > 0.7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_probability),
        cmocka_unit_test(it_grows_with_frustration_and_its_slope),
        cmocka_unit_test(it_can_speak_for_the_cue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
