/* SPDX-License-Identifier: Apache-2.0 */
/* One channel of audio in, one row of prosody and one classifier vector out, every 10 ms.
 *
 * in    int16 Q15, 16 kHz, any chunk size
 * out   struct ut_row, one per hop of 160 samples; row k describes time 10 k ms and appears when
 *       UT_FEATURES_LOOKAHEAD_HOPS further hops have arrived (40 ms of look-ahead)
 * state struct ut_features, placed by the caller, reset by ut_features_init
 * Total: every input has a defined output. Never fails. SPEC.md "Features".
 */
#ifndef UT_DSP_FEATURES_H
#define UT_DSP_FEATURES_H

#include "dsp/frame.h"
#include "dsp/level.h"
#include "dsp/pace.h"
#include "dsp/pitch.h"
#include "dsp/spectrum.h"
#include "dsp/speech.h"

#include <stdint.h>

enum {
    UT_FEATURES_VERSION = 1,        /* changes whenever any bit of a row can change */
    UT_FEATURES_N = 28,             /* length of the classifier vector */
    UT_FEATURES_LOOKAHEAD_HOPS = 4, /* row k is complete when hop k + 3 (0-based) has been pushed */
    UT_FEATURES_DELAY_ROWS = 3      /* hops pushed before the first row */
};

/* Positions in the classifier vector x. All are dB or semitones in Q8, saturated to int16, unless said. */
enum {
    UT_X_MEL = 0,         /* 20 log band energies, dB above the speaker's running level, Q8 */
    UT_X_LEVEL = 20,      /* level above the running level, dB Q8 */
    UT_X_LEVEL_DELTA,     /* level now minus level 40 ms ago, dB Q8 */
    UT_X_HIGH,            /* energy above 4 kHz relative to all, dB Q8 */
    UT_X_F0,              /* pitch above 55 Hz, semitones Q8; last voiced value held while unvoiced */
    UT_X_F0_REL,          /* pitch above the speaker's running mean, semitones Q8; 0 while unvoiced */
    UT_X_F0_DELTA,        /* pitch slope over 40 ms, semitones Q8; 0 unless voiced throughout */
    UT_X_VOICING,         /* voicing strength, Q15 >> 3 */
    UT_X_PACE             /* syllables per second, Q8 */
};

struct ut_row {
    int32_t t_ms;                        /* centre of the analysis windows, 10 k */
    uint8_t speech;                      /* 1 = speech in this frame */
    uint8_t clipped;                     /* samples at full scale in the 10 ms hop around t_ms, 0..160 */
    uint8_t syllable;                    /* 1 = a syllable nucleus was confirmed at this row */
    uint8_t tonal;                       /* 1 = steady tone or music: not speech, hold suspected */
    int16_t level_q8;                    /* dBFS (0 = full-scale square wave), Q8, >= UT_LEVEL_FLOOR_Q8 */
    int16_t snr_q8;                      /* running speech-to-noise estimate, dB Q8 */
    uint16_t f0_q4;                      /* Hz Q4, 60..500; 0 = unvoiced */
    uint16_t voicing_q15;                /* strength of periodicity, 0..32767 */
    uint16_t pace_q8;                    /* syllables per second of speech, last 10 s of speech, Q8 */
    int16_t mel_q8[UT_SPECTRUM_BANDS];   /* band levels, dBFS Q8 */
    int16_t high_q8;                     /* level above 4 kHz, dBFS Q8 */
    int16_t x[UT_FEATURES_N];            /* classifier vector */
};

struct ut_features {
    struct ut_frame frame;
    struct ut_level level;
    struct ut_spectrum spectrum;
    struct ut_pitch pitch;
    struct ut_speech speech;
    struct ut_pace pace;
    struct ut_row ring[4]; /* rows waiting for their pitch */
    int32_t hops;          /* hops completed */
    int32_t reference_q8;  /* the speaker's running speech level, dBFS Q8 */
    int32_t f0_mean_q8;    /* the speaker's running mean pitch, semitones above 55 Hz, Q8; 0 = none yet */
    int32_t f0_held_q8;    /* last voiced pitch, semitones Q8 */
    int16_t recent_level_q8[4];
    int16_t recent_f0_q8[4];
};

void ut_features_init(struct ut_features *f);

/* Takes samples from x[0], x[stride], ... until n are used or a hop is complete.
 * Returns the number taken (0..n). *ready = 1 when *row was filled. */
int ut_features_push(struct ut_features *f, const int16_t *x, int stride, int n, struct ut_row *row, int *ready);

/* Loudness 0..100 in steps of 0.5 (0..200) of a level in dBFS Q8. SPEC.md "Loudness". */
uint8_t ut_features_loudness(int16_t level_q8);

#endif
