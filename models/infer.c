/* SPDX-License-Identifier: Apache-2.0 */
#include "models/infer.h"

#include "dsp/q.h"
#include "models/lanes.h"
#include "models/tables.h"

#include <string.h>

enum {
    MEAN_PRIOR = 5,      /* the first speech step moves a running mean by 1/5 ... */
    MEAN_STEPS = 64,     /* ... one after many by 1/64: 2.56 s */
    MEAN_EXTRA_BITS = 6, /* Q14 mean of a Q8 input, Q21 mean of a Q15 state */
    LOG2E_Q14 = 23637,
    EXP_RANGE_Q12 = 10 << 12 /* exp(-10) is 1.5 LSB of Q15: smaller terms count as this */
};

static void dense(const struct ut_model_dense *d, int outputs, int inputs, const int16_t *x, int32_t *out)
{
    ut_lanes_sum(d->w, x, inputs, d->bias, outputs, out);
    for (int o = 0; o < outputs; o++) {
        /* The high word of the product is enough: half of 2^(32 + shift) has no bits in the low word. */
        out[o] = ut_q_rshift_by((int32_t)(((int64_t)out[o] * d->mult_q31[o]) >> 32), d->shift[o]);
    }
}

/* Convolution over time: the last three steps lie side by side in memory, newest last. */
static void conv(const struct ut_model_dense *d, int outputs, int inputs, const int16_t *history, int16_t *out)
{
    int32_t y[UT_MODEL_CONV_MAX];
    dense(d, outputs, UT_MODEL_CONV_TAPS * inputs, history, y);
    for (int o = 0; o < outputs; o++)
        out[o] = ut_q_sat16(y[o] > 0 ? y[o] : 0);
}

/* Makes room for one more step at the end of a history and returns where it goes. */
static int16_t *advance(int16_t *history, int inputs)
{
    size_t keep = (size_t)((UT_MODEL_CONV_TAPS - 1) * inputs);
    memmove(history, history + inputs, keep * sizeof *history);
    return history + keep;
}

/* a Q12, saturated to +-8 -> Q15 in 0..32768 */
static int32_t sigmoid(int32_t a_q12)
{
    int32_t m = ut_q_clamp(a_q12 < 0 ? -ut_q_clamp(a_q12, -INT16_MAX, 0) : a_q12, 0, INT16_MAX);
    int32_t at = m >> 7; /* Q12 -> steps of 1/32 */
    int32_t lo = ut_infer_sigmoid_q15[at];
    int32_t y = lo + ut_q_rshift((ut_infer_sigmoid_q15[at + 1] - lo) * (m & 127), 7);
    return a_q12 < 0 ? 32768 - y : y;
}

/* a Q12 -> Q15 in -32768..32767 */
static int32_t hyperbolic_tangent(int32_t a_q12)
{
    return 2 * sigmoid(2 * ut_q_clamp(a_q12, -INT16_MAX, INT16_MAX)) - 32768; /* tanh(a) = 2 sigmoid(2a) - 1 */
}

/* exp(-t), t Q12 >= 0 -> Q15 */
static int32_t exp_minus(int32_t t_q12)
{
    int32_t u_q12 = (ut_q_clamp(t_q12, 0, EXP_RANGE_Q12) * LOG2E_Q14) >> 14; /* Q12 * Q14 >> 14 = Q12 */
    int32_t at = (u_q12 & 4095) >> 6;
    int32_t hi = ut_infer_exp2_q15[at];
    int32_t y = hi - ut_q_rshift((hi - ut_infer_exp2_q15[at + 1]) * (u_q12 & 63), 6);
    return ut_q_rshift(y, u_q12 >> 12);
}

void ut_infer_init(struct ut_infer *s, const struct ut_model *m)
{
    memset(s, 0, sizeof *s);
    s->model = m;
    for (int i = 0; i < m->inputs; i++)
        s->mean_x_q14[i] = m->input_mean_q8[i] * (1 << MEAN_EXTRA_BITS);
}

/* Follows x, which carries MEAN_EXTRA_BITS fewer bits. */
static void follow(int32_t *mean, int32_t x, int32_t rate_q15)
{
    int32_t d = x * (1 << MEAN_EXTRA_BITS) - *mean;
    *mean += (int32_t)ut_q_rshift64((int64_t)d * rate_q15, 15);
}

static void follow_means(struct ut_infer *s, const int16_t *x)
{
    int32_t n = s->steps_heard + MEAN_PRIOR;
    int32_t rate_q15 = 32768 / (n < MEAN_STEPS ? n : MEAN_STEPS);
    for (int i = 0; i < s->model->inputs; i++)
        follow(&s->mean_x_q14[i], x[i], rate_q15);
    for (int j = 0; j < s->model->hidden; j++)
        follow(&s->mean_hidden_q21[j], s->hidden_q15[j], rate_q15);
    s->steps_heard = (uint8_t)(s->steps_heard + (s->steps_heard < MEAN_STEPS));
}

static void recur(struct ut_infer *s, const int16_t *x)
{
    enum { GATES_MAX = 3 * UT_MODEL_HIDDEN_MAX }; /* reset, update, candidate; Q12 */
    const struct ut_model *m = s->model;
    int32_t in[GATES_MAX], back[GATES_MAX];
    int n = m->hidden;
    dense(&m->input_gates, 3 * n, m->conv2, x, in);
    dense(&m->hidden_gates, 3 * n, n, s->hidden_q15, back);
    for (int j = 0; j < n; j++) {
        int32_t reset = sigmoid(in[j] + back[j]); /* each below 2^29: no overflow */
        int32_t keep = sigmoid(in[n + j] + back[n + j]);
        int32_t recalled = (int32_t)ut_q_rshift64((int64_t)reset * back[2 * n + j], 15); /* Q15 * Q12 >> 15 = Q12 */
        int32_t candidate = hyperbolic_tangent(in[2 * n + j] + recalled);
        int32_t h = candidate * (32768 - keep) + s->hidden_q15[j] * keep; /* Q30, a mean of two Q15 */
        s->hidden_q15[j] = ut_q_sat16(ut_q_rshift(h, 15));
    }
}

void ut_infer_step(struct ut_infer *s, const int16_t *x, int speech, uint16_t posterior_q15[UT_MODEL_CLASSES])
{
    const struct ut_model *m = s->model;
    int16_t *in = advance(s->conv1, m->inputs);
    for (int i = 0; i < m->inputs; i++) {
        int16_t d_q8 = ut_q_sat16(x[i] - m->input_mean_q8[i]);
        in[i] = ut_q_sat16(ut_q_rshift((int32_t)d_q8 * m->input_mult[i], 8));
    }

    int16_t out[UT_MODEL_CONV_MAX];
    conv(&m->conv1_layer, m->conv1, m->inputs, s->conv1, advance(s->conv2, m->conv1));
    conv(&m->conv2_layer, m->conv2, m->conv1, s->conv2, out);
    recur(s, out);

    int32_t logit_q12[UT_LANES];
    dense(&m->head, UT_LANES, m->hidden, s->hidden_q15, logit_q12);
    if (speech)
        follow_means(s, x);
    int32_t top = logit_q12[0];
    for (int c = 1; c < UT_MODEL_CLASSES; c++)
        top = logit_q12[c] > top ? logit_q12[c] : top;
    uint32_t e[UT_MODEL_CLASSES];
    uint32_t sum = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        e[c] = (uint32_t)exp_minus(top - logit_q12[c]);
        sum += e[c];
    }
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        posterior_q15[c] = (uint16_t)(((e[c] << 15) + sum / 2) / sum); /* e <= 2^15: no overflow */
}

void ut_infer_explain(const struct ut_infer *s, struct ut_contribution top[2])
{
    const struct ut_model *m = s->model;
    int64_t group[UT_GROUPS] = {0}; /* Q(26 + explain_q) */
    const int8_t *w = m->explain_w;
    int32_t d_q14[UT_MODEL_INPUTS_MAX];
    for (int i = 0; i < m->inputs; i++)
        d_q14[i] = s->mean_x_q14[i] - m->input_mean_q8[i] * (1 << MEAN_EXTRA_BITS);
    for (int g = UT_GROUP_NONE + 1; g < UT_GROUPS; g++) {
        int64_t sum = 0;
        for (int i = 0; i < m->inputs; i++) /* Q8 gives Q12 after >> 8: Q14 gives Q26 without */
            sum += (int64_t)d_q14[i] * (m->input_mult[i] * *w++);
        for (int j = 0; j < m->hidden; j++)
            sum += (int64_t)s->mean_hidden_q21[j] * (*w++ * (1 << 5));
        group[g] = sum;
    }
    for (int k = 0; k < 2; k++) {
        int best = UT_GROUP_NONE;
        int64_t best_size = 0;
        for (int g = UT_GROUP_NONE + 1; g < UT_GROUPS; g++) {
            int64_t size = group[g] < 0 ? -group[g] : group[g];
            if (size > best_size) {
                best_size = size;
                best = g;
            }
        }
        int64_t v_q6 = ut_q_rshift64(best ? group[best] : 0, 20 + m->explain_q); /* Q(26 + explain_q) -> Q6 */
        top[k].value_q6 = (int8_t)(v_q6 > INT8_MAX ? INT8_MAX : v_q6 < INT8_MIN ? INT8_MIN : v_q6);
        if (v_q6 > -UT_INFER_LEAST_EFFECT_Q6 && v_q6 < UT_INFER_LEAST_EFFECT_Q6)
            best = UT_GROUP_NONE;
        if (best == UT_GROUP_NONE)
            top[k].value_q6 = 0;
        top[k].group = (uint8_t)best;
        group[best] = 0;
    }
}
