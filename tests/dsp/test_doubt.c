/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/doubt.h"

#include "dsp/features.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_doubt doubt;
static int16_t measured_q8[UT_DOUBT_MEASUREMENTS];
static struct ut_spectrum spectrum;

static int setup(void **state)
{
    (void)state;
    ut_doubt_init(&doubt);
    memset(measured_q8, 0, sizeof measured_q8);
    memset(&spectrum, 0, sizeof spectrum);
    return 0;
}

static void row(double hz)
{
    ut_doubt_row(&doubt, measured_q8, &spectrum, (uint16_t)lround(hz * 16));
}

static void silent_until_the_fourth_row(void **state)
{
    (void)state;
    memset(doubt.x_q8, 1, sizeof doubt.x_q8);
    for (int i = 1; i <= 3 * UT_DOUBT_ROWS; i++) {
        const int32_t before = doubt.doubt_q16;
        int16_t x_q8[UT_DOUBT_INPUTS];
        memcpy(x_q8, doubt.x_q8, sizeof x_q8);
        measured_q8[0] = (int16_t)(100 * i);
        row(0);
        if (i % UT_DOUBT_ROWS != 0) {
            assert_int_equal(doubt.doubt_q16, before);
            assert_memory_equal(x_q8, doubt.x_q8, sizeof x_q8);
        } else {
            assert_int_equal(doubt.x_q8[0], 100 * i - 150); /* the mean of the four */
        }
    }
}

static void bands_stand_against_their_mean(void **state)
{
    (void)state;
    for (int i = 0; i < UT_DOUBT_ROWS; i++) {
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            spectrum.mel_q8[b] = (int16_t)(256 * (-80 + b + i));
        row(0);
    }
    for (int pair = 0; pair < UT_DOUBT_BANDS; pair++) /* 2 pair + 1/2 against 9 1/2 */
        assert_int_equal(doubt.x_q8[UT_DOUBT_MEASUREMENTS + pair], 256 * (2 * pair - 9));
}

static void a_note_stands_still_and_a_melody_leaps(void **state)
{
    (void)state;
    for (int i = 0; i < UT_DOUBT_ROWS; i++)
        row(220);
    assert_int_equal(doubt.x_q8[UT_DOUBT_PITCH], 24 * 256); /* two octaves above 55 Hz */
    assert_int_equal(doubt.x_q8[UT_DOUBT_MOVED], 0);
    assert_int_equal(doubt.x_q8[UT_DOUBT_STILL], 3 * 64); /* nothing came before the first */
    for (int i = 0; i < UT_DOUBT_ROWS; i++)
        row(220);
    assert_int_equal(doubt.x_q8[UT_DOUBT_STILL], 256);
    row(440); /* a leap counts as two semitones, */
    row(440);
    row(0); /* and a pause parts what is beside it */
    row(220);
    assert_int_equal(doubt.x_q8[UT_DOUBT_PITCH], (36 + 36 + 24) * 256 / 3);
    assert_int_equal(doubt.x_q8[UT_DOUBT_MOVED], 256);
    assert_int_equal(doubt.x_q8[UT_DOUBT_STILL], 64);
    double hz = 220;
    for (int i = 0; i < UT_DOUBT_ROWS; i++)
        row(hz *= pow(2, 0.5 / 12));
    assert_in_range(doubt.x_q8[UT_DOUBT_MOVED], 126, 130);
    assert_int_equal(doubt.x_q8[UT_DOUBT_STILL], 0);
    for (int i = 0; i < UT_DOUBT_ROWS; i++)
        row(0);
    assert_int_equal(doubt.x_q8[UT_DOUBT_PITCH], 0);
    assert_int_equal(doubt.x_q8[UT_DOUBT_MOVED], 0);
}

static double rounded(double x)
{
    return floor(x + 0.5);
}

static double limited(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* A unit's sum, Q17, of inputs and state as SPEC.md has them: weights in their own order. */
static double summed(const double *z, const double *h, const int8_t *w, int32_t bias)
{
    static const int place[4] = {0, 2, 1, 3};
    double sum = bias;
    for (int i = 0; i < UT_DOUBT_INPUTS + UT_DOUBT_UNITS; i++)
        sum += (i < UT_DOUBT_INPUTS ? z[i] : h[i - UT_DOUBT_INPUTS]) * w[(i & ~3) + place[i & 3]];
    return sum;
}

/* One step from the inputs of the last one, as SPEC.md has it, in doubles, which hold all of these numbers. */
static int32_t stepped(const struct ut_doubt *d, double h[UT_DOUBT_UNITS])
{
    static const int place[4] = {0, 2, 1, 3};
    double z[UT_DOUBT_INPUTS], next[UT_DOUBT_UNITS], out = ut_doubt_net_out_bias_q17;
    for (int i = 0; i < UT_DOUBT_INPUTS; i++)
        z[i] = limited(rounded((d->x_q8[i] - ut_doubt_net_centre_q8[i]) * (double)ut_doubt_net_gain_q12[i] / 256),
                       INT16_MIN, INT16_MAX);
    for (int u = 0; u < UT_DOUBT_UNITS; u++) {
        double update = summed(z, h, ut_doubt_net_update_q5[u], ut_doubt_net_update_bias_q17[u]);
        double candidate = summed(z, h, ut_doubt_net_candidate_q5[u], ut_doubt_net_candidate_bias_q17[u]);
        double keep = limited(16384 + rounded(update / 16), 0, 32768), n = limited(rounded(candidate / 32), 0, 16384);
        next[u] = n + rounded(keep * (h[u] - n) / 32768);
    }
    for (int u = 0; u < UT_DOUBT_UNITS; u++) {
        h[u] = next[u];
        assert_int_equal(d->state_q12[u], (int)h[u]);
        out += h[u] * ut_doubt_net_out_q5[(u & ~3) + place[u & 3]];
    }
    return out < 0 ? (int32_t)rounded(out / 2) : 0;
}

/* Inputs of every size, then those of a voice, of a chord and of noise. */
static void as_specified(void **state)
{
    (void)state;
    static struct ut_features features;
    uint32_t seed = 4, phase[3] = {0, 0, 0};
    double h[UT_DOUBT_UNITS] = {0}, heard[UT_DOUBT_UNITS] = {0};
    for (int step = 0; step < 2000; step++) {
        for (int i = 0; i < UT_DOUBT_ROWS; i++) {
            for (int k = 0; k < UT_DOUBT_MEASUREMENTS; k++)
                measured_q8[k] = (int16_t)(ut_signal_random(&seed) % (48 * 256) >> (step / 64 % 4));
            for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
                spectrum.mel_q8[b] = (int16_t) - (int32_t)(ut_signal_random(&seed) % (110 * 256));
            row(ut_signal_random(&seed) % 3 != 0 ? 60 + ut_signal_random(&seed) % 440 : 0);
        }
        assert_int_equal(doubt.doubt_q16, stepped(&doubt, h));
    }
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 3);
    ut_features_init(&features);
    int doubted = 0, slight = 0, rows = 0;
    for (int i = 0; i < 60 * UT_SIGNAL_RATE; i++) {
        struct ut_row ready_row;
        int ready, second = i / UT_SIGNAL_RATE % 15;
        int16_t x = ut_signal_noise(&seed, second < 10 ? 30 : 3000);
        if (second < 5)
            x = (int16_t)(x + ut_signal_voice(&voice, 150 * 16, 4 * 16, 6000));
        else if (second < 10)
            for (int k = 0; k < 3; k++)
                x = (int16_t)(x + ut_signal_sine(&phase[k], (uint32_t)(i / 8000 % 4 * 20 + 262 + 66 * k) * 16, 3000));
        ut_features_push(&features, &x, 1, 1, &ready_row, &ready);
        if (!ready)
            continue;
        rows++;
        if ((rows + UT_FEATURES_LOOKAHEAD - 2) % UT_DOUBT_ROWS == 0) { /* the stage is so many rows ahead */
            const int32_t expected = stepped(&features.speech.doubt, heard);
            assert_int_equal(features.speech.doubt.doubt_q16, expected);
            doubted += expected < -65536;
            slight += expected > -16384;
        }
    }
    assert_true(doubted > 100 && slight > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(silent_until_the_fourth_row, setup),
        cmocka_unit_test_setup(bands_stand_against_their_mean, setup),
        cmocka_unit_test_setup(a_note_stands_still_and_a_melody_leaps, setup),
        cmocka_unit_test_setup(as_specified, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
