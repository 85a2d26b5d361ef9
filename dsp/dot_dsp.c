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

int64_t ut_dot(const int16_t *a, const int16_t *b, int n)
{
    int64_t sum = 0;
    for (const int16_t *end = a + n; a < end; a += 4, b += 4) {
        sum = __smlald(pair(a), pair(b), sum);
        sum = __smlald(pair(a + 2), pair(b + 2), sum);
    }
    return sum;
}

int32_t ut_dot_bytes(const int16_t *x, const int8_t *w, int n)
{
    int32_t sum = 0;
    for (const int16_t *end = x + n; x < end; x += 4, w += 4) {
        int8x4_t four;
        int16x2_t odd;
        memcpy(&four, w, sizeof four);
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(odd) : "r"(four)); /* bytes 1 and 3 */
        sum = __smlad(pair(x), __sxtb16(four), sum);
        sum = __smlad(pair(x + 2), odd, sum);
    }
    return sum;
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
