/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/forecast.h"

#include "models/forecast.h"

#include <math.h>

double ut_forecast(const double input[UT_FORECAST_INPUTS])
{
    const struct ut_forecast_table *t = &ut_forecast_table;
    double log_odds_q16 = t->bias_q16 + t->slow_q16 * input[UT_FORECAST_SLOW] +
                          t->slope_q16 * input[UT_FORECAST_SLOPE] + t->fast_q16 * input[UT_FORECAST_FAST] +
                          t->confidence_q16 * input[UT_FORECAST_CONFIDENCE];
    return 1 / (1 + exp(-log_odds_q16 / 65536));
}
