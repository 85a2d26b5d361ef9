/* SPDX-License-Identifier: Apache-2.0 */
/* Fixed-point arithmetic: the one place where rounding and saturation are defined.
 *
 * Rounding: half up, i.e. floor(x + 1/2), by adding half an LSB before an arithmetic right shift.
 * Saturation: to the ends of the destination type.
 * Every function is defined for all arguments within its stated range. Right shifts of negative values are arithmetic
 * on all supported compilers (checked by tests/dsp/test_q.c). SPEC.md "Numbers".
 */
#ifndef UT_DSP_Q_H
#define UT_DSP_Q_H

#include <stdint.h>

/* x saturated to int32_t */
static inline int32_t ut_q_sat32(int64_t x)
{
    if (x > INT32_MAX)
        return INT32_MAX;
    if (x < INT32_MIN)
        return INT32_MIN;
    return (int32_t)x;
}

/* x saturated to [lo, hi], lo <= hi */
static inline int32_t ut_q_clamp(int32_t x, int32_t lo, int32_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* x saturated to int16_t */
static inline int16_t ut_q_sat16(int32_t x)
{
    return (int16_t)ut_q_clamp(x, INT16_MIN, INT16_MAX); /* in this form compilers find SSAT */
}

/* x / 2^n rounded half up; 0 <= n <= 31; x + half must fit int32_t (use ut_q_rshift64 otherwise) */
static inline int32_t ut_q_rshift(int32_t x, int n)
{
    return n == 0 ? x : (x + ((int32_t)1 << (n - 1))) >> n;
}

/* The same for every x below INT32_MAX and 1 <= n <= 31: shorter where n is known only at run time. */
static inline int32_t ut_q_rshift_by(int32_t x, int n)
{
    return ((x >> (n - 1)) + 1) >> 1;
}

/* x / 2^n rounded half up; 0 <= n <= 62; x + half must fit int64_t */
static inline int64_t ut_q_rshift64(int64_t x, int n)
{
    return n == 0 ? x : (x + ((int64_t)1 << (n - 1))) >> n;
}

/* number of leading zero bits of x; 32 for 0 */
static inline int ut_q_clz32(uint32_t x)
{
    return x == 0 ? 32 : __builtin_clz(x);
}

/* number of leading zero bits of x; 64 for 0 */
static inline int ut_q_clz64(uint64_t x)
{
    uint32_t hi = (uint32_t)(x >> 32);
    return hi != 0 ? ut_q_clz32(hi) : 32 + ut_q_clz32((uint32_t)x);
}

/* floor of the square root */
static inline uint32_t ut_q_sqrt32(uint32_t x)
{
    uint32_t root = 0;
    uint32_t bit = (uint32_t)1 << 30;
    while (bit > x)
        bit >>= 2;
    while (bit != 0) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    return root;
}

#endif
