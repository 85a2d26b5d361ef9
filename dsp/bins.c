/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/bins.h"

#include "dsp/q.h"
#include "dsp/tables.h"

#include "_kiss_fft_guts.h"

#include <stddef.h>

_Static_assert(sizeof(kiss_fft_scalar) == 2, "kissfft must be compiled with FIXED_POINT=16");
_Static_assert(offsetof(struct ut_tables_fft, twiddles) == offsetof(struct kiss_fft_state, twiddles),
               "the table must have kissfft's layout");

static inline int32_t emphasised(int32_t before, int32_t now)
{
    return 32 * now - 31 * before; /* Q15 -> Q20, |y| < 2^21 */
}

/* The bits of y's magnitude, less one LSB for negative values. */
static inline int32_t bits_of(int32_t y)
{
    return y ^ (y >> 31);
}

/* Pre-emphasised samples, Q20. Returns the power of two that takes the largest to just below 2^14. */
static int emphasise(const int16_t *x8, int32_t y[UT_BINS_WINDOW])
{
    int32_t bits = 0;
    for (int i = 0; i < UT_BINS_WINDOW; i++) {
        y[i] = emphasised(x8[i], x8[i + 1]);
        bits |= bits_of(y[i]);
    }
    return bits == 0 ? UT_BINS_SILENT : ut_q_clz32((uint32_t)bits) - (32 - UT_BINS_HEADROOM_BITS);
}

/* The emphasised frame times 2^shift and the window, even samples real, odd imaginary. */
static void pack(const int32_t y[UT_BINS_WINDOW], int shift, kiss_fft_cpx packed[UT_BINS_N])
{
    int left = shift > 0 ? shift : 0;
    int right = shift < 0 ? -shift : 0;
    int32_t half = right > 0 ? (int32_t)1 << (right - 1) : 0;
    const int16_t *hann = ut_tables_hann_q15;
    for (int i = 0; i < UT_BINS_N; i++) {
        int32_t even = (y[2 * i] * (1 << left) + half) >> right;
        int32_t odd = (y[2 * i + 1] * (1 << left) + half) >> right;
        packed[i].r = (int16_t)ut_q_rshift(even * hann[2 * i], 15); /* Q15 * Q15 >> 15 */
        packed[i].i = (int16_t)ut_q_rshift(odd * hann[2 * i + 1], 15);
    }
}

static inline uint32_t squared(int32_t re, int32_t im)
{
    return (uint32_t)(re * re) + (uint32_t)(im * im);
}

/* |2 X(k)|^2 of the real signal for every bin from its half-length complex transform z:
 * 2 X(k) = F1 + W F2 and 2 X(UT_BINS_N - k) = conj(F1 - W F2). */
static void powers(const kiss_fft_cpx z[UT_BINS_N], uint32_t power[UT_BINS_N])
{
    for (int k = 1; k <= UT_BINS_N / 2; k++) {
        const kiss_fft_cpx low = z[k], high = z[UT_BINS_N - k];
        int32_t f1r = low.r + high.r, f1i = low.i - high.i;
        int32_t f2r = low.r - high.r, f2i = low.i + high.i; /* |F2| < 2^14.6, so that the sums below fit 32 bits */
        int32_t wr = ut_tables_real_twiddle_q15[2 * k - 2], wi = ut_tables_real_twiddle_q15[2 * k - 1];
        int32_t tr = ut_q_rshift(wr * f2r - wi * f2i, 15); /* Q15 * Q0 >> 15 */
        int32_t ti = ut_q_rshift(wr * f2i + wi * f2r, 15);
        power[k] = squared(f1r + tr, f1i + ti);
        power[UT_BINS_N - k] = squared(f1r - tr, f1i - ti); /* the middle bin's own mirror: F1 real, W F2 imaginary */
    }
}

int ut_bins_powers(const int16_t x8[UT_BINS_WINDOW + 1], uint32_t power[UT_BINS_N])
{
    union { /* the frame is not needed once its transform begins */
        int32_t y[UT_BINS_WINDOW];
        kiss_fft_cpx z[UT_BINS_N];
    } work;
    kiss_fft_cpx packed[UT_BINS_N];
    int shift = emphasise(x8, work.y);
    if (shift == UT_BINS_SILENT)
        return shift;
    pack(work.y, shift, packed);
    kiss_fft((kiss_fft_cfg)(uintptr_t)&ut_tables_fft, packed, work.z);
    powers(work.z, power);
    return shift;
}
