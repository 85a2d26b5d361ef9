/* SPDX-License-Identifier: Apache-2.0 */
/* The power of every bin of a pre-emphasised 32 ms window at 8 kHz: the transform under dsp/spectrum.c.
 *
 * in    x8: one sample of history, then the window, int16
 * out   power[k] = |2 X(k)|^2 of bin k = 1..127; power[0] has no meaning. A frame below 2^14 bounds |2 X| by
 *       2^14.5 and all powers together by 3 * 2^28 (Parseval), a few LSB of rounding in X aside
 *       returns the power of two by which the frame y = 32 x(i) - 31 x(i - 1) was scaled, -7..13, or UT_BINS_SILENT
 *       where every y is 0 or -1, and power is then not written
 * dsp/bins.c transforms by kissfft (FIXED_POINT 16); dsp/bins_dsp.c uses the DSP extension of ARMv7E-M and gives the
 * same bits. SPEC.md "Spectrum".
 */
#ifndef UT_DSP_BINS_H
#define UT_DSP_BINS_H

#include <stdint.h>

enum {
    UT_BINS_WINDOW = 256,
    UT_BINS_N = UT_BINS_WINDOW / 2,
    UT_BINS_HEADROOM_BITS = 14, /* |y| < 2^14 keeps every butterfly inside int16 */
    UT_BINS_SILENT = UT_BINS_HEADROOM_BITS
};

int ut_bins_powers(const int16_t x8[UT_BINS_WINDOW + 1], uint32_t power[UT_BINS_N]);

#endif
