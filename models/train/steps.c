/* SPDX-License-Identifier: Apache-2.0 */
#include "models/train/steps.h"

#include "dsp/q.h"
#include "firmware/caller.h"
#include "models/infer.h"

int ut_train_steps(const int16_t *samples, int n, int16_t *x, int16_t *own_q8, uint8_t *speech)
{
    static const int16_t usual[UT_FEATURES_N];
    struct ut_features features;
    struct ut_caller caller;
    int steps = 0;
    ut_features_init(&features);
    ut_caller_init(&caller, usual);
    for (int at = 0; at < n;) {
        struct ut_row row;
        int ready;
        at += ut_features_push(&features, samples + at, 1, n - at, &row, &ready);
        if (!ready || !ut_caller_row(&caller, &row, ut_q_rshift(features.own_level_q16, 8)))
            continue;
        for (int i = 0; i < UT_FEATURES_N; i++)
            x[steps * UT_FEATURES_N + i] = caller.x_q8[i];
        own_q8[steps] = (int16_t)caller.own_q8;
        speech[steps++] = caller.speech;
    }
    return steps;
}

int ut_train_pitch(const int16_t *samples, int n, uint16_t *f0_q4, int16_t *x)
{
    struct ut_features features;
    int rows = 0;
    ut_features_init(&features);
    for (int at = 0; at < n;) {
        struct ut_row row;
        int ready;
        at += ut_features_push(&features, samples + at, 1, n - at, &row, &ready);
        if (!ready)
            continue;
        f0_q4[rows] = features.pitch.choice_f0_q4;
        for (int i = 0; i < UT_PITCH_INPUTS; i++)
            x[rows * UT_PITCH_INPUTS + i] = features.pitch.x[i];
        rows++;
    }
    return rows;
}

int ut_train_peaks(const int16_t *samples, int n, int16_t *x_q8)
{
    struct ut_features features;
    int peaks = 0;
    ut_features_init(&features);
    for (int at = 0; at < n;) {
        struct ut_row row;
        int ready;
        at += ut_features_push(&features, samples + at, 1, n - at, &row, &ready);
        if (!ready || !features.pace.weighed)
            continue;
        for (int i = 0; i < UT_PACE_INPUTS; i++)
            x_q8[peaks * UT_PACE_INPUTS + i] = features.pace.x_q8[i];
        peaks++;
    }
    return peaks;
}

void ut_train_call(const struct ut_model *m, int steps, const int16_t *x, const int16_t *own_q8, const uint8_t *speech,
                   int forget_steps, uint16_t *posterior_q15, int16_t *views_q8)
{
    struct ut_caller caller;
    struct ut_infer infer;
    int silent = 0;
    ut_caller_init(&caller, m->input_mean_q8);
    ut_infer_init(&infer, m);
    for (int t = 0; t < steps; t++) {
        int16_t *views = views_q8 + t * UT_CALLER_INPUTS;
        for (int i = 0; i < UT_FEATURES_N; i++)
            caller.x_q8[i] = x[t * UT_FEATURES_N + i];
        caller.own_q8 = own_q8[t];
        caller.speech = speech[t];
        if (!speech[t] && silent >= forget_steps)
            ut_infer_init(&infer, m);
        silent = speech[t] ? 0 : silent < forget_steps ? silent + 1 : silent;
        ut_caller_views(&caller, views);
        ut_infer_step(&infer, views, speech[t], posterior_q15 + 3 * t);
        ut_caller_learn(&caller, posterior_q15[3 * t + 2]);
    }
}
