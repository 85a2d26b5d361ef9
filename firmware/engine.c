/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/engine.h"

#include "dsp/q.h"

#include <string.h>

enum {
    REST_SHIFT = 3,     /* without speech a score loses an eighth of itself per take ... */
    REST_STEP_Q15 = 128 /* ... and this, so that it reaches 0 */
};

int ut_engine_init(struct ut_engine *e, const struct ut_model *model)
{
    if (model != NULL && (model->features_version != UT_FEATURES_VERSION || model->tables != ut_features_tables() ||
                          model->inputs != UT_CALLER_INPUTS))
        return UT_ERR_FEATURES_VERSION;
    memset(e, 0, sizeof *e);
    ut_features_init(&e->features);
    e->model = model;
    if (model != NULL) {
        ut_infer_init(&e->infer, model);
        ut_caller_init(&e->caller, model->input_mean_q8);
    }
    return 0;
}

/* Puts a bit in place of the oldest of a ring; returns the change of their number. */
static int32_t replace_bit(uint8_t *ring, int32_t at, int bit)
{
    uint8_t mask = (uint8_t)(1u << (at & 7));
    int before = (ring[at >> 3] & mask) != 0;
    ring[at >> 3] = (uint8_t)(bit ? ring[at >> 3] | mask : ring[at >> 3] & ~mask);
    return bit - before;
}

static void watch_quality(struct ut_engine *e, const struct ut_row *row)
{
    e->voiced_rows += replace_bit(e->voiced, e->at, row->speech != 0 && row->f0_q4 != 0);
    e->tonal_rows += replace_bit(e->tonal, e->at, row->tonal != 0);
    e->clipped_samples += row->clipped - e->clipped[e->at];
    e->clipped[e->at] = row->clipped;
    e->at = e->at + 1 < UT_ENGINE_WINDOW_ROWS ? e->at + 1 : 0;
    e->snr_q8 = row->snr_q8;
}

static void classify(struct ut_engine *e)
{
    int speech = e->caller.speech;
    int16_t views_q8[UT_CALLER_INPUTS];
    if (!speech && e->silent_steps >= UT_ENGINE_FORGET_STEPS)
        ut_infer_init(&e->infer, e->model);
    e->silent_steps = speech ? 0 : e->silent_steps < UT_ENGINE_FORGET_STEPS ? e->silent_steps + 1 : e->silent_steps;
    ut_caller_views(&e->caller, views_q8);
    ut_infer_step(&e->infer, views_q8, speech, e->last.posterior_q15);
    ut_caller_learn(&e->caller, e->last.posterior_q15[UT_MODEL_OTHER]);
    if (!speech || e->voiced_rows < UT_ENGINE_HEARD_ROWS)
        return;
    for (int i = 0; i < UT_MODEL_CLASSES; i++)
        e->sum_posterior_q15[i] += e->last.posterior_q15[i];
    e->sum_steps++;
}

int ut_engine_push(struct ut_engine *e, const int16_t *x, int stride, int n, struct ut_row *row, int *ready, int *step,
                   int *step_speech)
{
    int taken = ut_features_push(&e->features, x, stride, n, row, ready);
    *step = 0;
    *step_speech = 0;
    if (!*ready)
        return taken;
    watch_quality(e, row);
    if (!ut_caller_row(&e->caller, row, ut_q_rshift(e->features.own_level_q16, 8)))
        return taken;
    *step = 1;
    *step_speech = e->caller.speech;
    if (e->model != NULL)
        classify(e);
    return taken;
}

static uint16_t rest(uint16_t score_q15)
{
    int32_t x = score_q15 - (score_q15 >> REST_SHIFT) - REST_STEP_Q15;
    return (uint16_t)(x > 0 ? x : 0);
}

static uint8_t reason_to_abstain(const struct ut_engine *e)
{
    if (2 * e->tonal_rows > UT_ENGINE_WINDOW_ROWS)
        return UT_ABSTAIN_HOLD;
    if (e->model == NULL || e->voiced_rows < UT_ENGINE_VOICED_ROWS)
        return UT_ABSTAIN_LITTLE;
    if (e->clipped_samples > UT_ENGINE_CLIPPED_SAMPLES)
        return UT_ABSTAIN_CLIPPING;
    return e->snr_q8 < UT_ENGINE_SNR_Q8 ? UT_ABSTAIN_NOISE : UT_ABSTAIN_NONE;
}

void ut_engine_take(struct ut_engine *e, struct ut_score *score)
{
    struct ut_score *last = &e->last;
    if (e->sum_steps > 0) {
        uint16_t mean_q15[UT_MODEL_CLASSES];
        last->confidence_q15 = 0;
        for (int i = 0; i < UT_MODEL_CLASSES; i++) {
            mean_q15[i] = (uint16_t)((e->sum_posterior_q15[i] + e->sum_steps / 2) / e->sum_steps);
            if (mean_q15[i] > last->confidence_q15)
                last->confidence_q15 = mean_q15[i];
        }
        last->frustration_q15 = mean_q15[0];
        last->delight_q15 = mean_q15[1];
    } else {
        last->frustration_q15 = rest(last->frustration_q15);
        last->delight_q15 = rest(last->delight_q15);
        last->confidence_q15 = rest(last->confidence_q15);
    }
    memset(e->sum_posterior_q15, 0, sizeof e->sum_posterior_q15);
    e->sum_steps = 0;
    last->abstain = reason_to_abstain(e);
    if (e->model != NULL)
        ut_infer_explain(&e->infer, last->top);
    *score = *last;
}
