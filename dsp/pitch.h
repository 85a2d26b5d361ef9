/* SPDX-License-Identifier: Apache-2.0 */
/* How high and how sure: fundamental frequency, voicing decision and voicing strength every 10 ms.
 *
 * in    the last 128 samples at 4 kHz after each hop (dsp/frame.h)
 * out   after n hops: strength_q15 of the frame centred at 10 (n - 2) ms, known at once, and
 *       f0_q4, voiced_q15  of the frame centred at 10 (n - 4) ms: Hz Q4 (60..500; 0 = unvoiced) and its periodicity
 * Method: normalised square difference (McLeod and Wyvill 2005) of samples symmetric about each 10 ms block, lags 7..68
 * at 4 kHz; up to UT_PITCH_CANDIDATES peaks, parabolic interpolation; a Viterbi search over {unvoiced, candidates}
 * (Talkin 1995, Boersma 1993) read out UT_PITCH_LOOKAHEAD frames late. Costs: SPEC.md "Pitch".
 */
#ifndef UT_DSP_PITCH_H
#define UT_DSP_PITCH_H

#include "dsp/frame.h"

#include <stdint.h>

enum {
    UT_PITCH_CANDIDATES = 4,
    UT_PITCH_STATES = UT_PITCH_CANDIDATES + 1, /* state 0 is unvoiced */
    UT_PITCH_LOOKAHEAD = 2,
    UT_PITCH_LAG_MIN = 7, /* 4 kHz samples; peaks are sought strictly inside */
    UT_PITCH_LAG_MAX = 68,
    UT_PITCH_LAGS = UT_PITCH_LAG_MAX - UT_PITCH_LAG_MIN + 1
};

struct ut_pitch_frame {
    int32_t states;                          /* 1 + candidates */
    uint16_t f0_q4[UT_PITCH_STATES];
    int16_t semitones_q8[UT_PITCH_STATES];
    int16_t strength_q15[UT_PITCH_STATES];
    uint8_t from[UT_PITCH_STATES];           /* best predecessor */
};

struct ut_pitch {
    struct ut_pitch_frame frames[UT_PITCH_LOOKAHEAD + 1]; /* oldest first */
    int32_t cost_q12[UT_PITCH_STATES];
    int32_t level_q8;        /* of the newest block, dB above one squared LSB */
    int32_t peak_level_q8;   /* running peak, decaying */
    int16_t strength_q15;
    uint16_t f0_q4;
    int16_t voiced_q15;
};

void ut_pitch_init(struct ut_pitch *p);
void ut_pitch_hop(struct ut_pitch *p, const int16_t x4[UT_FRAME_X4]);

#endif
