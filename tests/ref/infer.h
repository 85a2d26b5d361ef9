/* SPDX-License-Identifier: Apache-2.0 */
/* Judge of models/infer.c: the same network in double precision, from a model's own integers. Host and target tests. */
#ifndef UT_TESTS_REF_INFER_H
#define UT_TESTS_REF_INFER_H

#include "models/infer.h"
#include "models/lanes.h"

#include <math.h>
#include <string.h>

struct ut_ref_infer {
    const struct ut_model *model;
    double conv1[UT_MODEL_CONV_TAPS][UT_MODEL_INPUTS_MAX];
    double conv2[UT_MODEL_CONV_TAPS][UT_MODEL_CONV_MAX];
    double hidden[UT_MODEL_HIDDEN_MAX];
    double mean_x[UT_MODEL_INPUTS_MAX]; /* offsets from the training mean, Q8 units */
    int heard;
    double mean_hidden[UT_MODEL_HIDDEN_MAX];
};

/* Where the weight of output `row` and input `i` lies: models/lanes.h. */
static inline int ut_ref_infer_at(int row, int i, int inputs)
{
    return row / UT_LANES * inputs * UT_LANES + i / 2 * 8 + row % UT_LANES / 2 * 4 + i % 2 * 2 + row % 2;
}

static inline double ut_ref_infer_row(const struct ut_model_dense *d, int row, int inputs, const double *x)
{
    double sum = d->bias[row];
    for (int i = 0; i < inputs; i++)
        sum += d->w[ut_ref_infer_at(row, i, inputs)] * x[i];
    return sum * ldexp(d->mult_q31[row], -32 - d->shift[row]);
}

static inline double ut_ref_infer_clip(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static inline void ut_ref_infer_init(struct ut_ref_infer *s, const struct ut_model *m)
{
    memset(s, 0, sizeof *s);
    s->model = m;
}

static inline void ut_ref_infer_conv(const struct ut_model_dense *d, int outputs, int inputs, const double *steps,
                                     int width, double *out)
{
    double x[UT_MODEL_CONV_TAPS * UT_MODEL_INPUTS_MAX]; /* the wider of the two */
    for (int t = 0; t < UT_MODEL_CONV_TAPS; t++)
        for (int i = 0; i < inputs; i++)
            x[t * inputs + i] = steps[t * width + i];
    for (int o = 0; o < outputs; o++)
        out[o] = ut_ref_infer_clip(ut_ref_infer_row(d, o, UT_MODEL_CONV_TAPS * inputs, x), 0, INT16_MAX);
}

static inline void ut_ref_infer_step(struct ut_ref_infer *s, const int16_t *x, int speech,
                                     double posterior[UT_MODEL_CLASSES])
{
    const struct ut_model *m = s->model;
    const int last = UT_MODEL_CONV_TAPS - 1;
    memmove(s->conv1[0], s->conv1[1], sizeof s->conv1[0] * (size_t)last);
    memmove(s->conv2[0], s->conv2[1], sizeof s->conv2[0] * (size_t)last);
    for (int i = 0; i < m->inputs; i++) {
        double d = ut_ref_infer_clip(x[i] - m->input_mean_q8[i], INT16_MIN, INT16_MAX);
        s->conv1[last][i] = ut_ref_infer_clip(d * m->input_mult[i] / 256, INT16_MIN, INT16_MAX);
    }
    double out[UT_MODEL_CONV_MAX];
    ut_ref_infer_conv(&m->conv1_layer, m->conv1, m->inputs, s->conv1[0], UT_MODEL_INPUTS_MAX, s->conv2[last]);
    ut_ref_infer_conv(&m->conv2_layer, m->conv2, m->conv1, s->conv2[0], UT_MODEL_CONV_MAX, out);

    int n = m->hidden;
    double q15[UT_MODEL_HIDDEN_MAX], next[UT_MODEL_HIDDEN_MAX] = {0};
    for (int j = 0; j < n; j++)
        q15[j] = s->hidden[j] * 32768;
    for (int j = 0; j < n; j++) {
        double in[3], back[3];
        for (int g = 0; g < 3; g++) {
            in[g] = ut_ref_infer_row(&m->input_gates, g * n + j, m->conv2, out) / 4096;
            back[g] = ut_ref_infer_row(&m->hidden_gates, g * n + j, n, q15) / 4096;
        }
        double reset = 1 / (1 + exp(-in[0] - back[0]));
        double keep = 1 / (1 + exp(-in[1] - back[1]));
        next[j] = (1 - keep) * tanh(in[2] + reset * back[2]) + keep * s->hidden[j];
    }
    memcpy(s->hidden, next, sizeof next);
    for (int j = 0; j < n; j++)
        q15[j] = s->hidden[j] * 32768;
    if (speech) {
        double rate = 1.0 / (s->heard + 5 < 64 ? s->heard + 5 : 64);
        for (int i = 0; i < m->inputs; i++)
            s->mean_x[i] += (x[i] - m->input_mean_q8[i] - s->mean_x[i]) * rate;
        for (int j = 0; j < n; j++)
            s->mean_hidden[j] += (s->hidden[j] - s->mean_hidden[j]) * rate;
        s->heard++;
    }
    double logit[UT_MODEL_CLASSES], e[UT_MODEL_CLASSES], sum = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        logit[c] = ut_ref_infer_row(&m->head, c, n, q15) / 4096;
        e[c] = exp(logit[c]);
        sum += e[c];
    }
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        posterior[c] = e[c] / sum;
}

/* Estimated effect of every group, log-odds. */
static inline void ut_ref_infer_explain(const struct ut_ref_infer *s, double effect[UT_GROUPS])
{
    const struct ut_model *m = s->model;
    effect[UT_GROUP_NONE] = 0;
    for (int g = UT_GROUP_NONE + 1; g < UT_GROUPS; g++) {
        const int8_t *w = m->explain_w + (g - 1) * (m->inputs + m->hidden);
        effect[g] = 0;
        for (int j = 0; j < m->hidden; j++)
            effect[g] += s->mean_hidden[j] * w[m->inputs + j];
        for (int i = 0; i < m->inputs; i++)
            effect[g] += s->mean_x[i] * m->input_mult[i] / (1 << 20) * w[i];
        effect[g] = ldexp(effect[g], -m->explain_q);
    }
}

#endif
