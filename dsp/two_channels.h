/* SPDX-License-Identifier: Apache-2.0 */
/* Two channels of one call compared: whether one holds the other's sound, how late and how faint, and which rows of it
 * hold nothing else.
 *
 * in    band levels of both channels for the same 10 ms, dBFS Q8 (dsp/spectrum.h); speech decisions as they come
 * out   foreign[i]  1 = what channel i holds in the row before is the other channel's sound
 *       path[i]     into channel i from the other one: found, lag in rows, gain dB Q8
 *       state       what the two are to each other
 * Compared are signs of change and levels, so neither inversion nor a codec matters. Constant time per row. Total, for
 * less than 2^31 rows. SPEC.md "Two channels".
 */
#ifndef UT_DSP_TWO_CHANNELS_H
#define UT_DSP_TWO_CHANNELS_H

#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_TWO_CHANNELS_LAGS = 42,   /* rows of 10 ms: 0 to 410 ms */
    UT_TWO_CHANNELS_BANDS = 15,  /* compared by their changes: all but the outermost, which are a codec's */
    UT_TWO_CHANNELS_GROUPS = 4,  /* of five bands each, compared by their levels */
    UT_TWO_CHANNELS_HEARD = 2000 /* rows of speech, 20 s: by then the state is said */
};

enum ut_channels {
    UT_CHANNELS_UNKNOWN = 0,  /* too little heard */
    UT_CHANNELS_SEPARATE = 1, /* a party each */
    UT_CHANNELS_LEAK = 2,     /* at least one holds its party and, fainter, the other */
    UT_CHANNELS_SAME = 3,     /* one holds what the other holds */
    UT_CHANNELS_SILENT = 4,   /* one is open, and nobody speaks there */
    UT_CHANNELS_ONE = 5,      /* one holds no sound at all */
    UT_CHANNELS_MIXED = 6,    /* one holds both parties, the other none (dsp/voices.h; not found here) */
    UT_CHANNELS_STATES
};

struct ut_two_channels {
    struct ut_two_channels_side {
        uint16_t change[UT_TWO_CHANNELS_LAGS];                       /* bit b: band b rises; bit 15: active; a ring */
        uint8_t level[UT_TWO_CHANNELS_LAGS][UT_TWO_CHANNELS_GROUPS]; /* halves of dB above the floor; a ring */
        int16_t smooth_q8[UT_TWO_CHANNELS_BANDS];                    /* what a band rises or falls against */
        int16_t peak_q5;                                             /* of the groups' mean, above the floor */
        uint16_t heard; /* rows of own speech, saturates at UT_TWO_CHANNELS_HEARD */
    } side[2];
    struct ut_two_channels_path {
        uint16_t agree_q12[UT_TWO_CHANNELS_LAGS]; /* running share of changes that are the same, per lag */
        int16_t gain_q8[UT_TWO_CHANNELS_GROUPS];
        int16_t expected_q8[UT_TWO_CHANNELS_GROUPS]; /* of the other's sound here, above the floor */
        uint16_t own_q12;  /* running share of this channel's active rows that hold more than that */
        int16_t excess_q8; /* of this channel's levels above that */
        uint8_t compared;  /* rows, saturates */
        uint8_t lag;
        uint8_t found; /* rows since, saturates; 0 = not found */
    } path[2];
    uint8_t at; /* the newest row in the rings */
    uint8_t foreign[2];
    uint8_t state; /* enum ut_channels */
};

void ut_two_channels_init(struct ut_two_channels *t);

/* The next row of both. */
void ut_two_channels_hop(struct ut_two_channels *t, const struct ut_spectrum *first, const struct ut_spectrum *second);

/* What was decided to be each one's own speech, of any row. */
void ut_two_channels_heard(struct ut_two_channels *t, const uint8_t speech[2]);

/* 1 = the state is about this channel: it holds the other's sound, or is the one without speech. */
int ut_two_channels_about(const struct ut_two_channels *t, int channel);

/* Gain of a path, dB Q8. */
int32_t ut_two_channels_gain_q8(const struct ut_two_channels *t, int to);

#endif
