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

int32_t ut_dot_bytes(const int16_t *x, const int8_t *w, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i += 4)
        sum += x[i] * w[i] + x[i + 1] * w[i + 2] + x[i + 2] * w[i + 1] + x[i + 3] * w[i + 3];
    return sum;
}

uint64_t ut_dot_energy(const int16_t *x, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (uint32_t)(x[i] * x[i]);
    return sum;
}
