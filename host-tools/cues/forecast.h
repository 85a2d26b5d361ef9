/* SPDX-License-Identifier: Apache-2.0 */
/* How likely it is that the customer's fast frustration score reaches 0.65 within the next 20 s.
 *
 * in    the present averages of the scores, 0..1, and the slope of the slow one per 10 s
 * out   a probability
 * A logistic model. Its coefficients are those of the model built in (models/forecast.h). SPEC.md "Forecast".
 */
#ifndef UT_HOST_FORECAST_H
#define UT_HOST_FORECAST_H

enum { UT_FORECAST_HORIZON_MS = 20000 };

enum ut_forecast_input {
    UT_FORECAST_SLOW,       /* frustration over score.slow seconds of speech */
    UT_FORECAST_SLOPE,      /* its change per 10 s */
    UT_FORECAST_FAST,       /* frustration over score.fast seconds of speech */
    UT_FORECAST_CONFIDENCE, /* over score.fast seconds of speech */
    UT_FORECAST_INPUTS
};

double ut_forecast(const double input[UT_FORECAST_INPUTS]);

#endif
