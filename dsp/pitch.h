/* SPDX-License-Identifier: Apache-2.0 */
/* How high and how sure: fundamental frequency, voicing decision and voicing strength every 10 ms.
 *
 * in    the last 128 samples at 4 kHz after each hop (dsp/frame.h); band levels (dsp/spectrum.h) of the frame read out
 * out   after n hops: strength_q15 of the frame centred at 10 (n - 2) ms, known at once, and
 *       f0_q4, voiced_q15  of the frame centred at 10 (n - 4) ms: Hz Q4 (60..500; 0 = unvoiced) and its periodicity
 * Method: normalised square difference (McLeod and Wyvill 2005) of samples symmetric about each 10 ms block, lags 7..68
 * at 4 kHz; up to UT_PITCH_CANDIDATES peaks, parabolic interpolation; a Viterbi search over {unvoiced, candidates}
 * (Talkin 1995, Boersma 1993) that knows the speaker's own pitch of late, read out UT_PITCH_LOOKAHEAD frames late.
 * Voiced or not is a weighted sum of what the search says, of periodicity and level around the frame, and of its
 * spectrum's shape (after Atal and Rabiner 1976). SPEC.md "Pitch".
 */
#ifndef UT_DSP_PITCH_H
#define UT_DSP_PITCH_H

#include "dsp/frame.h"
#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_PITCH_CANDIDATES = 4,
    UT_PITCH_STATES = UT_PITCH_CANDIDATES + 1, /* state 0 is unvoiced */
    UT_PITCH_LOOKAHEAD = 2,
    UT_PITCH_LAG_MIN = 7, /* 4 kHz samples; peaks are sought strictly inside */
    UT_PITCH_LAG_MAX = 68,
    UT_PITCH_LAGS = UT_PITCH_LAG_MAX - UT_PITCH_LAG_MIN + 1,
    UT_PITCH_SPAN = 2 * UT_PITCH_LOOKAHEAD + 1, /* frames around the one read out, oldest first */
    UT_PITCH_GROUPS = 5                         /* of bands: 0-2, 3-5, 6-9, 10-14, 15-19 */
};

/* What the voicing decision weighs. */
enum {
    UT_PITCH_X_STRENGTH = 0,                                     /* of each frame of the span, Q12 */
    UT_PITCH_X_BELOW = UT_PITCH_X_STRENGTH + UT_PITCH_SPAN,      /* the running peak, 0..60 dB Q8 */
    UT_PITCH_X_MEAN = UT_PITCH_X_BELOW + UT_PITCH_SPAN,          /* of r over lags 8..67, Q12 */
    UT_PITCH_X_LEAST = UT_PITCH_X_MEAN + UT_PITCH_SPAN,          /* r, Q12 */
    UT_PITCH_X_BANDS = UT_PITCH_X_LEAST + UT_PITCH_SPAN,         /* groups against the mean of all bands, dB Q8 */
    UT_PITCH_X_MARGIN_FINE = UT_PITCH_X_BANDS + UT_PITCH_GROUPS, /* unvoiced path's cost less the voiced one's ... */
    UT_PITCH_X_MARGIN,                                           /* ... Q12, limited to 0.15 and to 1 */
    UT_PITCH_X_CHOICE,                                           /* the chosen candidate's r, Q12 */
    UT_PITCH_INPUTS
};

struct ut_pitch_frame {
    int32_t states; /* 1 + candidates */
    uint16_t f0_q4[UT_PITCH_STATES];
    int16_t semitones_q8[UT_PITCH_STATES];
    int16_t strength_q15[UT_PITCH_STATES];
    int16_t rank_q15[UT_PITCH_STATES]; /* strength less what long lags and a strange pitch lose */
    uint8_t from[UT_PITCH_STATES];     /* best predecessor */
    int16_t plain_q15;                 /* the best candidate's strength without regard to the speaker's own pitch */
    int16_t plain_semitones_q8;
};

struct ut_pitch {
    struct ut_pitch_frame frames[UT_PITCH_LOOKAHEAD + 1]; /* oldest first */
    int32_t cost_q12[UT_PITCH_STATES];
    int32_t level_q8;      /* of the newest block, dB above one squared LSB */
    int32_t peak_level_q8; /* running peak, decaying */
    int32_t own_q16;       /* the speaker's own pitch of late, semitones above 55 Hz */
    int32_t own_frames;    /* voiced frames behind it, saturating */
    int16_t x[UT_PITCH_INPUTS];
    int16_t strength_q15;
    uint16_t choice_f0_q4; /* pitch of the frame read out, if it is voiced; 0 = no candidate */
    int16_t choice_q15;
    uint16_t f0_q4;
    int16_t voiced_q15;
};

void ut_pitch_init(struct ut_pitch *p);
void ut_pitch_hop(struct ut_pitch *p, const int16_t x4[UT_FRAME_X4]);

/* f0_q4 and voiced_q15 of the frame read out, centred at 10 (n - 4) ms, from its band levels. Once after each hop. */
void ut_pitch_decide(struct ut_pitch *p, const struct ut_spectrum *spectrum);

#endif
