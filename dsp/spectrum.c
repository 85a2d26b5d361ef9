/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/spectrum.h"

#include "dsp/log2.h"
#include "dsp/q.h"
#include "dsp/tables.h"

enum {
    /* A band's sum of |2 X / 128|^2 weighted Q15 is dBFS after subtracting 10 log10(3 * 2^30 * 2^15) = 140.2349 dB:
     * mean square = 2 / (N sum w^2) sum |X|^2 with N = 256, sum w^2 = 96, X = 64 (2 X / 128) */
    SUM_TO_DBFS_Q8 = 35900,
    BIT_Q8 = 1541 /* 20 log10(2) */
};

/* sum[b + 1] = the weighted power of band b, Q15; the ends collect what lies outside. Bins of segment s rise in band s
 * and fall in band s - 1. */
static void sum_bands(const uint32_t power[UT_BINS_N], uint64_t sum[UT_SPECTRUM_BANDS + 2])
{
    const uint8_t *start = ut_tables_band_start;
    const uint16_t *weight = ut_tables_band_weight_q15 + start[0];
    const uint32_t *p = power + start[0];
    uint64_t before = 0;
    for (int s = 0; s <= UT_SPECTRUM_BANDS; s++) {
        uint64_t rising = 0;
        uint32_t whole = 0; /* all powers together fit */
        for (const uint32_t *end = power + start[s + 1]; p < end; p++) {
            rising += (uint64_t)*p * *weight++;
            whole += *p;
        }
        sum[s] = before + ((uint64_t)whole << 15) - rising;
        before = rising;
    }
    sum[UT_SPECTRUM_BANDS + 1] = before;
}

static int16_t to_dbfs_q8(uint64_t sum, int32_t offset_q8)
{
    if (sum == 0)
        return UT_SPECTRUM_FLOOR_Q8;
    return (int16_t)ut_q_clamp(ut_log2_decibel_q8(sum) - offset_q8, UT_SPECTRUM_FLOOR_Q8, UT_SPECTRUM_TOP_Q8);
}

void ut_spectrum_bands(const int16_t x8[UT_SPECTRUM_N + 1], struct ut_spectrum *out)
{
    uint32_t power[UT_BINS_N];
    int shift = ut_bins_powers(x8, power);
    if (shift == UT_BINS_SILENT) {
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            out->mel_q8[b] = UT_SPECTRUM_FLOOR_Q8;
        out->middle_q8 = UT_SPECTRUM_FLOOR_Q8;
        return;
    }
    uint64_t sums[UT_SPECTRUM_BANDS + 2];
    const uint64_t *sum = sums + 1;
    sum_bands(power, sums);
    int32_t to_dbfs = SUM_TO_DBFS_Q8 + (shift + 5) * BIT_Q8; /* the frame was Q20, not Q15 */
    uint64_t middle = 0;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        out->mel_q8[b] = to_dbfs_q8(sum[b], to_dbfs);
        if (b >= UT_SPECTRUM_MIDDLE_FIRST && b <= UT_SPECTRUM_MIDDLE_LAST)
            middle += sum[b];
    }
    out->middle_q8 = to_dbfs_q8(middle, to_dbfs);
}
