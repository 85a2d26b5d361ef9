/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

void ut_dot_two(const int16_t *a, const int16_t *b, int n, int32_t sum[2])
{
    uint32_t first = 0, second = 0;
    for (int i = 0; i < n; i++) {
        first += (uint32_t)(a[i] * b[i]);
        second += (uint32_t)(a[i] * b[i + 1]);
    }
    sum[0] = (int32_t)first;
    sum[1] = (int32_t)second;
}

int64_t ut_dot(const int16_t *a, const int16_t *b, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

uint64_t ut_dot_energy(const int16_t *x, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return sum;
}
