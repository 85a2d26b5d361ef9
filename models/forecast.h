/* SPDX-License-Identifier: Apache-2.0 */
/* What a host foretells from this model's scores: coefficients of host-tools/cues/forecast.h, fitted to the model's own
 * scores by tests/eval/forecast.py. SPEC.md "Forecast". Each models/ID has its own; no device reads them.
 */
#ifndef UT_MODELS_FORECAST_H
#define UT_MODELS_FORECAST_H

#include <stdint.h>

struct ut_forecast_table { /* log-odds Q16, per 1 of the input */
    int32_t bias_q16;
    int32_t slow_q16;       /* frustration, slow score */
    int32_t slope_q16;      /* its change per 10 s */
    int32_t fast_q16;       /* frustration, fast score */
    int32_t confidence_q16; /* of the fast score */
};

extern const struct ut_forecast_table ut_forecast_table;

#endif
