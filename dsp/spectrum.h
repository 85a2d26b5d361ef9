/* SPDX-License-Identifier: Apache-2.0 */
/* One 32 ms window at 8 kHz in, twenty log band levels out.
 *
 * in    257 samples at 8 kHz: one of history for the pre-emphasis, then the window
 * out   mel_q8[20]  level of each band, dBFS Q8, of the pre-emphasised signal (1 - 31/32 z^-1),
 *                   UT_SPECTRUM_FLOOR_Q8 to _TOP_Q8
 *       middle_q8   level of the bands where syllable nuclei stand out, the same unit
 * Hann window, 256-point transform by kissfft (FIXED_POINT 16) on a block-normalised frame, triangles evenly spaced on
 * the mel scale from 100 to 3900 Hz. The band levels add up to the level of the signal between their outer edges.
 * Error against double precision <= 0.5 dB for bands within 40 dB of the strongest. SPEC.md "Spectrum".
 */
#ifndef UT_DSP_SPECTRUM_H
#define UT_DSP_SPECTRUM_H

#include "dsp/bins.h"

#include <stdint.h>

enum {
    UT_SPECTRUM_N = UT_BINS_WINDOW,
    UT_SPECTRUM_BANDS = 20,
    UT_SPECTRUM_MIDDLE_FIRST = 2, /* bands of middle_q8: 245 to 1300 Hz */
    UT_SPECTRUM_MIDDLE_LAST = 9,
    UT_SPECTRUM_FLOOR_Q8 = -110 * 256,
    UT_SPECTRUM_TOP_Q8 = 12 * 256 /* pre-emphasis adds up to 6 dB, sidelobes of a square wave a little */
};

struct ut_spectrum {
    int16_t mel_q8[UT_SPECTRUM_BANDS];
    int16_t middle_q8;
};

void ut_spectrum_bands(const int16_t x8[UT_SPECTRUM_N + 1], struct ut_spectrum *out);

#endif
