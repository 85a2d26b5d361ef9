/* SPDX-License-Identifier: Apache-2.0 */
/* Speech or not, every 10 ms, from band levels above a tracked noise floor and from periodicity.
 *
 * in    band levels (dsp/spectrum.h), level and voicing strength of the frame centred at 10 (n - 2) ms
 * out   for the frame centred at 10 (n - 4) ms, UT_SPEECH_LOOKAHEAD frames later:
 *       speech  0 or 1; tonal  1 = steady spectrum and strong periodicity for 300 ms (dial tone, hold tone)
 *       snr_q8  mean level of recent speech above the noise floor, dB Q8, 0..96 dB
 * Noise floor: per band, the least smoothed level of the last 2-2.5 s (minimum statistics, Martin 2001).
 * SPEC.md "Speech".
 */
#ifndef UT_DSP_SPEECH_H
#define UT_DSP_SPEECH_H

#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_SPEECH_LOOKAHEAD = 2,
    UT_SPEECH_SPAN = 2 * UT_SPEECH_LOOKAHEAD + 1, /* scores averaged for a decision */
    UT_SPEECH_MINIMA = 4                          /* blocks of 0.5 s whose minima make the floor */
};

struct ut_speech {
    int16_t smooth_q8[UT_SPECTRUM_BANDS];
    int16_t minima_q8[UT_SPEECH_MINIMA + 1][UT_SPECTRUM_BANDS]; /* [0] = block in progress, then newest first */
    int16_t before_q8[UT_SPECTRUM_BANDS];                       /* band levels of the frame before */
    int32_t rows;                                               /* in the block in progress */
    int16_t scores_q8[UT_SPEECH_SPAN];                          /* oldest first */
    int16_t above_q8[UT_SPEECH_SPAN];                           /* mean level above the floor, oldest first */
    uint8_t steady[UT_SPEECH_SPAN];                             /* steady frames in a row, oldest first */
    int32_t snr_q16;
    uint8_t started;
    uint8_t speech;
    uint8_t tonal;
    int16_t snr_q8;
};

void ut_speech_init(struct ut_speech *s);
void ut_speech_hop(struct ut_speech *s, const struct ut_spectrum *spectrum, int16_t level_q8, int16_t strength_q15);

#endif
