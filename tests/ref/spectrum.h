/* SPDX-License-Identifier: Apache-2.0 */
/* Judge: band levels of SPEC.md "Spectrum" in double precision, by the definition of the transform. */
#ifndef UT_TESTS_REF_SPECTRUM_H
#define UT_TESTS_REF_SPECTRUM_H

#include "dsp/spectrum.h"

#include <math.h>

static inline double ref_mel(double hz)
{
    return 1127.0 * log(1.0 + hz / 700.0);
}

/* Levels in dBFS of x8[1..256], pre-emphasised with x8[0] as history. */
static inline void ref_spectrum_bands(const int16_t x8[UT_SPECTRUM_N + 1], double level_db[UT_SPECTRUM_BANDS])
{
    const double pi = 3.14159265358979323846;
    double y[UT_SPECTRUM_N], sum[UT_SPECTRUM_BANDS] = {0};
    for (int i = 0; i < UT_SPECTRUM_N; i++)
        y[i] = (x8[i + 1] - x8[i] * 31.0 / 32.0) / 32768.0 * (0.5 - 0.5 * cos(2 * pi * (i + 0.5) / UT_SPECTRUM_N));
    double lowest = ref_mel(100), step = (ref_mel(3900) - lowest) / (UT_SPECTRUM_BANDS + 1);
    for (int k = 1; k < UT_SPECTRUM_N / 2; k++) {
        double re = 0, im = 0;
        for (int i = 0; i < UT_SPECTRUM_N; i++) {
            re += y[i] * cos(2 * pi * k * i / UT_SPECTRUM_N);
            im -= y[i] * sin(2 * pi * k * i / UT_SPECTRUM_N);
        }
        double power = 2 * (re * re + im * im) / (UT_SPECTRUM_N * (UT_SPECTRUM_N * 3.0 / 8.0));
        double position = (ref_mel(k * 8000.0 / UT_SPECTRUM_N) - lowest) / step;
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
            double away = fabs(position - (b + 1));
            if (away < 1)
                sum[b] += power * (1 - away);
        }
    }
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        level_db[b] = sum[b] > 0 ? 10 * log10(sum[b]) : -300;
}

#endif
