/* SPDX-License-Identifier: Apache-2.0 */
/* Pace: syllable nuclei counted online, and syllables per second over the last 10 s of speech.
 *
 * in    one frame per 10 ms: level of the middle bands (dBFS Q8), voiced and speech decisions
 * out   return value of ut_pace_hop: 1 when a nucleus is confirmed (its peak lies up to UT_PACE_CONFIRM frames back)
 *       pace_q8  syllables per second of speech, Q8; 0 until 1 s of speech has been heard
 * Method: peaks of the smoothed middle-band level that are voiced and stand out from the dips on both sides (de Jong
 * and Wempe 2009, made causal). SPEC.md "Pace".
 */
#ifndef UT_DSP_PACE_H
#define UT_DSP_PACE_H

#include <stdint.h>

enum { UT_PACE_BLOCKS = 20 /* of 0.5 s of speech: the last 10 s */ };

struct ut_pace {
    int16_t past_q8[4];       /* middle-band levels of the last frames, oldest first */
    uint8_t started;
    int32_t peak_q8;          /* highest smoothed level since the last dip */
    int32_t dip_q8;           /* lowest smoothed level since the last peak */
    uint8_t rising;           /* 1 = looking for a peak */
    uint8_t peak_voiced;
    int32_t since_nucleus;    /* frames since the last nucleus's peak */
    uint8_t voiced_past;      /* voicing of the last frames, newest in bit 0 */
    uint8_t counts[UT_PACE_BLOCKS]; /* nuclei per block of speech, [0] = block in progress */
    int32_t block_rows;       /* speech frames in the block in progress */
    int32_t blocks;           /* complete blocks heard, at most UT_PACE_BLOCKS - 1 */
    uint16_t pace_q8;
};

void ut_pace_init(struct ut_pace *p);
uint8_t ut_pace_hop(struct ut_pace *p, int16_t middle_q8, int voiced, int speech);

#endif
