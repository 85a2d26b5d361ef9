/* SPDX-License-Identifier: Apache-2.0 */
/* Pace: syllables counted online, and syllables per second over the last 10 s of speech.
 *
 * in    one frame per 10 ms: band levels (dsp/spectrum.h), voiced and speech decisions
 * out   return value of ut_pace_hop: 1 when a syllable is complete (its nucleus lies 30 to 150 ms back)
 *       pace_q8  syllables per second of speech, Q8; 0 until 1 s of speech has been heard
 * Method: voiced peaks of the smoothed middle-band level, as de Jong and Wempe (2009) count them, but each counts for 0
 * to 1.5 syllables by a linear function of seven measurements; a syllable is complete when the sum passes a whole
 * number. SPEC.md "Pace".
 */
#ifndef UT_DSP_PACE_H
#define UT_DSP_PACE_H

#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_PACE_BLOCKS = 20, /* of 0.5 s of speech: the last 10 s */
    UT_PACE_BANDS = 8,   /* bands 1, 3, .. 15 make the spectrum's shape */
    UT_PACE_SPREAD = 5   /* frames of the smoothing; its centre lies two frames back */
};

/* The measurements of a peak. Distances of shapes are means over the bands of |level difference less its mean|. */
enum {
    UT_PACE_RISE = 0, /* above the dip before, dB Q8, at most 15 dB */
    UT_PACE_INTERVAL, /* frames since the peak before, at most 50 */
    UT_PACE_VOICED,   /* voiced frames since the dip, at most 25 */
    UT_PACE_CHANGE,   /* distance of the shapes at the peak and at the dip, dB Q8, at most 12 dB */
    UT_PACE_MOTION, /* mean distance of the shapes of frames 20 ms apart since the peak before, dB Q8, at most 10 dB */
    UT_PACE_TRAVEL, /* sum of these over voiced frames, dB, at most 200 */
    UT_PACE_CLIMB,  /* above the peak before, dB Q8, -15 to 15 dB; 0 for the first */
    UT_PACE_INPUTS
};

struct ut_pace {
    int16_t past_q8[UT_PACE_SPREAD - 1]; /* middle-band levels of the last frames, oldest first */
    int16_t bands_q8[3][UT_PACE_BANDS];  /* band levels of the last frames; frame i at i modulo 3 */
    int16_t peak_bands_q8[UT_PACE_BANDS];
    int16_t dip_bands_q8[UT_PACE_BANDS];
    uint8_t at; /* the newest of bands_q8 */
    uint8_t started;
    uint8_t rising;                   /* 1 = looking for a peak */
    uint8_t peak_counts;              /* 1 = the peak is voiced speech */
    uint8_t any;                      /* 1 = a peak has been weighed */
    uint8_t weighed;                  /* 1 = a peak was weighed at this hop: x is new */
    uint8_t voiced_past, speech_past; /* decisions of the last frames, newest in bit 0 */
    int32_t peak_q8;                  /* highest smoothed level since the dip */
    int32_t dip_q8;                   /* lowest since the last peak */
    int32_t before_q8;                /* the last peak weighed */
    int32_t interval;                 /* frames since the last peak weighed, saturating */
    int32_t peak_age;                 /* frames since the peak */
    int32_t voiced;                   /* voiced frames since the dip */
    int32_t motion_q8, motion_frames; /* sum of distances since the last peak weighed, and its terms */
    int32_t travel_q8;                /* those of voiced frames */
    int16_t x[UT_PACE_INPUTS];
    int32_t sum_q12;                /* of weights, less the syllables returned */
    uint8_t counts[UT_PACE_BLOCKS]; /* syllables per block of speech, [0] = block in progress */
    int32_t recent;                 /* their sum */
    int32_t block_rows;             /* speech frames in the block in progress */
    int32_t blocks;                 /* complete blocks heard, at most UT_PACE_BLOCKS - 1 */
    uint16_t pace_q8;
};

void ut_pace_init(struct ut_pace *p);
uint8_t ut_pace_hop(struct ut_pace *p, const struct ut_spectrum *spectrum, int voiced, int speech);

#endif
