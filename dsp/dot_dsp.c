/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

#include <arm_acle.h>
#include <string.h>

/* Two int16_t as the packed pair that SMLAD takes; unaligned words are read in one instruction on ARMv7E-M. */
static inline int16x2_t pair(const int16_t *x)
{
    int16x2_t two;
    memcpy(&two, x, sizeof two);
    return two;
}

int32_t ut_dot_16(const int16_t *a, const int16_t *b, int n)
{
    int32_t sum = 0;
    for (int i = 0; i < n; i += 4) {
        sum = __smlad(pair(a + i), pair(b + i), sum);
        sum = __smlad(pair(a + i + 2), pair(b + i + 2), sum);
    }
    return sum;
}
