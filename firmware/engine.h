/* SPDX-License-Identifier: Apache-2.0 */
/* The customer channel: features and classifier, and the scores they give.
 *
 * in    customer samples, int16 Q15, 16 kHz, any chunk size
 * out   a row every 10 ms (dsp/features.h), posteriors every UT_CALLER_STEP_ROWS rows, a score when one is taken
 * The agent's channel is a bare struct ut_features and never meets this file: see firmware/call.h.
 * SPEC.md "Engine".
 */
#ifndef UT_FIRMWARE_ENGINE_H
#define UT_FIRMWARE_ENGINE_H

#include "dsp/features.h"
#include "firmware/caller.h"
#include "firmware/err.h"
#include "models/infer.h"

#include <stdint.h>

enum {
    UT_ENGINE_FORGET_STEPS = 250, /* 10 s without a speech step: the classifier starts afresh */
    UT_ENGINE_WINDOW_ROWS = 500,  /* 5 s, the span that the reasons to abstain look at */
    UT_ENGINE_VOICED_ROWS = 50,   /* fewer voiced rows in the window: too little speech */
    UT_ENGINE_HEARD_ROWS = 25,    /* fewer: what seems to be speech is none, and does not move a score */
    UT_ENGINE_CLIPPED_SAMPLES = UT_ENGINE_WINDOW_ROWS * UT_FRAME_HOP / 100, /* more in the window: clipping */
    UT_ENGINE_SNR_Q8 = 10 * 256                                             /* less: noise */
};

enum ut_abstain {
    UT_ABSTAIN_NONE = 0,
    UT_ABSTAIN_NOISE = 1,    /* SNR below 10 dB */
    UT_ABSTAIN_CLIPPING = 2, /* more than 1 % of samples at full scale */
    UT_ABSTAIN_LITTLE = 3,   /* less than 0.5 s voiced in the last 5 s, or no classifier */
    UT_ABSTAIN_HOLD = 4,     /* hold music or a tone */
    UT_ABSTAIN_MIXED = 5     /* the channel holds both parties; not known here but to firmware/call.h */
};

struct ut_score {
    uint16_t posterior_q15[UT_MODEL_CLASSES]; /* frustration, delight, other; of the last step; sums to about 1 */
    uint16_t frustration_q15;                 /* posterior averaged over the speech since the last take; without */
    uint16_t delight_q15;                     /* speech all three sink to 0 within 10 s */
    uint16_t confidence_q15;                  /* largest of the three averages: how probably its class is right */
    uint8_t abstain;                          /* enum ut_abstain; scores and confidence stay as they are beside it */
    struct ut_contribution top[2];            /* strongest first; models/infer.h */
};

struct ut_engine {
    struct ut_features features;
    struct ut_infer infer;
    const struct ut_model *model;
    struct ut_caller caller;
    int32_t silent_steps;                         /* since the last speech step, at most UT_ENGINE_FORGET_STEPS */
    uint32_t sum_posterior_q15[UT_MODEL_CLASSES]; /* over speech steps since the last take */
    uint32_t sum_steps;
    struct ut_score last;
    uint8_t clipped[UT_ENGINE_WINDOW_ROWS];          /* samples per row */
    uint8_t voiced[(UT_ENGINE_WINDOW_ROWS + 7) / 8]; /* one bit per row */
    uint8_t tonal[(UT_ENGINE_WINDOW_ROWS + 7) / 8];
    int32_t at; /* the oldest row in the three rings */
    int32_t voiced_rows, tonal_rows, clipped_samples;
    int16_t snr_q8;
};

/* 0, or UT_ERR_FEATURES_VERSION. model = NULL: a build without the classifier, scores are 0 and abstain. */
int ut_engine_init(struct ut_engine *e, const struct ut_model *model);

/* As ut_features_push. *step = 1 when this row completed a classifier step; e->last.posterior_q15 is then new and
 * *step_speech says whether the step was mostly speech: more than half of its rows. Else both are 0. */
int ut_engine_push(struct ut_engine *e, const int16_t *x, int stride, int n, struct ut_row *row, int *ready, int *step,
                   int *step_speech);

/* The score over what was pushed since the last take; called at 4 Hz. */
void ut_engine_take(struct ut_engine *e, struct ut_score *score);

#endif
