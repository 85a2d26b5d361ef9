/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/bins.h"

#include "dsp/q.h"
#include "dsp/tables.h"

#include <arm_acle.h>
#include <string.h>

/* A complex number is a word: the real part in the low half, the imaginary part in the high half. */
typedef int16x2_t cpx;

#define PAIR(low, high) ((cpx)((uint32_t)(uint16_t)(int16_t)(low) | (uint32_t)(uint16_t)(int16_t)(high) << 16))

enum {
    HALF = 1 << 14,       /* of Q15 */
    ONE_BY_2 = 32767 / 2, /* kissfft divides by products with these */
    ONE_BY_4 = 32767 / 4,
    EIGHTH_TURN = 23170, /* 32767 cos(pi / 4) */
    EMPHASIS_BITS = 9    /* 32 * 2^9 is the largest power of two in int16 */
};

static inline cpx word(const void *p)
{
    cpx two;
    memcpy(&two, p, sizeof two);
    return two;
}

/* The low halves of two words / 2^15 */
static inline cpx both(int32_t low, int32_t high)
{
    cpx two;
    __asm__("pkhbt %0, %1, %2, lsl #1" : "=r"(two) : "r"(low >> 15), "r"(high));
    return two;
}

/* a times ONE_BY_2 or ONE_BY_4, Q15, rounded. by = PAIR(factor, 2 factor): the product of the imaginary part is Q16 and
 * stays in the high half. */
static inline cpx divided(cpx a, cpx by)
{
    cpx two;
    __asm__("pkhtb %0, %1, %2, asr #15" : "=r"(two) : "r"(__smlatt(a, by, 2 * HALF)), "r"(__smlabb(a, by, HALF)));
    return two;
}

/* a w, w Q15, rounded */
static inline cpx turned(cpx a, cpx w)
{
    return both(__smlsd(a, w, HALF), __smladx(a, w, HALF));
}

/* y of SPEC.md "Spectrum" from two neighbouring samples, with EMPHASIS_BITS more, plus rounding */
static inline int32_t emphasised(const int16_t *x, int32_t rounding)
{
    return __smlad(word(x), PAIR(-31 * (1 << EMPHASIS_BITS), 32 * (1 << EMPHASIS_BITS)), rounding);
}

static inline int32_t bits_of(int32_t y)
{
    return y ^ (y >> 31); /* the bits of the magnitude, less one LSB for negative values */
}

static int find_shift(const int16_t *x8)
{
    int32_t bits = 0;
    for (const int16_t *end = x8 + UT_BINS_WINDOW; x8 < end; x8 += 4)
        bits |= bits_of(emphasised(x8, 0)) | bits_of(emphasised(x8 + 1, 0)) | bits_of(emphasised(x8 + 2, 0)) |
                bits_of(emphasised(x8 + 3, 0));
    bits >>= EMPHASIS_BITS;
    return bits == 0 ? UT_BINS_SILENT : ut_q_clz32((uint32_t)bits) - (32 - UT_BINS_HEADROOM_BITS);
}

/* The frame / 2^right * 2^left times the window, even samples real, odd imaginary. One of right and left is 0. */
static inline void pack(const int16_t *x8, int right, int left, cpx packed[UT_BINS_N])
{
    const int16_t *hann = ut_tables_hann_q15;
    int32_t rounding = right > 0 ? (int32_t)1 << (right - 1) : 0;
    for (const cpx *end = packed + UT_BINS_N; packed < end; packed++) {
        int32_t even = (emphasised(x8, rounding) >> right) * (1 << left);
        int32_t odd = (emphasised(x8 + 1, rounding) >> right) * (1 << left);
        cpx weights = word(hann);
        *packed = both(__smlabb(even, weights, HALF), __smlabt(odd, weights, HALF));
        x8 += 2;
        hann += 2;
    }
}

/* The last additions of four points, sum = f0 + s1, difference = f0 - s1 */
static inline void finish(cpx *f, int stride, cpx sum, cpx difference, cpx s0, cpx s2)
{
    cpx outer = __sadd16(s0, s2), across = __ssub16(s0, s2);
    f[0] = __sadd16(sum, outer);
    f[stride] = __ssax(difference, across); /* difference - j across */
    f[2 * stride] = __ssub16(sum, outer);
    f[3 * stride] = __sasx(difference, across);
}

struct two_points {
    cpx sum, difference;
};

/* kissfft's stage of factor 2, and the division of the next one. */
static inline struct two_points two_points(cpx first, cpx second)
{
    const cpx by_2 = PAIR(ONE_BY_2, 2 * ONE_BY_2), by_4 = PAIR(ONE_BY_4, 2 * ONE_BY_4);
    cpx a = divided(first, by_2), b = divided(second, by_2);
    return (struct two_points){divided(__sadd16(a, b), by_4), divided(__ssub16(a, b), by_4)};
}

/* The stages of factors 2 and 4: every 16th point from in[0] on becomes eight in a row. Products with 1 and -j leave
 * values below 2^14 as they are, by kissfft's rounding too. */
static inline void eight_points(const cpx *in, cpx *out)
{
    struct two_points a = two_points(in[0], in[64]), b = two_points(in[16], in[80]);
    struct two_points c = two_points(in[32], in[96]), d = two_points(in[48], in[112]);
    finish(out, 2, __sadd16(a.sum, c.sum), __ssub16(a.sum, c.sum), b.sum, d.sum);
    finish(out + 1, 2, __ssax(a.difference, c.difference), __sasx(a.difference, c.difference),
           turned(b.difference, PAIR(EIGHTH_TURN, -EIGHTH_TURN)),
           turned(d.difference, PAIR(-EIGHTH_TURN, -EIGHTH_TURN)));
}

/* A stage of factor 4: four transforms of m points each become one of 4 m, `groups` times. */
static inline void four_of(cpx *f, int m, int groups)
{
    const cpx by_4 = PAIR(ONE_BY_4, 2 * ONE_BY_4);
    for (int g = 0; g < groups; g++) {
        cpx f0 = divided(f[0], by_4), s1 = divided(f[2 * m], by_4);
        finish(f, m, __sadd16(f0, s1), __ssub16(f0, s1), divided(f[m], by_4), divided(f[3 * m], by_4));
        f++;
        const uint32_t *w = ut_tables_twiddles;
        for (int k = 1; k < m; k++) {
            w += 3 * groups;
            f0 = divided(f[0], by_4);
            s1 = turned(divided(f[2 * m], by_4), (cpx)w[1]);
            finish(f, m, __sadd16(f0, s1), __ssub16(f0, s1), turned(divided(f[m], by_4), (cpx)w[0]),
                   turned(divided(f[3 * m], by_4), (cpx)w[2]));
            f++;
        }
        f += 3 * m;
    }
}

static void transform(const cpx in[UT_BINS_N], cpx z[UT_BINS_N])
{
    for (int i = 0; i < 16; i++)
        eight_points(in + i, z + 32 * (i % 4) + 8 * (i / 4));
    four_of(z, 8, 4);
    four_of(z, 32, 1);
}

/* dsp/bins.c has the formula. Each of F1, W F2 and 2 X fits int16. */
static void powers(const cpx z[UT_BINS_N], uint32_t power[UT_BINS_N])
{
    const cpx *high = z + UT_BINS_N;
    const int16_t *w = ut_tables_real_twiddle_q15;
    uint32_t *mirror = power + UT_BINS_N;
    for (int k = 1; k <= UT_BINS_N / 2; k++) {
        high--;
        mirror--;
        cpx sum = __sadd16(z[k], *high), difference = __ssub16(z[k], *high), f1, f2;
        __asm__("pkhbt %0, %1, %2" : "=r"(f2) : "r"(difference), "r"(sum));
        __asm__("pkhbt %0, %1, %2" : "=r"(f1) : "r"(sum), "r"(difference));
        cpx t = turned(f2, word(w));
        cpx x = __sadd16(f1, t), y = __ssub16(f1, t);
        power[k] = (uint32_t)__smuad(x, x);
        *mirror = (uint32_t)__smuad(y, y);
        w += 2;
    }
}

int ut_bins_powers(const int16_t x8[UT_BINS_WINDOW + 1], uint32_t power[UT_BINS_N])
{
    cpx packed[UT_BINS_N], z[UT_BINS_N];
    int shift = find_shift(x8);
    if (shift == UT_BINS_SILENT)
        return shift;
    if (shift < EMPHASIS_BITS)
        pack(x8, EMPHASIS_BITS - shift, 0, packed);
    else
        pack(x8, 0, shift - EMPHASIS_BITS, packed);
    transform(packed, z);
    powers(z, power);
    return shift;
}
