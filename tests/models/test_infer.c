/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dsp/features.h"
#include "models/infer.h"
#include "tests/ref/infer.h"
#include "tests/signal.h"

#include <math.h>
#include <string.h>

#include UT_VECTORS /* those of the model built in: Makefile */

static const struct ut_model *const shipped = &ut_model_default;

/* An input of step i: like the speech the model knows, or anything at all. */
static void fill(const struct ut_model *m, uint32_t *random, int wild, int16_t *x)
{
    for (int i = 0; i < m->inputs; i++) {
        int32_t r = ut_signal_noise(random, 32767);
        if (!wild)
            r = m->input_mean_q8[i] + r * 48 / m->input_mult[i]; /* +-1.5 spreads: 2^20 / mult is one */
        x[i] = (int16_t)(r > INT16_MAX ? INT16_MAX : r < INT16_MIN ? INT16_MIN : r);
    }
}

static void vectors_match(void **state)
{
    (void)state;
    struct ut_infer s;
    assert_int_equal(shipped->inputs, UT_VECTORS_INPUTS);
    ut_infer_init(&s, shipped);
    for (int i = 0; i < UT_VECTORS_STEPS; i++) {
        uint16_t p[UT_MODEL_CLASSES];
        ut_infer_step(&s, ut_vectors_x[i], i % 4 != 3, p);
        for (int c = 0; c < UT_MODEL_CLASSES; c++)
            assert_int_equal(p[c], ut_vectors_posterior_q15[i][c]);
    }
    struct ut_contribution top[2];
    ut_infer_explain(&s, top);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(top[k].group, ut_vectors_top[k][0]);
        assert_int_equal(top[k].value_q6, ut_vectors_top[k][1]);
    }
}

/* The front end it is linked with has the tables that it was trained on. */
static void its_tables_are_built_in(void **state)
{
    (void)state;
    assert_int_equal(ut_features_tables(), shipped->tables);
}

static uint32_t crc32(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;
    crc = ~crc;
    while (len-- > 0) {
        crc ^= *p++;
        for (int k = 0; k < 8; k++)
            crc = (crc >> 1) ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}

static uint32_t crc_dense(uint32_t crc, const struct ut_model_dense *d, int outputs, int inputs)
{
    crc = crc32(crc, d->w, (size_t)(outputs * inputs));
    crc = crc32(crc, d->bias, (size_t)outputs * sizeof *d->bias);
    crc = crc32(crc, d->mult_q31, (size_t)outputs * sizeof *d->mult_q31);
    return crc32(crc, d->shift, (size_t)outputs);
}

static void weights_are_the_ones_named(void **state)
{
    (void)state;
    const struct ut_model *m = shipped;
    uint32_t crc = crc32(0, m->input_mean_q8, m->inputs * sizeof *m->input_mean_q8);
    crc = crc32(crc, m->input_mult, m->inputs * sizeof *m->input_mult);
    crc = crc_dense(crc, &m->conv1_layer, m->conv1, UT_MODEL_CONV_TAPS * m->inputs);
    crc = crc_dense(crc, &m->conv2_layer, m->conv2, UT_MODEL_CONV_TAPS * m->conv1);
    crc = crc_dense(crc, &m->input_gates, 3 * m->hidden, m->conv2);
    crc = crc_dense(crc, &m->hidden_gates, 3 * m->hidden, m->hidden);
    crc = crc_dense(crc, &m->head, UT_LANES, m->hidden);
    crc = crc32(crc, m->explain_w, (size_t)(UT_GROUPS - 1) * (m->inputs + m->hidden));
    assert_int_equal(crc, m->crc32);
    assert_in_range(strlen(m->id), 1, 4);
}

static void dense_within_limits(const struct ut_model_dense *d, int outputs, int inputs)
{
    assert_int_equal(outputs % UT_LANES, 0);
    assert_int_equal(inputs % 2, 0);
    for (int o = 0; o < outputs; o++) {
        int64_t sum = 0;
        for (int i = 0; i < inputs; i++) {
            int w = d->w[ut_ref_infer_at(o, i, inputs)];
            assert_in_range(w + 127, 0, 254);
            sum += 32768 * (w < 0 ? -w : w);
        }
        sum += d->bias[o] < 0 ? -(int64_t)d->bias[o] : d->bias[o];
        assert_true(sum <= INT32_MAX);
        assert_in_range(d->shift[o], 1, 31);
        assert_in_range(d->mult_q31[o], 0, INT32_MAX);
    }
}

static void shape_is_within_limits(void **state)
{
    (void)state;
    const struct ut_model *m = shipped;
    assert_in_range(m->inputs, 1, UT_MODEL_INPUTS_MAX);
    assert_in_range(m->conv1, 1, UT_MODEL_CONV_MAX);
    assert_in_range(m->conv2, 1, UT_MODEL_CONV_MAX);
    assert_in_range(m->hidden, 1, UT_MODEL_HIDDEN_MAX);
    dense_within_limits(&m->conv1_layer, m->conv1, UT_MODEL_CONV_TAPS * m->inputs);
    dense_within_limits(&m->conv2_layer, m->conv2, UT_MODEL_CONV_TAPS * m->conv1);
    dense_within_limits(&m->input_gates, 3 * m->hidden, m->conv2);
    dense_within_limits(&m->hidden_gates, 3 * m->hidden, m->hidden);
    dense_within_limits(&m->head, UT_LANES, m->hidden);
    for (int i = 0; i < m->inputs; i++)
        assert_in_range(m->input_mult[i], 1, INT16_MAX);
    assert_true(m->explain_q <= 15);
}

static void follow_the_judge(int wild, double tolerance)
{
    struct ut_infer s;
    struct ut_ref_infer judge;
    uint32_t random = 7;
    double worst = 0;
    double lowest = 1, highest = 0;
    ut_infer_init(&s, shipped);
    ut_ref_infer_init(&judge, shipped);
    for (int i = 0; i < 400; i++) {
        int16_t x[UT_MODEL_INPUTS_MAX];
        uint16_t p[UT_MODEL_CLASSES];
        double expected[UT_MODEL_CLASSES];
        fill(shipped, &random, wild, x);
        ut_infer_step(&s, x, i % 5 != 4, p);
        ut_ref_infer_step(&judge, x, i % 5 != 4, expected);
        for (int c = 0; c < UT_MODEL_CLASSES; c++)
            worst = fmax(worst, fabs(p[c] / 32768.0 - expected[c]));
        lowest = fmin(lowest, p[0] / 32768.0);
        highest = fmax(highest, p[0] / 32768.0);
    }
    print_message("largest difference of a posterior %f\n", worst);
    assert_true(worst <= tolerance);
    assert_true(highest - lowest > 0.05); /* the comparison has seen the posterior move */
}

static void speech_follows_double_precision(void **state)
{
    (void)state;
    follow_the_judge(0, 0.01);
}

static void anything_follows_double_precision(void **state)
{
    (void)state;
    follow_the_judge(1, 0.02);
}

static void posteriors_sum_to_one_whatever_comes(void **state)
{
    (void)state;
    struct ut_infer s;
    uint32_t random = 99;
    ut_infer_init(&s, shipped);
    for (int i = 0; i < 600; i++) {
        int16_t x[UT_MODEL_INPUTS_MAX];
        uint16_t p[UT_MODEL_CLASSES];
        fill(shipped, &random, 1, x);
        if (i % 3 == 1)
            for (int k = 0; k < shipped->inputs; k++)
                x[k] = INT16_MIN;
        if (i % 7 == 2)
            for (int k = 0; k < shipped->inputs; k++)
                x[k] = INT16_MAX;
        ut_infer_step(&s, x, i % 5 != 4, p);
        int32_t sum = p[0] + p[1] + p[2];
        assert_in_range(sum, 32765, 32771);
    }
}

/* A model whose every layer saturates: the extremes of each type, for the sanitizers and the judge of totality. */
static void extreme_weights_are_survived(void **state)
{
    (void)state;
    static int8_t w[3 * UT_MODEL_CONV_MAX * UT_MODEL_INPUTS_MAX]; /* the largest layers that there can be */
    static int32_t bias[144];
    static int32_t mult_q31[144];
    static uint8_t shift[144];
    static int16_t mean[UT_MODEL_INPUTS_MAX], input_mult[UT_MODEL_INPUTS_MAX];
    static int8_t explain_w[(UT_GROUPS - 1) * (UT_MODEL_INPUTS_MAX + 48)];
    for (int round = 0; round < 8; round++) {
        uint32_t random = 1 + (uint32_t)round;
        for (size_t i = 0; i < sizeof w; i++)
            w[i] = (ut_signal_random(&random) & 1) != 0 ? 127 : -127;
        for (int i = 0; i < 144; i++) {
            bias[i] = (ut_signal_random(&random) & 1) != 0 ? 1 << 30 : -(1 << 30);
            mult_q31[i] = INT32_MAX;
            shift[i] = (uint8_t)(1 + round * 4);
        }
        for (int i = 0; i < UT_MODEL_INPUTS_MAX; i++) {
            mean[i] = (round & 1) != 0 ? INT16_MIN : INT16_MAX;
            input_mult[i] = INT16_MAX;
        }
        memset(explain_w, (round & 2) != 0 ? -127 : 127, sizeof explain_w);
        const struct ut_model_dense layer = {w, bias, mult_q31, shift};
        const struct ut_model m = {.id = "x",
                                   .inputs = UT_MODEL_INPUTS_MAX,
                                   .conv1 = UT_MODEL_CONV_MAX,
                                   .conv2 = UT_MODEL_CONV_MAX,
                                   .hidden = 48,
                                   .input_mean_q8 = mean,
                                   .input_mult = input_mult,
                                   .conv1_layer = layer,
                                   .conv2_layer = layer,
                                   .input_gates = layer,
                                   .hidden_gates = layer,
                                   .head = layer,
                                   .explain_w = explain_w};
        struct ut_infer s;
        ut_infer_init(&s, &m);
        for (int i = 0; i < 40; i++) {
            int16_t x[UT_MODEL_INPUTS_MAX];
            uint16_t p[UT_MODEL_CLASSES];
            fill(&m, &random, 1, x);
            ut_infer_step(&s, x, i % 5 != 4, p);
            int32_t sum = p[0] + p[1] + p[2];
            assert_in_range(sum, 32765, 32771);
        }
        struct ut_contribution top[2];
        ut_infer_explain(&s, top);
        assert_in_range(top[0].group, UT_GROUP_NONE, UT_GROUPS - 1);
    }
}

static void reset_is_new(void **state)
{
    (void)state;
    struct ut_infer fresh, used;
    uint32_t random = 5;
    int16_t x[UT_MODEL_INPUTS_MAX];
    uint16_t p[UT_MODEL_CLASSES];
    ut_infer_init(&fresh, shipped);
    memset(&used, 0xA5, sizeof used);
    ut_infer_init(&used, shipped);
    for (int i = 0; i < 30; i++) {
        fill(shipped, &random, 1, x);
        ut_infer_step(&used, x, i % 5 != 4, p);
    }
    assert_memory_not_equal(&used, &fresh, sizeof used);
    ut_infer_init(&used, shipped);
    assert_memory_equal(&used, &fresh, sizeof used);
}

/* The past is forgotten: two calls that differed converge when they hear the same. */
static void the_past_fades(void **state)
{
    (void)state;
    struct ut_infer a, b;
    uint32_t random = 11;
    int16_t x[UT_MODEL_INPUTS_MAX];
    uint16_t p[UT_MODEL_CLASSES], q[UT_MODEL_CLASSES];
    ut_infer_init(&a, shipped);
    ut_infer_init(&b, shipped);
    for (int i = 0; i < 200; i++) {
        fill(shipped, &random, 1, x);
        ut_infer_step(&a, x, i % 5 != 4, p);
    }
    for (int i = 0; i < 1500; i++) {
        fill(shipped, &random, 0, x);
        ut_infer_step(&a, x, i % 5 != 4, p);
        ut_infer_step(&b, x, i % 5 != 4, q);
    }
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        assert_in_range(p[c] - q[c] + 655, 0, 1310); /* 2 % */
}

static void nothing_stands_out_at_the_start(void **state)
{
    (void)state;
    struct ut_infer s;
    struct ut_contribution top[2] = {{1, 1}, {1, 1}};
    ut_infer_init(&s, shipped);
    ut_infer_explain(&s, top);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(top[k].group, UT_GROUP_NONE);
        assert_int_equal(top[k].value_q6, 0);
    }
}

/* Every kind of speech: the groups and values named are those that double precision finds. */
static void explanations_follow_double_precision(void **state)
{
    (void)state;
    const struct ut_model *m = shipped;
    int compared = 0, unnamed = 0, towards_frustration = 0, towards_delight = 0;
    for (uint32_t seed = 1; seed <= 24; seed++) {
        struct ut_infer s;
        struct ut_ref_infer judge;
        uint32_t random = seed;
        int32_t offset[UT_MODEL_INPUTS_MAX];
        ut_infer_init(&s, m);
        ut_ref_infer_init(&judge, m);
        for (int i = 0; i < m->inputs; i++)
            offset[i] = ut_signal_noise(&random, 32767) * 64 / m->input_mult[i]; /* +-2 spreads */
        for (int k = 0; k < 120; k++) {
            int16_t x[UT_MODEL_INPUTS_MAX];
            uint16_t p[UT_MODEL_CLASSES];
            double expected[UT_MODEL_CLASSES];
            fill(m, &random, 0, x);
            for (int i = 0; i < m->inputs; i++)
                x[i] = (int16_t)(x[i] + offset[i]);
            ut_infer_step(&s, x, k % 5 != 4, p);
            ut_ref_infer_step(&judge, x, k % 5 != 4, expected);
        }
        double effect[UT_GROUPS];
        struct ut_contribution top[2];
        ut_infer_explain(&s, top);
        ut_ref_infer_explain(&judge, effect);
        for (int k = 0; k < 2; k++) {
            int best = UT_GROUP_NONE;
            double second = 0;
            for (int g = 1; g < UT_GROUPS; g++)
                if (fabs(effect[g]) > fabs(effect[best])) {
                    second = fabs(effect[best]);
                    best = g;
                } else {
                    second = fmax(second, fabs(effect[g]));
                }
            if (fabs(effect[best]) - second < 0.04)
                break; /* too close to call */
            double q6 = fmin(fmax(effect[best] * 64, INT8_MIN), INT8_MAX);
            if (fabs(fabs(q6) - UT_INFER_LEAST_EFFECT_Q6) < 3)
                break;
            if (fabs(q6) < UT_INFER_LEAST_EFFECT_Q6) {
                assert_int_equal(top[k].group, UT_GROUP_NONE);
                assert_int_equal(top[k].value_q6, 0);
                unnamed++;
                break;
            }
            assert_int_equal(top[k].group, best);
            assert_true(fabs(top[k].value_q6 - q6) <= 2);
            compared++;
            towards_frustration += q6 > 0;
            towards_delight += q6 < 0;
            effect[best] = 0;
        }
    }
    print_message("%d groups named, %d too weak\n", compared, unnamed);
    assert_true(compared >= 12);
    assert_true(towards_frustration > 0 && towards_delight > 0);
}

/* One group whose effect is v, of a model of one input that counts: values end at those of int8, and the weak ones are
 * not named. */
static void effects_saturate_and_begin_at_their_least(void **state)
{
    (void)state;
    static const int16_t mean[2], input_mult[2] = {1 << 13, 1};
    static int8_t explain_w[(UT_GROUPS - 1) * 4];
    explain_w[4 * (UT_GROUP_PACE - 1)] = 1;
    const struct ut_model m = {
        .inputs = 2, .hidden = 2, .input_mean_q8 = mean, .input_mult = input_mult, .explain_w = explain_w};
    for (int v = -140; v <= 140; v++) {
        struct ut_infer s;
        struct ut_contribution top[2];
        int named = v <= -UT_INFER_LEAST_EFFECT_Q6 || v >= UT_INFER_LEAST_EFFECT_Q6;
        ut_infer_init(&s, &m);
        s.mean_x_q14[0] = v * 128;
        ut_infer_explain(&s, top);
        assert_int_equal(top[0].group, named ? UT_GROUP_PACE : UT_GROUP_NONE);
        assert_int_equal(top[0].value_q6, !named ? 0 : v < INT8_MIN ? INT8_MIN : v > INT8_MAX ? INT8_MAX : v);
        assert_int_equal(top[1].group, UT_GROUP_NONE);
        assert_int_equal(top[1].value_q6, 0);
    }
}

/* The head has one output more than there are classes: whatever it says is nobody's score. */
static void the_spare_output_counts_for_nothing(void **state)
{
    (void)state;
    int32_t bias[UT_LANES], mult_q31[UT_LANES];
    uint8_t shift[UT_LANES];
    struct ut_model m = *shipped;
    memcpy(bias, m.head.bias, sizeof bias);
    memcpy(mult_q31, m.head.mult_q31, sizeof mult_q31);
    memcpy(shift, m.head.shift, sizeof shift);
    bias[UT_LANES - 1] = 1 << 28;
    mult_q31[UT_LANES - 1] = INT32_MAX;
    shift[UT_LANES - 1] = 1;
    m.head.bias = bias;
    m.head.mult_q31 = mult_q31;
    m.head.shift = shift;
    struct ut_infer s, spare;
    uint32_t random = 21;
    ut_infer_init(&s, shipped);
    ut_infer_init(&spare, &m);
    for (int i = 0; i < 40; i++) {
        int16_t x[UT_MODEL_INPUTS_MAX];
        uint16_t p[UT_MODEL_CLASSES], q[UT_MODEL_CLASSES];
        fill(shipped, &random, 0, x);
        ut_infer_step(&s, x, 1, p);
        ut_infer_step(&spare, x, 1, q);
        assert_memory_equal(p, q, sizeof p);
    }
}

/* What is usual stays so in a long call: a single odd step is a 64th of it at most, however many went before. */
static void one_step_does_not_turn_the_means(void **state)
{
    (void)state;
    const struct ut_model *m = shipped;
    struct ut_infer s;
    int16_t usual[UT_MODEL_INPUTS_MAX], odd[UT_MODEL_INPUTS_MAX];
    uint16_t p[UT_MODEL_CLASSES];
    for (int i = 0; i < m->inputs; i++) {
        usual[i] = m->input_mean_q8[i];
        odd[i] = (int16_t)(usual[i] + 640);
    }
    ut_infer_init(&s, m);
    for (int k = 1; k <= 1200; k++) {
        int32_t before = s.mean_x_q14[0];
        const int odd_one = k >= 64;
        ut_infer_step(&s, odd_one && k % 2 == 0 ? odd : usual, 1, p);
        int32_t moved = s.mean_x_q14[0] - before;
        if (odd_one && k % 2 == 0)
            assert_in_range(moved, 1, 640 * 64 / 64 + 1);
        assert_true(odd_one || moved == 0);
    }
}

/* Pauses leave the explanation as it was. */
static void pauses_do_not_count(void **state)
{
    (void)state;
    const struct ut_model *m = shipped;
    struct ut_infer s;
    uint32_t random = 3;
    int16_t x[UT_MODEL_INPUTS_MAX];
    uint16_t p[UT_MODEL_CLASSES];
    struct ut_contribution before[2], after[2];
    ut_infer_init(&s, m);
    for (int i = 0; i < 50; i++) {
        fill(m, &random, 1, x);
        ut_infer_step(&s, x, 1, p);
    }
    ut_infer_explain(&s, before);
    assert_int_not_equal(before[0].group, UT_GROUP_NONE);
    for (int i = 0; i < 250; i++) {
        fill(m, &random, 1, x);
        ut_infer_step(&s, x, 0, p);
    }
    ut_infer_explain(&s, after);
    assert_memory_equal(before, after, sizeof before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_match),
        cmocka_unit_test(its_tables_are_built_in),
        cmocka_unit_test(weights_are_the_ones_named),
        cmocka_unit_test(shape_is_within_limits),
        cmocka_unit_test(speech_follows_double_precision),
        cmocka_unit_test(anything_follows_double_precision),
        cmocka_unit_test(posteriors_sum_to_one_whatever_comes),
        cmocka_unit_test(extreme_weights_are_survived),
        cmocka_unit_test(reset_is_new),
        cmocka_unit_test(the_past_fades),
        cmocka_unit_test(nothing_stands_out_at_the_start),
        cmocka_unit_test(explanations_follow_double_precision),
        cmocka_unit_test(effects_saturate_and_begin_at_their_least),
        cmocka_unit_test(the_spare_output_counts_for_nothing),
        cmocka_unit_test(one_step_does_not_turn_the_means),
        cmocka_unit_test(pauses_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
