/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

int32_t ut_dot_16(const int16_t *a, const int16_t *b, int n)
{
    uint32_t sum = 0;
    for (int i = 0; i < n; i += 4)
        sum += (uint32_t)(a[i] * b[i]) + (uint32_t)(a[i + 1] * b[i + 1]) + (uint32_t)(a[i + 2] * b[i + 2]) +
               (uint32_t)(a[i + 3] * b[i + 3]);
    return (int32_t)sum;
}
