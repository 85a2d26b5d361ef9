/* SPDX-License-Identifier: Apache-2.0 */
/* What is held against a frame's being a voice: music, tones, breath and noises that the speech decision takes for one.
 *
 * in    every 10 ms: the nineteen measurements of dsp/speech.h before they are averaged, band levels, and the pitch
 *       that was decided last (0 = unvoiced)
 * out   doubt_q16, <= 0, added to the log-odds of speech: renewed every UT_DOUBT_ROWS rows, 0 until then
 * A note stands still and a melody leaps; a voice glides, and its loudness and timbre change with the syllables. A
 * light gated recurrent unit (Ravanelli et al. 2018: an update gate, no reset gate) of UT_DOUBT_UNITS units, a step
 * every 40 ms, learnt that. It can only take speech away: where it has no doubt the decision is what it was.
 * SPEC.md "Speech".
 */
#ifndef UT_DSP_DOUBT_H
#define UT_DSP_DOUBT_H

#include "dsp/doubt_net.h"
#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_DOUBT_ROWS = 4,                                       /* rows per step */
    UT_DOUBT_MEASUREMENTS = 19,                              /* as many as UT_SPEECH_INPUTS */
    UT_DOUBT_BANDS = 10,                                     /* pairs of bands */
    UT_DOUBT_PITCH = UT_DOUBT_MEASUREMENTS + UT_DOUBT_BANDS, /* position of the pitch among the inputs */
    UT_DOUBT_MOVED,                                          /* of its mean change */
    UT_DOUBT_STILL                                           /* of the share of changes that are none */
};

struct ut_doubt {
    int32_t sum_q8[UT_DOUBT_PITCH]; /* over the step's rows */
    int32_t rows;                   /* of the step, so far */
    int32_t voiced, pairs, still;   /* rows with a pitch; with one before it too; of these, where it stood still */
    int32_t pitch_q8, moved_q8;     /* sums, semitones */
    int16_t before_q8;              /* pitch of the row before, semitones above 55 Hz; 0 = unvoiced */
    int16_t x_q8[UT_DOUBT_INPUTS];  /* the last step's inputs */
    int16_t state_q12[UT_DOUBT_UNITS];
    int32_t doubt_q16;
};

void ut_doubt_init(struct ut_doubt *d);
void ut_doubt_row(struct ut_doubt *d, const int16_t measured_q8[UT_DOUBT_MEASUREMENTS],
                  const struct ut_spectrum *spectrum, uint16_t f0_q4);

#endif
