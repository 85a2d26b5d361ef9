/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the pitch search and weights of its voicing decision that were fitted to recordings. A set of tables
 * (dsp/research, dsp/open) has its own; a build holds one: SPEC.md "Sets of tables". Costs Q12, levels dB Q8, intervals
 * semitones Q8. */
#ifndef UT_DSP_PITCH_TABLE_H
#define UT_DSP_PITCH_TABLE_H

#include <stdint.h>

enum { UT_PITCH_TABLE_INPUTS = 28 }; /* UT_PITCH_INPUTS of dsp/pitch.h */

struct ut_pitch_table {
    int32_t set;               /* UT_TABLES_RESEARCH, UT_TABLES_OPEN: dsp/features.h */
    int32_t peak_min_q15;      /* weaker peaks are no candidates */
    int32_t lag_weight_q15;    /* a candidate loses this share of its strength per sample of lag */
    int32_t unvoiced_q12;      /* what a frame without pitch costs */
    int32_t switch_q12;        /* voiced to unvoiced or back ... */
    int32_t switch_per_db_q12; /* ... less this per dB the level moves the same way ... */
    int32_t switch_min_q12;    /* ... but never below this */
    int32_t jump_q8;           /* cost Q12 of a leap by a semitone Q8, times 256 */
    int32_t
        own_weight_q16; /* what a candidate loses far from the own pitch, per semitone Q8 and frame heard, Q15 << 16 */
    int32_t peak_decay_q8;   /* dB per 10 ms */
    int32_t floor_q8;        /* energy added to the denominator: this far below the running peak */
    int32_t voiced_bias_q22; /* log-odds that a frame is voiced and its candidate right; with any inputs below 2^31 */
    int16_t voiced_weight[UT_PITCH_TABLE_INPUTS]; /* Q10 of inputs Q12, Q14 of those in dB Q8 */
};

extern const struct ut_pitch_table ut_pitch_table;

#endif
