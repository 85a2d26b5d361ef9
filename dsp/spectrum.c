/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/spectrum.h"

#include "dsp/log2.h"
#include "dsp/q.h"
#include "dsp/tables.h"

#include "_kiss_fft_guts.h"

#include <stddef.h>

enum {
    HALF = UT_SPECTRUM_N / 2,
    HEADROOM_BITS = 14, /* |x| < 2^14 keeps every butterfly of kissfft inside int16 */
    /* A band's sum of |2 X / 128|^2 weighted Q15 is dBFS after subtracting 10 log10(3 * 2^30 * 2^15) = 140.2349 dB:
     * mean square = 2 / (N sum w^2) sum |X|^2 with N = 256, sum w^2 = 96, X = 64 (2 X / 128) */
    SUM_TO_DBFS_Q8 = 35900,
    BIT_Q8 = 1541 /* 20 log10(2) */
};

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

/* Pre-emphasised samples, Q20. Returns the power of two that takes the largest to just below 2^14, HEADROOM_BITS for
 * digital silence. */
static int emphasise(const int16_t *x8, int32_t y[UT_SPECTRUM_N])
{
    int32_t bits = 0;
    for (int i = 0; i < UT_SPECTRUM_N; i += 4) {
        y[i] = emphasised(x8[i], x8[i + 1]);
        y[i + 1] = emphasised(x8[i + 1], x8[i + 2]);
        y[i + 2] = emphasised(x8[i + 2], x8[i + 3]);
        y[i + 3] = emphasised(x8[i + 3], x8[i + 4]);
        bits |= bits_of(y[i]) | bits_of(y[i + 1]) | bits_of(y[i + 2]) | bits_of(y[i + 3]);
    }
    return bits == 0 ? HEADROOM_BITS : ut_q_clz32((uint32_t)bits) - (32 - HEADROOM_BITS);
}

/* The emphasised frame times 2^shift and the window, even samples real, odd imaginary. */
static void pack(const int32_t y[UT_SPECTRUM_N], int shift, kiss_fft_cpx packed[HALF])
{
    int left = shift > 0 ? shift : 0;
    int right = shift < 0 ? -shift : 0;
    int32_t half = right > 0 ? (int32_t)1 << (right - 1) : 0;
    const int16_t *hann = ut_tables_hann_q15;
    for (int i = 0; i < HALF; i++) {
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
 * 2 X(k) = F1 + W F2 and 2 X(HALF - k) = conj(F1 - W F2). The window's sum bounds |2 X| by 2^15, so squares fit in
 * 32 bits. */
static void powers(const kiss_fft_cpx z[HALF], uint32_t power[HALF])
{
    for (int k = 1; k <= HALF / 2; k++) {
        const kiss_fft_cpx low = z[k], high = z[HALF - k];
        int32_t f1r = low.r + high.r, f1i = low.i - high.i;
        int32_t f2r = low.r - high.r, f2i = low.i + high.i; /* |F2| < 2^15.6: the products below fit 32 bits */
        int32_t wr = ut_tables_real_twiddle_q15[2 * k - 2], wi = ut_tables_real_twiddle_q15[2 * k - 1];
        int32_t tr = ut_q_rshift(wr * f2r - wi * f2i, 15); /* Q15 * Q0 >> 15 */
        int32_t ti = ut_q_rshift(wr * f2i + wi * f2r, 15);
        power[k] = squared(f1r + tr, f1i + ti);
        power[HALF - k] = squared(f1r - tr, f1i - ti); /* k = HALF / 2: its own mirror, W F2 = 0 by symmetry */
    }
}

/* sum[b + 1] = the weighted power of band b, Q15; the ends collect what lies outside. Bins of segment s rise in band s
 * and fall in band s - 1. */
static void sum_bands(const uint32_t power[HALF], uint64_t sum[UT_SPECTRUM_BANDS + 2])
{
    uint64_t falling = 0;
    for (int s = 0; s <= UT_SPECTRUM_BANDS; s++) {
        uint64_t rising = 0;
        for (int k = ut_tables_band_start[s]; k < ut_tables_band_start[s + 1]; k++) {
            uint32_t weight = ut_tables_band_weight_q15[k];
            rising += (uint64_t)power[k] * weight;
            falling += (uint64_t)power[k] * (32768 - weight);
        }
        sum[s] = falling;
        falling = rising;
    }
    sum[UT_SPECTRUM_BANDS + 1] = falling;
}

static int16_t to_dbfs_q8(uint64_t sum, int32_t offset_q8)
{
    if (sum == 0)
        return UT_SPECTRUM_FLOOR_Q8;
    return (int16_t)ut_q_clamp(ut_log2_decibel_q8(sum) - offset_q8, UT_SPECTRUM_FLOOR_Q8, UT_SPECTRUM_TOP_Q8);
}

void ut_spectrum_bands(const int16_t x8[UT_SPECTRUM_N + 1], struct ut_spectrum *out)
{
    union { /* the frame is done with when its transform begins */
        int32_t y[UT_SPECTRUM_N];
        struct {
            kiss_fft_cpx z[HALF];
            uint32_t power[HALF];
        } bins;
    } work;
    int shift = emphasise(x8, work.y);
    if (shift == HEADROOM_BITS) {
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            out->mel_q8[b] = UT_SPECTRUM_FLOOR_Q8;
        out->middle_q8 = UT_SPECTRUM_FLOOR_Q8;
        return;
    }
    kiss_fft_cpx packed[HALF];
    uint64_t sums[UT_SPECTRUM_BANDS + 2];
    const uint64_t *sum = sums + 1;
    pack(work.y, shift, packed);
    kiss_fft((kiss_fft_cfg)(uintptr_t)&ut_tables_fft, packed, work.bins.z);
    powers(work.bins.z, work.bins.power);
    sum_bands(work.bins.power, sums);
    int32_t to_dbfs = SUM_TO_DBFS_Q8 + (shift + 5) * BIT_Q8; /* y was Q20, not Q15 */
    uint64_t middle = 0;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        out->mel_q8[b] = to_dbfs_q8(sum[b], to_dbfs);
        if (b >= UT_SPECTRUM_MIDDLE_FIRST && b <= UT_SPECTRUM_MIDDLE_LAST)
            middle += sum[b];
    }
    out->middle_q8 = to_dbfs_q8(middle, to_dbfs);
}
