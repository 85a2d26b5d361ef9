/* SPDX-License-Identifier: Apache-2.0 */
/* Pace: syllables counted online, and syllables per second over the last 10 s of speech.
 *
 * in    one frame per 10 ms: band levels (dsp/spectrum.h), periodicity Q15 of a voiced frame and 0 of an unvoiced one,
 *       speech decision, SNR in dB Q8 (dsp/speech.h)
 * out   return value of ut_pace_hop: 1 when a syllable is complete (its nucleus lies 30 to 150 ms back)
 *       pace_q8  syllables per second of speech, Q8; 0 until 1 s of speech has been heard
 * Method: voiced peaks of the smoothed middle-band level, as de Jong and Wempe (2009) count them, but each counts for 0
 * to 1.5 syllables by thirteen measurements through a network with trained integer weights (dsp/pace_net.h); a syllable
 * is complete when the sum passes a whole number. SPEC.md "Pace".
 */
#ifndef UT_DSP_PACE_H
#define UT_DSP_PACE_H

#include "dsp/pace_net.h"
#include "dsp/spectrum.h"

#include <stdint.h>

enum {
    UT_PACE_BLOCKS = 20,     /* of 0.5 s of speech: the last 10 s */
    UT_PACE_BANDS = 8,       /* bands 1, 3, .. 15 make the spectrum's shape */
    UT_PACE_MINIMA = 5,      /* of 0.5 s: the noise floor of the last 2 to 2.5 s */
    UT_PACE_UPPER_FIRST = 6, /* bands of the second curve: 600 to 2000 Hz */
    UT_PACE_UPPER_LAST = 13,
    UT_PACE_SPREAD = 5 /* frames of the smoothing; its centre lies two frames back */
};

/* The measurements of a peak, Q8: dB or frames but for the strength. "Since" is since the peak weighed before.
 * Distances of shapes are means over the bands of |level difference less its mean|. */
enum {
    UT_PACE_RISE = 0, /* above the dip before, at most 15 dB */
    UT_PACE_INTERVAL, /* frames since, at most 50 */
    UT_PACE_VOICED,   /* voiced frames since the dip, at most 25 */
    UT_PACE_CHANGE,   /* distance of the shapes at the peak and at the dip, at most 12 dB */
    UT_PACE_MOTION,   /* mean distance of the shapes of frames 20 ms apart since, at most 10 dB */
    UT_PACE_TRAVEL,   /* sum of these over voiced frames, at most 127 dB */
    UT_PACE_CLIMB,    /* above the peak before, -15 to 15 dB; 0 for the first */
    UT_PACE_ABOVE,    /* above the noise floor of the middle bands, 0 to 41 dB */
    UT_PACE_SNR,      /* of the whole band, 0 to 50 dB */
    UT_PACE_STRENGTH, /* mean periodicity of the voiced frames since, 0 to 16 */
    UT_PACE_UNVOICED, /* unvoiced frames since, at most 50 */
    UT_PACE_SPEECH,   /* speech frames since, at most 50 */
    UT_PACE_UPPER,    /* peaks of the upper bands' mean level since, at most 4 */
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
    uint8_t weighed;                  /* 1 = a peak was weighed at this hop: x_q8 is new */
    uint8_t voiced_past, speech_past; /* decisions of the last frames, newest in bit 0 */
    int32_t peak_q8;                  /* highest smoothed level since the dip */
    int32_t dip_q8;                   /* lowest since the last peak */
    int32_t before_q8;                /* the last peak weighed */
    int32_t interval;                 /* frames since the last peak weighed, saturating */
    int32_t peak_age;                 /* frames since the peak */
    int32_t voiced;                   /* voiced frames since the dip */
    int32_t motion_q8, motion_frames; /* sum of distances since the last peak weighed, and its terms */
    int32_t travel_q8;                /* those of voiced frames */
    int32_t strength_q12, strength_frames;
    int32_t unvoiced, spoken;                  /* frames since the last peak weighed */
    int16_t upper_past_q8[UT_PACE_SPREAD - 1]; /* the upper bands' mean, as past_q8 */
    int32_t upper_turn_q8;                     /* their dip or, while upper_rising, their peak */
    uint8_t upper_rising;
    int32_t upper;                     /* their peaks since the last peak weighed */
    int16_t smooth_q8;                 /* middle-band level for the floor */
    int16_t minima_q8[UT_PACE_MINIMA]; /* its least per block, [0] = block in progress, then newest first */
    int32_t floor_rows;                /* frames in the block in progress */
    int16_t x_q8[UT_PACE_PADDED];
    int32_t sum_q12;                /* of weights, less the syllables returned */
    uint8_t counts[UT_PACE_BLOCKS]; /* syllables per block of speech, [0] = block in progress */
    int32_t recent;                 /* their sum */
    int32_t block_rows;             /* frames of speech and of its short gaps in the block in progress */
    int32_t gap;                    /* frames since speech, at most 25 */
    int32_t blocks;                 /* complete blocks heard, at most UT_PACE_BLOCKS - 1 */
    uint16_t pace_q8;
};

void ut_pace_init(struct ut_pace *p);
uint8_t ut_pace_hop(struct ut_pace *p, const struct ut_spectrum *spectrum, int16_t strength_q15, int speech,
                    int16_t snr_q8);

#endif
