/* SPDX-License-Identifier: Apache-2.0 */
/* What the classifier is told of a moment: as it is, and against how this caller has sounded so far.
 *
 * in    rows of the caller's channel (dsp/features.h), UT_CALLER_STEP_ROWS to a step of 40 ms
 * out   two views of the step's UT_FEATURES_N features, Q8 in their own units:
 *       absolute  the mean of the rows; levels are those above the caller's slow own level
 *       relative  the same minus the baseline, the running mean of this caller's speech
 * state struct ut_caller, reset for every call; it holds the baseline, which leaves no headset and dies with the call
 *
 * The baseline starts at the usual values with the weight of UT_CALLER_PRIOR_STEPS. A step of speech counts whole while
 * the classifier has lately heard neither feeling, and a fifth otherwise: a caller who is angry from the first word is
 * not to become the measure of calm. Total: every input has a defined output. SPEC.md "Caller".
 */
#ifndef UT_FIRMWARE_CALLER_H
#define UT_FIRMWARE_CALLER_H

#include "dsp/features.h"

#include <stdint.h>

enum {
    UT_CALLER_STEP_ROWS = 4, /* rows averaged into one step: 40 ms */
    UT_CALLER_INPUTS = 2 * UT_FEATURES_N,
    UT_CALLER_PRIOR_STEPS = 50, /* speech steps that the usual values, and the fast own level, are worth: 2 s */
    UT_CALLER_MOST_STEPS = 250  /* 10 s: over so much speech the past fades */
};

struct ut_caller {
    int32_t sum_x[UT_FEATURES_N]; /* of the rows of the step in the making */
    int32_t sum_own_q8;
    int32_t sum_speech;
    int32_t rows;
    int16_t x_q8[UT_FEATURES_N];     /* the step's mean of rows, levels above the slow own level */
    uint8_t speech;                  /* 1 = most of the step is speech */
    int32_t own_q8;                  /* the step's fast own level, dBFS */
    int32_t slow_q16;                /* mean of own_q8 over earlier speech steps, dBFS Q16 */
    int32_t slow_steps;              /* behind it, at most UT_CALLER_MOST_STEPS */
    int32_t base_q16[UT_FEATURES_N]; /* the baseline */
    int32_t weight;                  /* behind it, fifths of a speech step, the prior's not counted */
    int32_t other_q15;               /* posterior of neither feeling, smoothed over about a second of speech */
};

/* usual_q8: the values that the baseline starts from, UT_FEATURES_N of them. */
void ut_caller_init(struct ut_caller *c, const int16_t *usual_q8);

/* own_level_q8: the channel's own level at that row, dBFS (struct ut_features). 1 = the row completed a step. */
int ut_caller_row(struct ut_caller *c, const struct ut_row *row, int32_t own_level_q8);

/* The views of the step just completed: UT_FEATURES_N absolute values, then as many relative ones. */
void ut_caller_views(struct ut_caller *c, int16_t views_q8[UT_CALLER_INPUTS]);

/* After the step's views were classified: lets a step of speech count, by the posterior of neither feeling. */
void ut_caller_learn(struct ut_caller *c, uint16_t other_q15);

/* How well the caller is known, 0..100 %: 100 after UT_CALLER_MOST_STEPS of speech without a feeling. */
uint8_t ut_caller_known(const struct ut_caller *c);

#endif
