/* SPDX-License-Identifier: Apache-2.0 */
/* One channel of audio in, one row of prosody and one classifier vector out, every 10 ms.
 *
 * in    int16 Q15, 16 kHz, any chunk size
 * out   struct ut_row, one per hop of 160 samples; row k describes time 10 k ms and appears when
 *       k + UT_FEATURES_LOOKAHEAD hops have arrived (40 ms of look-ahead)
 * state struct ut_features, placed by the caller, reset by ut_features_init
 * Total: every input has a defined output, for less than 2^31 ms (24 days) from one init to the next. Never fails.
 * SPEC.md "Features".
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
    UT_FEATURES_VERSION = 1,   /* changes whenever any bit of a row can change */
    UT_FEATURES_N = 28,        /* length of the classifier vector */
    UT_FEATURES_LOOKAHEAD = 4, /* row k is complete when k + 4 hops have been pushed ... */
    UT_FEATURES_DELAY_ROWS = 3 /* ... so this many hops of silence flush the last rows */
};

/* Which set of fitted tables a build holds: SPEC.md "Sets of tables". A model wants that which it was trained on. */
enum { UT_TABLES_RESEARCH = 0, UT_TABLES_OPEN = 1 };

/* Positions in the classifier vector x: dB or semitones in Q8 unless said. "Own" values are running ones of this
 * channel's speaker, so that neither microphone gain nor the voice's register matters. */
enum {
    UT_X_MEL = 0,     /* 20 band levels above the own level */
    UT_X_LEVEL = 20,  /* level above the own level */
    UT_X_LEVEL_DELTA, /* level minus level 40 ms ago */
    UT_X_HIGH,        /* level above 4 kHz minus level */
    UT_X_F0,          /* pitch above 55 Hz; the last voiced value while unvoiced */
    UT_X_F0_REL,      /* pitch above the own mean; 0 while unvoiced */
    UT_X_F0_DELTA,    /* pitch minus pitch 40 ms ago; 0 unless both are voiced */
    UT_X_VOICING,     /* voicing strength, Q12 */
    UT_X_PACE         /* syllables per second */
};

struct ut_row {
    int32_t t_ms;                /* centre of the analysis windows: 10 k */
    uint8_t speech;              /* 1 = speech */
    uint8_t tonal;               /* 1 = a steady tone: not speech, hold suspected */
    uint8_t syllable;            /* 1 = a syllable nucleus was confirmed */
    uint8_t clipped;             /* samples at full scale in [t_ms, t_ms + 10), 0..160 */
    int16_t level_q8;            /* dBFS Q8 (dsp/level.h) */
    int16_t high_q8;             /* the same above 4 kHz */
    int16_t snr_q8;              /* level of recent speech above the noise floor, dB Q8 (dsp/speech.h) */
    uint16_t f0_q4;              /* Hz Q4, 60..500; 0 = unvoiced */
    int16_t voicing_q15;         /* strength of periodicity, 0..32767 */
    uint16_t pace_q8;            /* syllables per second of speech, Q8 (dsp/pace.h) */
    struct ut_spectrum spectrum; /* band levels, dBFS Q8 */
    int16_t x[UT_FEATURES_N];    /* classifier vector */
};

enum { UT_FEATURES_SLOPE_ROWS = 4 };

struct ut_features {
    struct ut_frame frame;
    struct ut_level level;
    struct ut_pitch pitch;
    struct ut_speech speech;
    struct ut_pace pace;
    struct ut_row ring[UT_FEATURES_LOOKAHEAD]; /* rows in flight, at k modulo 4 */
    int32_t hops;                              /* hops completed */
    int32_t own_level_q16;                     /* dBFS, Q16 */
    int32_t own_f0_q16;                        /* semitones above 55 Hz, Q16 */
    int32_t own_f0_rows;                       /* voiced rows behind the mean, saturating */
    uint8_t heard_speech;
    uint8_t foreign; /* set by the owner before a push: 1 = the row that it completes is nobody's speech here */
    int16_t f0_held_q8;
    int16_t past_level_q8[UT_FEATURES_SLOPE_ROWS]; /* oldest first */
    int16_t past_f0_q8[UT_FEATURES_SLOPE_ROWS];    /* 0 = unvoiced */
};

void ut_features_init(struct ut_features *f);

/* The set of tables of this build. */
int ut_features_tables(void);

/* Takes x[0], x[stride], ... until n are used or a hop is complete. Returns the number taken (0..n).
 * *ready = 1 when *row was filled, else 0. */
int ut_features_push(struct ut_features *f, const int16_t *x, int stride, int n, struct ut_row *row, int *ready);

/* The newest row that was filled, until the next one is; NULL before the first. */
const struct ut_row *ut_features_row(const struct ut_features *f);

/* Bands of the newest row analysed, two hops back: f->hops >= 2. A row's speech is decided two hops later. */
const struct ut_spectrum *ut_features_newest(const struct ut_features *f);

/* Loudness 0..100 in halves (0..200) of a level: 0 at -80 dBFS and below, 100 at 0 dBFS. SPEC.md "Loudness". */
uint8_t ut_features_loudness(int16_t level_q8);

#endif
