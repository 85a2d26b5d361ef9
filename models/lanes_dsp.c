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

/* Adds the products of two inputs to four sums. */
static inline struct sums two_inputs(struct sums s, const int8_t *w, const int16_t *x)
{
    int16x2_t pair = (int16x2_t)word(x);
    uint32_t low = word(w), high = word(w + 4);
    s.s0 = __smlad(__sxtb16((int8x4_t)low), pair, s.s0);        /* bytes 0 and 2 */
    s.s1 = __smlad(__sxtb16((int8x4_t)(low >> 8)), pair, s.s1); /* bytes 1 and 3 */
    s.s2 = __smlad(__sxtb16((int8x4_t)high), pair, s.s2);
    s.s3 = __smlad(__sxtb16((int8x4_t)(high >> 8)), pair, s.s3);
    return s;
}

void ut_lanes_add(const int8_t *w, const int16_t *x, int inputs, int32_t sum[UT_LANES])
{
    struct sums s = {sum[0], sum[1], sum[2], sum[3]};
    const int16_t *end = x + (inputs & ~3);
    for (; x < end; x += 4, w += 16) {
        s = two_inputs(s, w, x);
        s = two_inputs(s, w + 8, x + 2);
    }
    if ((inputs & 2) != 0)
        s = two_inputs(s, w, x);
    sum[0] = s.s0;
    sum[1] = s.s1;
    sum[2] = s.s2;
    sum[3] = s.s3;
}
