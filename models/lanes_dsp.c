/* SPDX-License-Identifier: Apache-2.0 */
#include "models/lanes.h"

#include <arm_acle.h>
#include <string.h>

static inline uint32_t word(const void *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

struct sums {
    int32_t s0, s1, s2, s3;
};

/* Bytes 1 and 3 as a pair. */
static inline int16x2_t upper(uint32_t w)
{
    int16x2_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(w));
    return pair;
}

/* Adds the products of two inputs to four sums. */
static inline struct sums two_inputs(struct sums s, const int8_t *w, const int16_t *x)
{
    int16x2_t pair = (int16x2_t)word(x);
    uint32_t low = word(w), high = word(w + 4);
    s.s0 = __smlad(__sxtb16((int8x4_t)low), pair, s.s0); /* bytes 0 and 2 */
    s.s1 = __smlad(upper(low), pair, s.s1);
    s.s2 = __smlad(__sxtb16((int8x4_t)high), pair, s.s2);
    s.s3 = __smlad(upper(high), pair, s.s3);
    return s;
}

void ut_lanes_sum(const int8_t *w, const int16_t *x, int inputs, const int32_t *bias, int outputs, int32_t *sum)
{
    const int16_t *end = x + (inputs & ~3);
    for (const int32_t *last = sum + outputs; sum < last; sum += UT_LANES, bias += UT_LANES) {
        struct sums s = {bias[0], bias[1], bias[2], bias[3]};
        const int16_t *at = x;
        for (; at < end; at += 4, w += 16)
            s = two_inputs(two_inputs(s, w, at), w + 8, at + 2);
        if ((inputs & 2) != 0) {
            s = two_inputs(s, w, at);
            w += 8;
        }
        sum[0] = s.s0;
        sum[1] = s.s1;
        sum[2] = s.s2;
        sum[3] = s.s3;
    }
}
