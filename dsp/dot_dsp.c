/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

#include "dsp/q.h"

#include <arm_acle.h>
#include <string.h>

/* Two int16_t as the packed pair that SMLAD takes; unaligned words are read in one instruction on ARMv7E-M. */
static inline int16x2_t pair(const int16_t *x)
{
    int16x2_t two;
    memcpy(&two, x, sizeof two);
    return two;
}

void ut_dot_two(const int16_t *a, const int16_t *b, int n, int32_t sum[2])
{
    int32_t first = 0, second = 0;
    for (const int16_t *end = a + n; a < end; a += 8, b += 8) {
        int16x2_t a0 = pair(a), a2 = pair(a + 2), a4 = pair(a + 4), a6 = pair(a + 6);
        first = __smlad(a0, pair(b), first);
        second = __smlad(a0, pair(b + 1), second);
        first = __smlad(a2, pair(b + 2), first);
        second = __smlad(a2, pair(b + 3), second);
        first = __smlad(a4, pair(b + 4), first);
        second = __smlad(a4, pair(b + 5), second);
        first = __smlad(a6, pair(b + 6), first);
        second = __smlad(a6, pair(b + 7), second);
    }
    sum[0] = first;
    sum[1] = second;
}

uint64_t ut_dot_energy(const int16_t *x, int n)
{
    int64_t sum = 0;
    for (const int16_t *end = x + n; x < end; x += 8) {
        sum = __smlald(pair(x), pair(x), sum);
        sum = __smlald(pair(x + 2), pair(x + 2), sum);
        sum = __smlald(pair(x + 4), pair(x + 4), sum);
        sum = __smlald(pair(x + 6), pair(x + 6), sum);
    }
    return (uint64_t)sum;
}

void ut_dot_halfband(const int16_t *centre, const int16_t *odd, const int16_t h[16], int16_t *y, int n)
{
    const int16x2_t h0 = pair(h), h1 = pair(h + 2), h2 = pair(h + 4), h3 = pair(h + 6);
    const int16x2_t h4 = pair(h + 8), h5 = pair(h + 10), h6 = pair(h + 12), h7 = pair(h + 14);
    for (int j = 0; j < n; j++) {
        const int16_t *x = odd + j;
        int32_t sum = centre[j] * 16384;
        sum = __smlad(pair(x), h0, sum);
        sum = __smlad(pair(x + 2), h1, sum);
        sum = __smlad(pair(x + 4), h2, sum);
        sum = __smlad(pair(x + 6), h3, sum);
        sum = __smlad(pair(x + 8), h4, sum);
        sum = __smlad(pair(x + 10), h5, sum);
        sum = __smlad(pair(x + 12), h6, sum);
        sum = __smlad(pair(x + 14), h7, sum);
        y[j] = ut_q_sat16(ut_q_rshift(sum, 15));
    }
}
