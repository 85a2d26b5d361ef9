/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/filter.h"

#include "dsp/tables.h"

#include <arm_acle.h>
#include <stddef.h>
#include <string.h>

enum {
    HALF = 1 << 14 /* of Q15: the centre tap, and what rounds */
};

/* Two int16_t as the packed pair that SMLAD takes; unaligned words are read in one instruction on ARMv7E-M. */
static inline int16x2_t pair(const int16_t *x)
{
    int16x2_t two;
    memcpy(&two, x, sizeof two);
    return two;
}

static inline int16_t without_mean(int32_t sample, int32_t *mean_q12)
{
    int32_t saturated;
    *mean_q12 += (sample * 4096 - *mean_q12) >> 8;
    __asm__("ssat %0, #16, %1" : "=r"(saturated) : "r"(sample - ((*mean_q12 + 2048) >> 12)));
    return (int16_t)saturated;
}

/* 1 at INT16_MAX and INT16_MIN, else 0 */
static inline int32_t full_scale(int32_t sample)
{
    int32_t magnitude = sample ^ (sample >> 31); /* less one LSB for negative values */
    return (magnitude + 1) >> 15;
}

int32_t ut_filter_mean(const int16_t *x, int stride, int n, int32_t *mean_q12, int16_t *first, int16_t *second)
{
    int32_t mean = *mean_q12, clipped = 0;
    for (const int16_t *end = first + n / 2; first < end;) {
        int32_t a = x[0], b = x[stride];
        x += 2 * (ptrdiff_t)stride;
        clipped += full_scale(a);
        clipped += full_scale(b);
        *first++ = without_mean(a, &mean);
        *second++ = without_mean(b, &mean);
    }
    if (n % 2 != 0) {
        clipped += full_scale(*x);
        *first = without_mean(*x, &mean);
    }
    *mean_q12 = mean;
    return clipped;
}

static inline int32_t centred(int16_t sample)
{
    return __smlabb(sample, HALF, HALF);
}

static inline int16_t finished(int32_t sum)
{
    int32_t saturated;
    __asm__("ssat %0, #16, %1, asr #15" : "=r"(saturated) : "r"(sum));
    return (int16_t)saturated;
}

/* Outputs two apart share all but one of their pairs of samples, so four of them are summed at a time; the second half
 * of the taps is the first one in reverse. */

void ut_filter_half31(const int16_t *centre, const int16_t *odd, int16_t *y, int n)
{
    const int16_t *h = ut_tables_halfband31_q15;
    const int16x2_t h0 = pair(h), h1 = pair(h + 2), h2 = pair(h + 4), h3 = pair(h + 6);
    int step = 7; /* 1 and 7 in turn */
    for (const int16_t *end = y + n; y < end;) {
        int32_t a = centred(centre[0]), b = centred(centre[2]), c = centred(centre[4]), d = centred(centre[6]);
        int16x2_t p = pair(odd);
        a = __smlad(p, h0, a);
        p = pair(odd + 2);
        a = __smlad(p, h1, a);
        b = __smlad(p, h0, b);
        p = pair(odd + 4);
        a = __smlad(p, h2, a);
        b = __smlad(p, h1, b);
        c = __smlad(p, h0, c);
        p = pair(odd + 6);
        a = __smlad(p, h3, a);
        b = __smlad(p, h2, b);
        c = __smlad(p, h1, c);
        d = __smlad(p, h0, d);
        p = pair(odd + 8);
        a = __smladx(p, h3, a);
        b = __smlad(p, h3, b);
        c = __smlad(p, h2, c);
        d = __smlad(p, h1, d);
        p = pair(odd + 10);
        a = __smladx(p, h2, a);
        b = __smladx(p, h3, b);
        c = __smlad(p, h3, c);
        d = __smlad(p, h2, d);
        p = pair(odd + 12);
        a = __smladx(p, h1, a);
        b = __smladx(p, h2, b);
        c = __smladx(p, h3, c);
        d = __smlad(p, h3, d);
        p = pair(odd + 14);
        a = __smladx(p, h0, a);
        b = __smladx(p, h1, b);
        c = __smladx(p, h2, c);
        d = __smladx(p, h3, d);
        p = pair(odd + 16);
        b = __smladx(p, h0, b);
        c = __smladx(p, h1, c);
        d = __smladx(p, h2, d);
        p = pair(odd + 18);
        c = __smladx(p, h0, c);
        d = __smladx(p, h1, d);
        d = __smladx(pair(odd + 20), h0, d);
        y[0] = finished(a);
        y[2] = finished(b);
        y[4] = finished(c);
        y[6] = finished(d);
        step = 8 - step;
        centre += step;
        odd += step;
        y += step;
    }
}

/* x[0] and x[2] */
static inline int16x2_t apart(const int16_t *x)
{
    int16x2_t two;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(two) : "r"(pair(x)), "r"(pair(x + 2)));
    return two;
}

void ut_filter_half15(const int16_t *x, int16_t *y, int n)
{
    const int16_t *h = ut_tables_halfband15_q15;
    const int16x2_t h0 = pair(h), h1 = pair(h + 2);
    int step = 7; /* 1 and 7 in turn */
    for (const int16_t *end = y + n; y < end;) {
        int32_t a = centred(x[7]), b = centred(x[11]), c = centred(x[15]), d = centred(x[19]);
        int16x2_t p = apart(x);
        a = __smlad(p, h0, a);
        p = apart(x + 4);
        a = __smlad(p, h1, a);
        b = __smlad(p, h0, b);
        p = apart(x + 8);
        a = __smladx(p, h1, a);
        b = __smlad(p, h1, b);
        c = __smlad(p, h0, c);
        p = apart(x + 12);
        a = __smladx(p, h0, a);
        b = __smladx(p, h1, b);
        c = __smlad(p, h1, c);
        d = __smlad(p, h0, d);
        p = apart(x + 16);
        b = __smladx(p, h0, b);
        c = __smladx(p, h1, c);
        d = __smlad(p, h1, d);
        p = apart(x + 20);
        c = __smladx(p, h0, c);
        d = __smladx(p, h1, d);
        d = __smladx(apart(x + 24), h0, d);
        y[0] = finished(a);
        y[2] = finished(b);
        y[4] = finished(c);
        y[6] = finished(d);
        step = 8 - step;
        x += 2 * step;
        y += step;
    }
}
