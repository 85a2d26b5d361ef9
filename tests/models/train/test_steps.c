/* SPDX-License-Identifier: Apache-2.0 */
/* models/train/steps.c: what training hears is what the headset hears, to the last bit. */
#include "dsp/q.h"
#include "firmware/engine.h"
#include "models/train/steps.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
    SECONDS = 30,
    SAMPLES = SECONDS * UT_SIGNAL_RATE,
    STEPS_MAX = SAMPLES / (UT_CALLER_STEP_ROWS * UT_FRAME_HOP) + 1
};

static int16_t sound[SAMPLES];

/* Speech with a pause of more than ten seconds, after which the classifier starts afresh and the baseline does not. */
static int make_sound(void **state)
{
    struct ut_signal_voice voice;
    uint32_t noise = 3;
    (void)state;
    ut_signal_voice_init(&voice, 17);
    for (int i = 0; i < SAMPLES; i++) {
        int spoken = (i < 10 * UT_SIGNAL_RATE || i > 22 * UT_SIGNAL_RATE) && i / 16 % 1370 < 1040;
        int32_t melody_q4 = ut_signal_sin_q15((uint32_t)i * 200003u) * 45 * 16 >> 15;
        int16_t x = ut_signal_voice(&voice, (uint32_t)(190 * 16 + melody_q4), 4 * 16, spoken ? 4000 : 0);
        sound[i] = (int16_t)(x + ut_signal_noise(&noise, 20));
    }
    return 0;
}

static void training_hears_what_the_headset_hears(void **state)
{
    (void)state;
    static struct ut_engine engine;
    static int16_t x[STEPS_MAX * UT_FEATURES_N], own_q8[STEPS_MAX], views_q8[STEPS_MAX * UT_CALLER_INPUTS];
    static uint8_t speech[STEPS_MAX];
    static uint16_t posterior_q15[STEPS_MAX * UT_MODEL_CLASSES];
    int steps = ut_train_steps(sound, SAMPLES, x, own_q8, speech), at = 0, spoken = 0;
    assert_in_range(steps, STEPS_MAX - 3, STEPS_MAX);
    ut_train_call(&ut_model_default, steps, x, own_q8, speech, UT_ENGINE_FORGET_STEPS, posterior_q15, views_q8);
    assert_int_equal(ut_engine_init(&engine, &ut_model_default), 0);
    for (int i = 0; i < SAMPLES; i++) {
        struct ut_row row;
        int ready, step, step_speech;
        (void)ut_engine_push(&engine, sound + i, 1, 1, &row, &ready, &step, &step_speech);
        if (!step)
            continue;
        assert_in_range(at, 0, steps - 1);
        assert_int_equal(speech[at], step_speech);
        assert_memory_equal(posterior_q15 + at * UT_MODEL_CLASSES, engine.last.posterior_q15,
                            sizeof engine.last.posterior_q15);
        /* the engine's own step has its levels moved to the slow own level */
        assert_memory_equal(views_q8 + at * UT_CALLER_INPUTS, engine.caller.x_q8, sizeof engine.caller.x_q8);
        assert_memory_equal(x + at * UT_FEATURES_N + UT_X_F0, engine.caller.x_q8 + UT_X_F0, 2 * sizeof *x);
        spoken += step_speech;
        at++;
    }
    assert_int_equal(at, steps);
    assert_in_range(spoken, 100, steps - 275);
}

static void rows_and_peaks_are_the_front_ends(void **state)
{
    (void)state;
    enum { ROWS = SAMPLES / UT_FRAME_HOP };
    static struct ut_features features;
    static uint16_t f0_q4[ROWS];
    static int16_t x[ROWS * UT_PITCH_INPUTS], peak_q8[ROWS * UT_PACE_INPUTS];
    int rows = ut_train_pitch(sound, SAMPLES, f0_q4, x), at = 0, voiced = 0;
    int peaks = ut_train_peaks(sound, SAMPLES, peak_q8), peak = 0;
    ut_features_init(&features);
    for (int i = 0; i < SAMPLES; i++) {
        struct ut_row row;
        int ready;
        (void)ut_features_push(&features, sound + i, 1, 1, &row, &ready);
        if (!ready)
            continue;
        assert_memory_equal(x + at * UT_PITCH_INPUTS, features.pitch.x, sizeof features.pitch.x);
        if (row.f0_q4 != 0)
            assert_int_equal(row.f0_q4, f0_q4[at]);
        voiced += row.f0_q4 != 0;
        if (features.pace.weighed)
            assert_memory_equal(peak_q8 + UT_PACE_INPUTS * peak++, features.pace.x_q8, 2 * UT_PACE_INPUTS);
        at++;
    }
    assert_int_equal(at, rows);
    assert_in_range(voiced, 500, rows);
    assert_int_equal(peak, peaks);
    assert_in_range(peaks, 20, rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(training_hears_what_the_headset_hears),
                                       cmocka_unit_test(rows_and_peaks_are_the_front_ends)};
    return cmocka_run_group_tests(tests, make_sound, NULL);
}
