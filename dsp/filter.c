/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/filter.h"

#include "dsp/q.h"
#include "dsp/tables.h"

static inline int16_t without_mean(int32_t sample, int32_t *mean_q12)
{
    *mean_q12 += (sample * 4096 - *mean_q12) >> 8; /* time constant 256 samples: corner 10 Hz */
    return ut_q_sat16(sample - ut_q_rshift(*mean_q12, 12));
}

static inline int32_t full_scale(int32_t sample)
{
    return sample == INT16_MAX || sample == INT16_MIN;
}

int32_t ut_filter_mean(const int16_t *x, int stride, int n, int32_t *mean_q12, int16_t *first, int16_t *second)
{
    int32_t clipped = 0;
    for (int i = 0; i < n; i++) {
        int32_t sample = x[i * stride];
        clipped += full_scale(sample);
        *(i % 2 == 0 ? first++ : second++) = without_mean(sample, mean_q12);
    }
    return clipped;
}

/* Neither sum can reach 2^31: the taps' magnitudes add up to less than 1.6. */

void ut_filter_half31(const int16_t *centre, const int16_t *odd, int16_t *y, int n)
{
    const int16_t *h = ut_tables_halfband31_q15;
    for (int j = 0; j < n; j++) {
        int32_t sum = centre[j] * 16384;
        for (int i = 0; i < 8; i++)
            sum += h[i] * (odd[j + i] + odd[j + 15 - i]);
        y[j] = ut_q_sat16(ut_q_rshift(sum, 15));
    }
}

void ut_filter_half15(const int16_t *x, int16_t *y, int n)
{
    const int16_t *h = ut_tables_halfband15_q15;
    for (int j = 0; j < n; j++) {
        int32_t sum = x[2 * j + 7] * 16384;
        for (int i = 0; i < 4; i++)
            sum += h[i] * (x[2 * j + 2 * i] + x[2 * j + 14 - 2 * i]);
        y[j] = ut_q_sat16(ut_q_rshift(sum, 15));
    }
}
