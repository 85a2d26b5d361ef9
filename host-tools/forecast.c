/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/forecast.h"

#include <math.h>

static const double bias = -3.0;
static const double weight[UT_FORECAST_INPUTS] = {
    [UT_FORECAST_SLOW] = 2.0,
    [UT_FORECAST_SLOPE] = 2.0,
    [UT_FORECAST_FAST] = 4.0,
    [UT_FORECAST_CONFIDENCE] = 0.0,
};

double ut_forecast(const double input[UT_FORECAST_INPUTS])
{
    double log_odds = bias;
    for (int i = 0; i < UT_FORECAST_INPUTS; i++)
        log_odds += weight[i] * input[i];
    return 1 / (1 + exp(-log_odds));
}
