/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/engine.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SECOND = UT_SIGNAL_RATE };

/* A voice with short and long pauses, a melody, a loud passage and some noise. */
struct speaker {
    struct ut_signal_voice voice;
    uint32_t noise;
    uint32_t n;
};

static void speaker_init(struct speaker *s)
{
    ut_signal_voice_init(&s->voice, 17);
    s->noise = 23;
    s->n = 0;
}

static int16_t speaker_next(struct speaker *s)
{
    uint32_t t_ms = s->n / 16;
    int32_t melody_q4 = ut_signal_sin_q15(s->n * 200003u) * 45 * 16 >> 15;
    int32_t strength = t_ms % 7000 < 6000 && t_ms % 1370 < 1040 ? (t_ms % 9000 < 5000 ? 4000 : 10000) : 0;
    int32_t x = ut_signal_voice(&s->voice, (uint32_t)(190 * 16 + melody_q4), 4 * 16, strength);
    s->n++;
    return (int16_t)(x + ut_signal_noise(&s->noise, 20));
}

static struct ut_engine engine, twin;

static void test_wrong_features_version(void **state)
{
    (void)state;
    struct ut_model other = ut_model_default;
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    other.features_version++;
    assert_int_equal(ut_engine_init(&engine, &other), UT_ERR_FEATURES_VERSION);
    other = ut_model_default;
    other.tables ^= 1;
    assert_int_equal(ut_engine_init(&engine, &other), UT_ERR_FEATURES_VERSION);
    other = ut_model_default;
    other.inputs = UT_CALLER_INPUTS - 2;
    assert_int_equal(ut_engine_init(&engine, &other), UT_ERR_FEATURES_VERSION);
    other.inputs = UT_CALLER_INPUTS + 2;
    assert_int_equal(ut_engine_init(&engine, &other), UT_ERR_FEATURES_VERSION);
}

static void check_equal(const struct ut_score *a, const struct ut_score *b)
{
    assert_memory_equal(a->posterior_q15, b->posterior_q15, sizeof a->posterior_q15);
    assert_int_equal(a->frustration_q15, b->frustration_q15);
    assert_int_equal(a->delight_q15, b->delight_q15);
    assert_int_equal(a->confidence_q15, b->confidence_q15);
    assert_int_equal(a->abstain, b->abstain);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(a->top[i].group, b->top[i].group);
        assert_int_equal(a->top[i].value_q6, b->top[i].value_q6);
    }
}

/* One sample at a time, strided, against any number at a time: the same rows, steps and scores. */
static void test_chunk_size_does_not_matter(void **state)
{
    (void)state;
    static int16_t chunk[700];
    struct speaker speaker;
    uint32_t random = 31;
    int rows = 0, steps = 0;
    speaker_init(&speaker);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    assert_int_equal(ut_engine_init(&twin, &ut_model_default), 0);
    for (int left = 2 * SECOND; left > 0;) {
        int n = 1 + (int)(ut_signal_random(&random) % 700);
        n = n < left ? n : left;
        left -= n;
        for (int i = 0; i < n; i++)
            chunk[i] = speaker_next(&speaker);
        for (int from = 0; from < n;) {
            struct ut_row row, row1;
            int ready, step, step_speech, ready1 = 0, step1 = 0, step_speech1 = 0;
            int taken = ut_engine_push(&engine, chunk + from, 1, n - from, &row, &ready, &step, &step_speech);
            assert_in_range(taken, 1, n - from);
            for (int i = 0; i < taken; i++) {
                const int16_t pair[2] = {chunk[from + i], -1};
                assert_int_equal(ready1, 0);
                assert_int_equal(ut_engine_push(&twin, pair, 2, 1, &row1, &ready1, &step1, &step_speech1), 1);
            }
            from += taken;
            assert_int_equal(ready1, ready);
            assert_int_equal(step1, step);
            assert_int_equal(step_speech1, step_speech);
            if (!ready)
                continue;
            assert_memory_equal(row1.x, row.x, sizeof row.x);
            assert_int_equal(row1.t_ms, row.t_ms);
            assert_int_equal(row.t_ms, 10 * rows++);
            assert_int_equal(step, rows % UT_CALLER_STEP_ROWS == 0);
            steps += step;
            if (rows % 25 == 0) {
                struct ut_score a, b;
                ut_engine_take(&engine, &a);
                ut_engine_take(&twin, &b);
                check_equal(&a, &b);
            }
        }
    }
    assert_int_equal(rows, 200 - UT_FEATURES_DELAY_ROWS);
    assert_int_equal(steps, rows / 4);
}

/* The classifier sees each step beside the caller's past, and the caller learns of its answers; a score is their mean
 * over speech. */
static void test_scores_are_means_over_speech(void **state)
{
    (void)state;
    static struct ut_infer infer;
    static struct ut_caller caller;
    struct speaker speaker;
    uint32_t sum[UT_MODEL_CLASSES] = {0}, steps = 0;
    int rows = 0, speech = 0, with = 0, without = 0;
    struct ut_score score, before;
    memset(&before, 0, sizeof before);
    speaker_init(&speaker);
    ut_infer_init(&infer, &ut_model_default);
    ut_caller_init(&caller, ut_model_default.input_mean_q8);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < 9 * SECOND; i++) {
        struct ut_row row;
        uint16_t posterior[UT_MODEL_CLASSES];
        int ready, step, step_speech;
        int16_t x = speaker_next(&speaker);
        (void)ut_engine_push(&engine, &x, 1, 1, &row, &ready, &step, &step_speech);
        if (!ready)
            continue;
        rows++;
        speech += row.speech;
        assert_int_equal(ut_caller_row(&caller, &row, (engine.features.own_level_q16 + 128) >> 8), step);
        if (step) {
            int16_t views_q8[UT_CALLER_INPUTS];
            ut_caller_views(&caller, views_q8);
            ut_infer_step(&infer, views_q8, speech >= 3, posterior);
            ut_caller_learn(&caller, posterior[UT_MODEL_OTHER]);
            assert_memory_equal(engine.last.posterior_q15, posterior, sizeof posterior);
            assert_int_equal(step_speech, speech >= 3);
            if (step_speech && engine.voiced_rows >= UT_ENGINE_HEARD_ROWS) {
                steps++;
                for (int k = 0; k < UT_MODEL_CLASSES; k++)
                    sum[k] += posterior[k];
            }
            speech = 0;
        }
        if (rows % 25 != 0)
            continue;
        ut_engine_take(&engine, &score);
        if (steps > 0) {
            with++;
            assert_int_equal(score.frustration_q15, (sum[0] + steps / 2) / steps);
            assert_int_equal(score.delight_q15, (sum[1] + steps / 2) / steps);
            uint32_t largest = sum[0] > sum[1] ? sum[0] : sum[1];
            largest = largest > sum[2] ? largest : sum[2];
            assert_int_equal(score.confidence_q15, (largest + steps / 2) / steps);
        } else if (rows > 100) {
            without++;
            assert_true(score.frustration_q15 < before.frustration_q15 || before.frustration_q15 == 0);
            assert_true(score.delight_q15 < before.delight_q15 || before.delight_q15 == 0);
            assert_true(score.confidence_q15 < before.confidence_q15 || before.confidence_q15 == 0);
        }
        before = score;
        memset(sum, 0, sizeof sum);
        steps = 0;
    }
    assert_memory_equal(&engine.caller, &caller, sizeof caller);
    assert_true(ut_caller_known(&caller) > 20);
    assert_in_range(with, 15, 35);
    assert_in_range(without, 2, 20);
}

/* The classifier starts afresh once ten seconds hold no speech step, and not before. */
static void test_ten_seconds_without_speech_are_forgotten(void **state)
{
    (void)state;
    struct speaker speaker;
    int steps = 0, silent = 0;
    speaker_init(&speaker);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < 16 * SECOND; i++) {
        struct ut_row row;
        int ready, step, step_speech;
        int16_t x = i < 4 * SECOND ? speaker_next(&speaker) : 0;
        static struct ut_infer once;
        (void)ut_engine_push(&engine, &x, 1, 1, &row, &ready, &step, &step_speech);
        if (!step)
            continue;
        steps++;
        silent = step_speech ? 0 : silent + 1;
        if (silent == UT_ENGINE_FORGET_STEPS + 1) {
            /* what the memory is after a single step from the start: the input's history says so */
            for (int k = 0; k < (UT_MODEL_CONV_TAPS - 1) * ut_model_default.inputs; k++)
                assert_int_equal(engine.infer.conv1[k], 0);
            once = engine.infer;
        } else if (silent > UT_ENGINE_FORGET_STEPS + 1) {
            assert_memory_equal(engine.infer.hidden_q15, once.hidden_q15, sizeof once.hidden_q15);
        } else if (steps > 3) {
            int32_t sum = 0;
            for (int k = 0; k < ut_model_default.inputs; k++)
                sum |= engine.infer.conv1[k];
            assert_true(sum != 0);
        }
    }
    assert_true(silent > UT_ENGINE_FORGET_STEPS + 20);
}

/* A sound of two tenths of a second after a long pause is speech to the rows, and moves no score. */
static void test_a_short_sound_moves_no_score(void **state)
{
    (void)state;
    struct speaker speaker;
    struct ut_score score;
    int rows = 0, steps = 0;
    speaker_init(&speaker);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < 8 * SECOND; i++) {
        struct ut_row row;
        int ready, step, step_speech;
        int16_t x = i > 6 * SECOND && i < 6 * SECOND + SECOND / 5 ? speaker_next(&speaker) : 0;
        (void)ut_engine_push(&engine, &x, 1, 1, &row, &ready, &step, &step_speech);
        steps += step_speech;
        if (!ready || ++rows % 25 != 0)
            continue;
        ut_engine_take(&engine, &score);
        assert_int_equal(score.frustration_q15 | score.delight_q15 | score.confidence_q15, 0);
    }
    assert_true(steps > 0);
}

static void take_posterior(uint32_t frustration, uint32_t delight, uint32_t other, struct ut_score *score)
{
    engine.sum_posterior_q15[0] = 5 * frustration;
    engine.sum_posterior_q15[1] = 5 * delight;
    engine.sum_posterior_q15[2] = 5 * other;
    engine.sum_steps = 5;
    ut_engine_take(&engine, score);
}

static void test_confidence(void **state)
{
    (void)state;
    struct ut_score score;
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    take_posterior(32768, 0, 0, &score);
    assert_int_equal(score.frustration_q15, 32768);
    assert_int_equal(score.confidence_q15, 32768);
    take_posterior(1000, 20000, 11768, &score);
    assert_int_equal(score.confidence_q15, 20000);
    take_posterior(10922, 10923, 10924, &score); /* "other" counts as much as the classes that are shown */
    assert_int_equal(score.confidence_q15, 10924);
}

static void test_score_comes_to_rest_within_ten_seconds(void **state)
{
    (void)state;
    struct ut_score score;
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    take_posterior(32768, 0, 0, &score);
    ut_engine_take(&engine, &score);
    assert_int_equal(score.frustration_q15, 32768 - 4096 - 128);
    int takes = 1;
    while (score.frustration_q15 > 0 || score.confidence_q15 > 0) {
        uint16_t before = score.frustration_q15;
        ut_engine_take(&engine, &score);
        assert_true(score.frustration_q15 < before);
        takes++;
    }
    assert_in_range(takes, 20, 27);
}

static void test_without_classifier(void **state)
{
    (void)state;
    struct speaker speaker;
    struct ut_score score;
    int rows = 0, steps = 0, speech_steps = 0;
    speaker_init(&speaker);
    assert_int_equal(ut_engine_init(&engine, NULL), 0);
    for (int i = 0; i < 3 * SECOND; i++) {
        struct ut_row row;
        int ready, step, step_speech;
        int16_t x = speaker_next(&speaker);
        (void)ut_engine_push(&engine, &x, 1, 1, &row, &ready, &step, &step_speech);
        steps += step;
        speech_steps += step_speech;
        if (!ready || ++rows % 25 != 0)
            continue;
        ut_engine_take(&engine, &score);
        assert_int_equal(score.frustration_q15 | score.delight_q15 | score.confidence_q15, 0);
        assert_int_equal(score.abstain, UT_ABSTAIN_LITTLE);
        assert_int_equal(score.top[0].group, UT_GROUP_NONE);
    }
    assert_int_equal(steps, rows / 4);
    assert_true(speech_steps > 20); /* speech is still told from silence */
}

/* Which reason is given when several hold, and where each begins. */
static void test_reasons_to_abstain(void **state)
{
    (void)state;
    static const struct {
        int voiced, tonal, clipped, snr_q8;
        uint8_t reason;
    } when[] = {
        {50, 0, 0, 2560, UT_ABSTAIN_NONE},     {500, 250, 800, 5000, UT_ABSTAIN_NONE},
        {49, 0, 0, 5000, UT_ABSTAIN_LITTLE},   {150, 0, 801, 5000, UT_ABSTAIN_CLIPPING},
        {150, 0, 0, 2559, UT_ABSTAIN_NOISE},   {150, 251, 0, 5000, UT_ABSTAIN_HOLD},
        {150, 0, 801, 0, UT_ABSTAIN_CLIPPING}, {0, 0, 801, 0, UT_ABSTAIN_LITTLE},
        {0, 251, 801, 0, UT_ABSTAIN_HOLD},
    };
    for (size_t i = 0; i < sizeof when / sizeof when[0]; i++) {
        struct ut_score score;
        assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
        engine.voiced_rows = when[i].voiced;
        engine.tonal_rows = when[i].tonal;
        engine.clipped_samples = when[i].clipped;
        engine.snr_q8 = (int16_t)when[i].snr_q8;
        take_posterior(20000, 8000, 4768, &score);
        assert_int_equal(score.abstain, when[i].reason);
        assert_int_equal(score.frustration_q15, 20000); /* the score stays beside the reason */
    }
}

/* The counts behind the reasons cover exactly the last 500 rows. */
static void test_window_counts(void **state)
{
    (void)state;
    static uint8_t voiced[UT_ENGINE_WINDOW_ROWS], tonal[UT_ENGINE_WINDOW_ROWS], clipped[UT_ENGINE_WINDOW_ROWS];
    struct speaker speaker;
    uint32_t phase = 0;
    int rows = 0, most_voiced = 0, most_clipped = 0;
    memset(voiced, 0, sizeof voiced);
    memset(tonal, 0, sizeof tonal);
    memset(clipped, 0, sizeof clipped);
    speaker_init(&speaker);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < 12 * SECOND; i++) {
        struct ut_row row;
        int ready, step, step_speech;
        int32_t x = speaker_next(&speaker);
        if (i >= 2 * SECOND && i < 3 * SECOND)
            x = x > 0 ? 32767 : -32768;
        if (i >= 9 * SECOND)
            x = ut_signal_sine(&phase, 440 * 16, 8000);
        int16_t sample = (int16_t)x;
        (void)ut_engine_push(&engine, &sample, 1, 1, &row, &ready, &step, &step_speech);
        if (!ready)
            continue;
        voiced[rows % UT_ENGINE_WINDOW_ROWS] = row.speech && row.f0_q4 != 0;
        tonal[rows % UT_ENGINE_WINDOW_ROWS] = row.tonal;
        clipped[rows % UT_ENGINE_WINDOW_ROWS] = row.clipped;
        if (++rows % 50 != 0)
            continue;
        int32_t sum_voiced = 0, sum_tonal = 0, sum_clipped = 0;
        for (int k = 0; k < UT_ENGINE_WINDOW_ROWS; k++) {
            sum_voiced += voiced[k];
            sum_tonal += tonal[k];
            sum_clipped += clipped[k];
        }
        assert_int_equal(engine.voiced_rows, sum_voiced);
        assert_int_equal(engine.tonal_rows, sum_tonal);
        assert_int_equal(engine.clipped_samples, sum_clipped);
        assert_int_equal(engine.snr_q8, row.snr_q8);
        most_voiced = sum_voiced > most_voiced ? sum_voiced : most_voiced;
        most_clipped = sum_clipped > most_clipped ? sum_clipped : most_clipped;
    }
    assert_true(most_voiced >= UT_ENGINE_VOICED_ROWS);
    assert_in_range(most_clipped, SECOND - 1000, SECOND);
}

static void test_silence(void **state)
{
    (void)state;
    static const int16_t zeros[UT_FRAME_HOP] = {0};
    struct ut_score score;
    int rows = 0;
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    while (rows < 600) {
        struct ut_row row;
        int ready, step, step_speech;
        (void)ut_engine_push(&engine, zeros, 1, UT_FRAME_HOP, &row, &ready, &step, &step_speech);
        assert_int_equal(step_speech, 0);
        rows += ready;
        if (!ready || rows % 25 != 0)
            continue;
        ut_engine_take(&engine, &score);
        assert_int_equal(score.frustration_q15 | score.delight_q15 | score.confidence_q15, 0);
        assert_int_equal(score.abstain, UT_ABSTAIN_LITTLE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_features_version),
        cmocka_unit_test(test_chunk_size_does_not_matter),
        cmocka_unit_test(test_scores_are_means_over_speech),
        cmocka_unit_test(test_ten_seconds_without_speech_are_forgotten),
        cmocka_unit_test(test_a_short_sound_moves_no_score),
        cmocka_unit_test(test_confidence),
        cmocka_unit_test(test_score_comes_to_rest_within_ten_seconds),
        cmocka_unit_test(test_without_classifier),
        cmocka_unit_test(test_reasons_to_abstain),
        cmocka_unit_test(test_window_counts),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
