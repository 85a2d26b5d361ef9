/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/two_channels.h"

#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 3000, TURN = 300, DB = 256, NOISE_Q8 = -95 * 256, VOICE_Q8 = -20 * 256 };

static int16_t voice[2][ROWS][UT_SPECTRUM_BANDS]; /* dBFS Q8, each party alone; the parties take turns of 3 s */
static struct ut_two_channels t;

/* Syllables of 80 to 230 ms whose bands move on their own: as lively as speech, and the same everywhere. */
static void speak(void)
{
    uint32_t random = 7;
    int32_t band_q8[2][UT_SPECTRUM_BANDS] = {{0}}, target_q8[2][UT_SPECTRUM_BANDS] = {{0}};
    int left[2] = {0, 0};
    for (int row = 0; row < ROWS; row++)
        for (int who = 0; who < 2; who++) {
            int speaks = row / TURN % 2 == who;
            if (left[who]-- == 0) {
                left[who] = 8 + (int)(ut_signal_random(&random) % 16);
                int32_t loud_q8 = -(int32_t)(ut_signal_random(&random) % 20) * DB;
                for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
                    target_q8[who][b] = VOICE_Q8 + loud_q8 - (int32_t)(ut_signal_random(&random) % 20) * DB;
            }
            for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
                int32_t noise_q8 = NOISE_Q8 + (int32_t)(ut_signal_random(&random) % 1024);
                band_q8[who][b] += (target_q8[who][b] - band_q8[who][b]) / 4;
                voice[who][row][b] = (int16_t)(speaks && band_q8[who][b] > noise_q8 ? band_q8[who][b] : noise_q8);
            }
        }
}

/* What a channel holds: its party, and the other one's sound so many rows late and so many dB fainter (0 = all of it,
 * 127 = nothing). */
static void channel(int who, int row, int late, int fainter, struct ut_spectrum *x)
{
    memset(x, 0, sizeof *x);
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        int32_t own = voice[who][row][b], other = row >= late ? voice[1 - who][row - late][b] - fainter * DB : own;
        x->mel_q8[b] = (int16_t)(fainter < 127 && other > own ? other : own);
    }
}

struct counts {
    int own, own_foreign, other, other_foreign; /* rows of the second half: who speaks in channel 0 */
};

/* Rows [from, ROWS) with these leaks into the two channels. */
static struct counts play(int from, int late0, int fainter0, int late1, int fainter1)
{
    struct counts n = {0};
    for (int row = from; row < ROWS; row++) {
        struct ut_spectrum x[2];
        channel(0, row, late0, fainter0, &x[0]);
        channel(1, row, late1, fainter1, &x[1]);
        ut_two_channels_hop(&t, &x[0], &x[1]);
        int speaks0 = row / TURN % 2 == 0;
        const uint8_t speech[2] = {(uint8_t)(speaks0 && !t.foreign[0]), (uint8_t)(!speaks0 && !t.foreign[1])};
        ut_two_channels_heard(&t, speech);
        if (row < ROWS / 2 || row % TURN < 60) /* a leak is late */
            continue;
        n.own += speaks0;
        n.own_foreign += speaks0 && t.foreign[0];
        n.other += !speaks0;
        n.other_foreign += !speaks0 && t.foreign[0];
    }
    return n;
}

static int set_up(void **state)
{
    (void)state;
    speak();
    ut_two_channels_init(&t);
    return 0;
}

static void parties_apart_are_separate(void **state)
{
    (void)state;
    struct counts n = play(0, 0, 127, 0, 127);
    assert_int_equal(t.state, UT_CHANNELS_SEPARATE);
    assert_int_equal(n.own_foreign, 0);
    assert_int_equal(n.other_foreign, 0);
    assert_false(ut_two_channels_about(&t, 0) || ut_two_channels_about(&t, 1));
}

static void a_leak_is_found_at_its_delay_and_gain(void **state)
{
    (void)state;
    static const int late[] = {0, 1, 6, 20, 41}, fainter[] = {12, 20, 30};
    for (size_t i = 0; i < sizeof late / sizeof *late; i++)
        for (size_t k = 0; k < sizeof fainter / sizeof *fainter; k++) {
            ut_two_channels_init(&t);
            struct counts n = play(0, late[i], fainter[k], 0, 127);
            assert_int_equal(t.state, UT_CHANNELS_LEAK);
            assert_true(ut_two_channels_about(&t, 0) && !ut_two_channels_about(&t, 1));
            assert_true(abs(t.path[0].lag - late[i]) <= 1);
            assert_true(abs(ut_two_channels_gain_q8(&t, 0) + fainter[k] * DB) < 3 * DB);
            assert_true(n.other_foreign > n.other * 9 / 10);
            assert_true(n.own_foreign < n.own / 20);
        }
}

static void leaks_both_ways_are_found(void **state)
{
    (void)state;
    struct counts n = play(0, 6, 16, 15, 20);
    assert_int_equal(t.state, UT_CHANNELS_LEAK);
    assert_true(abs(t.path[0].lag - 6) <= 1 && abs(t.path[1].lag - 15) <= 1);
    assert_true(n.other_foreign > n.other * 9 / 10);
    assert_true(n.own_foreign < n.own / 20);
}

static void a_change_of_delay_is_followed(void **state)
{
    (void)state;
    (void)play(ROWS / 2, 6, 16, 0, 127);
    assert_true(abs(t.path[0].lag - 6) <= 1);
    struct counts n = play(0, 22, 16, 0, 127);
    assert_true(abs(t.path[0].lag - 22) <= 1);
    assert_true(n.other_foreign > n.other * 9 / 10);
}

static void a_leak_that_ends_is_forgotten(void **state)
{
    (void)state;
    (void)play(0, 6, 16, 0, 127);
    assert_int_equal(t.state, UT_CHANNELS_LEAK);
    struct counts n = play(0, 0, 127, 0, 127);
    assert_int_equal(t.state, UT_CHANNELS_SEPARATE);
    assert_int_equal(n.own_foreign, 0);
}

/* One channel holds both parties, and so does the other. */
static void a_copy_is_the_same(void **state)
{
    (void)state;
    static const int late[] = {0, 15}, fainter[] = {0, 5};
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 2; k++) {
            ut_two_channels_init(&t);
            for (int row = 0; row < ROWS; row++) {
                struct ut_spectrum x[2];
                channel(0, row, 0, 0, &x[0]);
                channel(0, row >= late[i] ? row - late[i] : 0, 0, 0, &x[1]);
                for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
                    x[1].mel_q8[b] = (int16_t)(x[1].mel_q8[b] - fainter[k] * DB);
                ut_two_channels_hop(&t, &x[0], &x[1]);
            }
            assert_int_equal(t.state, UT_CHANNELS_SAME);
            assert_true(ut_two_channels_about(&t, 1));
            assert_true(fainter[k] > 4 || (t.foreign[0] == 0 && t.foreign[1] == 0));
        }
}

static void a_leg_without_speech_is_silent_or_empty(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        ut_two_channels_init(&t);
        for (int row = 0; row < 2 * UT_TWO_CHANNELS_HEARD; row++) {
            struct ut_spectrum x[2];
            channel(0, row % TURN, 0, 127, &x[0]);
            channel(1, row % TURN, 0, 127, &x[1]);
            for (int b = 0; b < UT_SPECTRUM_BANDS && empty; b++)
                x[1].mel_q8[b] = UT_SPECTRUM_FLOOR_Q8;
            ut_two_channels_hop(&t, &x[0], &x[1]);
            const uint8_t speech[2] = {1, 0};
            ut_two_channels_heard(&t, speech);
            assert_int_equal(t.path[0].found | t.path[1].found, 0);
            assert_true(row >= UT_TWO_CHANNELS_HEARD - 2 || t.state == UT_CHANNELS_UNKNOWN);
        }
        assert_int_equal(t.state, empty ? UT_CHANNELS_ONE : UT_CHANNELS_SILENT);
        assert_true(ut_two_channels_about(&t, 1) && !ut_two_channels_about(&t, 0));
    }
}

static void any_bands_are_taken(void **state)
{
    (void)state;
    uint32_t random = 3;
    for (int row = 0; row < ROWS; row++) {
        struct ut_spectrum x[2] = {{{0}, 0}, {{0}, 0}};
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            for (int i = 0; i < 2; i++)
                x[i].mel_q8[b] = (ut_signal_random(&random) & 1) != 0 ? UT_SPECTRUM_FLOOR_Q8 : UT_SPECTRUM_TOP_Q8;
        ut_two_channels_hop(&t, &x[0], &x[1]);
        assert_true(t.state < UT_CHANNELS_STATES && t.path[0].lag < UT_TWO_CHANNELS_LAGS);
    }
    assert_int_equal(t.path[0].found, 0); /* chance is no leak */
    assert_int_equal(t.path[1].found, 0);
}

/* A source that lacks the highest bands, whose leak meets noise there: a gain above 0, and then a whistle. */
static void what_is_expected_stays_within_its_range(void **state)
{
    (void)state;
    enum { HIGHEST = UT_SPECTRUM_BANDS * 3 / 4 };
    struct ut_spectrum x[2];
    for (int row = 0; row < ROWS; row++) {
        channel(0, row, 0, 20, &x[0]);
        channel(1, row, 0, 127, &x[1]);
        for (int b = HIGHEST; b < UT_SPECTRUM_BANDS; b++) {
            x[0].mel_q8[b] = -75 * DB;
            x[1].mel_q8[b] = UT_SPECTRUM_FLOOR_Q8;
        }
        ut_two_channels_hop(&t, &x[0], &x[1]);
    }
    assert_true(t.path[0].found > 0 && t.path[0].gain_q8[3] > 25 * DB);
    for (int b = HIGHEST; b < UT_SPECTRUM_BANDS; b++)
        x[1].mel_q8[b] = -5 * DB;
    for (int row = 0; row < UT_TWO_CHANNELS_LAGS; row++) {
        ut_two_channels_hop(&t, &x[0], &x[1]);
        assert_true(t.path[0].expected_q8[3] >= 0);
    }
    assert_int_equal(t.path[0].expected_q8[3], INT16_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(parties_apart_are_separate, set_up),
        cmocka_unit_test_setup(what_is_expected_stays_within_its_range, set_up),
        cmocka_unit_test_setup(a_leak_is_found_at_its_delay_and_gain, set_up),
        cmocka_unit_test_setup(leaks_both_ways_are_found, set_up),
        cmocka_unit_test_setup(a_change_of_delay_is_followed, set_up),
        cmocka_unit_test_setup(a_leak_that_ends_is_forgotten, set_up),
        cmocka_unit_test_setup(a_copy_is_the_same, set_up),
        cmocka_unit_test_setup(a_leg_without_speech_is_silent_or_empty, set_up),
        cmocka_unit_test_setup(any_bands_are_taken, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
