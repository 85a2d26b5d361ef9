/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

#include "dsp/q.h"

int32_t ut_dot_16(const int16_t *a, const int16_t *b, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i += 4)
        sum += (uint32_t)(a[i] * b[i]) + (uint32_t)(a[i + 1] * b[i + 1]) + (uint32_t)(a[i + 2] * b[i + 2]) +
               (uint32_t)(a[i + 3] * b[i + 3]);
    return (int32_t)sum;
}

uint64_t ut_dot_energy(const int16_t *x, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return sum;
}

void ut_dot_halfband(const int16_t *centre, const int16_t *odd, const int16_t h[16], int16_t *y, int n)
{
    for (int j = 0; j < n; j++) {
        int32_t sum = centre[j] * 16384 + ut_dot_16(odd + j, h, 16);
        y[j] = ut_q_sat16(ut_q_rshift(sum, 15));
    }
}
