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

/* Pre-emphasised sample i of the window, Q20. */
static int32_t emphasised(const int16_t *x8, int i)
{
    return 32 * x8[i + 1] - 31 * x8[i];
}

/* The power of two that takes the largest emphasised sample to just below 2^14; HEADROOM_BITS for digital silence. */
static int block_shift(const int16_t *x8)
{
    uint32_t largest = 0;
    for (int i = 0; i < UT_SPECTRUM_N; i++) {
        int32_t y = emphasised(x8, i);
        largest |= (uint32_t)(y < 0 ? -y : y);
    }
    return ut_q_clz32(largest) - (32 - HEADROOM_BITS);
}

static int16_t windowed(const int16_t *x8, int i, int shift)
{
    int32_t y = emphasised(x8, i);
    int32_t scaled = shift >= 0 ? y * (1 << shift) : ut_q_rshift(y, -shift);
    return ut_q_mul15((int16_t)scaled, ut_tables_hann_q15[i]);
}

/* |2 X(k)|^2 of the real signal from its half-length complex transform z: 2 X = F1 + W F2, 0 < k < HALF. */
static uint64_t bin_power(const kiss_fft_cpx z[HALF], int k)
{
    int32_t sr = z[k].r + z[HALF - k].r, si = z[k].i - z[HALF - k].i;
    int32_t dr = z[k].r - z[HALF - k].r, di = z[k].i + z[HALF - k].i;
    int at = k <= HALF / 2 ? k : HALF - k; /* the table holds k = 1..64; W(HALF - k) is W(k) with wi negated */
    int32_t wr = ut_tables_real_twiddle_q15[2 * at - 2], wi = ut_tables_real_twiddle_q15[2 * at - 1];
    if (k > HALF / 2)
        wi = -wi;
    int32_t re = sr + (int32_t)ut_q_rshift64((int64_t)wr * dr - (int64_t)wi * di, 15); /* Q15 * Q0 >> 15 */
    int32_t im = si + (int32_t)ut_q_rshift64((int64_t)wr * di + (int64_t)wi * dr, 15);
    return (uint64_t)((int64_t)re * re) + (uint64_t)((int64_t)im * im);
}

static int16_t to_dbfs_q8(uint64_t sum, int32_t offset_q8)
{
    if (sum == 0)
        return UT_SPECTRUM_FLOOR_Q8;
    return (int16_t)ut_q_clamp(ut_log2_decibel_q8(sum) - offset_q8, UT_SPECTRUM_FLOOR_Q8, UT_SPECTRUM_TOP_Q8);
}

void ut_spectrum_bands(const int16_t x8[UT_SPECTRUM_N + 1], struct ut_spectrum *out)
{
    int shift = block_shift(x8);
    if (shift == HEADROOM_BITS) {
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            out->mel_q8[b] = UT_SPECTRUM_FLOOR_Q8;
        out->middle_q8 = UT_SPECTRUM_FLOOR_Q8;
        return;
    }
    kiss_fft_cpx packed[HALF], z[HALF];
    for (int i = 0; i < HALF; i++) { /* even samples real, odd imaginary */
        packed[i].r = windowed(x8, 2 * i, shift);
        packed[i].i = windowed(x8, 2 * i + 1, shift);
    }
    kiss_fft((kiss_fft_cfg)(uintptr_t)&ut_tables_fft, packed, z);

    uint64_t sum[UT_SPECTRUM_BANDS + 1] = {0};
    for (int k = 1; k < HALF; k++) {
        int upper = ut_tables_band_upper[k];
        if (upper < 0)
            continue;
        uint64_t power = bin_power(z, k);
        uint64_t share = power * ut_tables_band_weight_q15[k];
        sum[upper] += share;
        if (upper > 0)
            sum[upper - 1] += (power << 15) - share;
    }
    int32_t to_dbfs = SUM_TO_DBFS_Q8 + (shift + 5) * BIT_Q8; /* y was Q20, not Q15 */
    uint64_t middle = 0;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        out->mel_q8[b] = to_dbfs_q8(sum[b], to_dbfs);
        if (b >= UT_SPECTRUM_MIDDLE_FIRST && b <= UT_SPECTRUM_MIDDLE_LAST)
            middle += sum[b];
    }
    out->middle_q8 = to_dbfs_q8(middle, to_dbfs);
}
