/* SPDX-License-Identifier: Apache-2.0 */
/* The only inference code: one causal step of the classifier.
 *
 * in    x: one feature vector per step (firmware/engine.h), int16 Q8
 * out   posteriors of {frustration, delight, other}, Q15, calibrated; they sum to 32768 +- 3
 * state struct ut_infer, reset for every call
 * Total: every input has a defined output. int8 weights, int32 accumulators. SPEC.md "Classifier".
 */
#ifndef UT_MODELS_INFER_H
#define UT_MODELS_INFER_H

#include "models/model.h"

#include <stdint.h>

/* What a contribution speaks of: groups of the inputs, the same for every model. */
enum ut_feature_group {
    UT_GROUP_NONE = 0,
    UT_GROUP_LEVEL,      /* loudness against the speaker's own */
    UT_GROUP_LEVEL_MOVE, /* loudness changes */
    UT_GROUP_PITCH,      /* pitch against the speaker's own */
    UT_GROUP_PITCH_MOVE, /* pitch slope */
    UT_GROUP_VOICING,    /* clear against breathy or creaky */
    UT_GROUP_PACE,       /* syllables per second */
    UT_GROUP_LOW_BANDS,  /* energy below 500 Hz */
    UT_GROUP_MID_BANDS,  /* 500-2000 Hz */
    UT_GROUP_HIGH_BANDS, /* above 2 kHz: brightness, tension */
    UT_GROUPS
};

enum { UT_INFER_LEAST_EFFECT_Q6 = 32 }; /* log-odds; weaker groups are not named */

struct ut_contribution {
    uint8_t group;   /* enum ut_feature_group */
    int8_t value_q6; /* towards frustration (> 0) or delight (< 0), log-odds Q6, saturated */
};

struct ut_infer {
    const struct ut_model *model;
    int16_t conv1[UT_MODEL_CONV_TAPS * UT_MODEL_INPUTS_MAX]; /* last normalised inputs Q12, newest last */
    int16_t conv2[UT_MODEL_CONV_TAPS * UT_MODEL_CONV_MAX];   /* last outputs of conv1, newest last */
    int16_t hidden_q15[UT_MODEL_HIDDEN_MAX];
    int32_t mean_x_q14[UT_MODEL_INPUTS_MAX];      /* running mean of the inputs while speaking, ~2.5 s */
    int32_t mean_hidden_q21[UT_MODEL_HIDDEN_MAX]; /* running mean of hidden while speaking */
    uint8_t steps_heard;                          /* speech steps behind the running means, saturating */
};

void ut_infer_init(struct ut_infer *s, const struct ut_model *m);
/* speech: not 0 when most of the step is speech; only such steps enter the running means. */
void ut_infer_step(struct ut_infer *s, const int16_t *x, int speech, uint16_t posterior_q15[UT_MODEL_CLASSES]);

/* Explanation: the two groups with the strongest estimated effect on the recent scores, strongest first. A group's
 * effect is how far the log-odds of frustration against delight would move if its inputs were put back to this caller's
 * baseline, but no further than those of the score that the group would be named for, against everything else. It is
 * estimated, not computed: a linear function of the running means of all inputs (normalised) and of the recurrent
 * state, fitted to the network; the model's card states how often it agrees with the network.
 * UT_GROUP_NONE and 0 where nothing reaches UT_INFER_LEAST_EFFECT_Q6, as at the start of a call. */
void ut_infer_explain(const struct ut_infer *s, struct ut_contribution top[2]);

#endif
