/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STRENGTH_Q15 = 29491, SNR_Q8 = 40 * 256 }; /* of a clean voice: 0.9, 40 dB */

static struct ut_pace pace;

static uint8_t hop(struct ut_pace *p, const struct ut_spectrum *s, int voiced, int speech)
{
    return ut_pace_hop(p, s, voiced ? STRENGTH_Q15 : 0, speech, SNR_Q8);
}

/* A frame of a made-up voice: `open` 0..64 goes from a consonant, `depth` dB quieter and with a flat spectrum, to a
 * vowel. */
static struct ut_spectrum frame(int open, int depth, int top_q8)
{
    struct ut_spectrum s;
    s.middle_q8 = (int16_t)(top_q8 - (64 - open) * depth * 4);
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        int vowel_q8 = top_q8 - 10 * 256 - b * 300;
        int consonant_q8 = top_q8 - (10 + depth) * 256 - 2850;
        s.mel_q8[b] = (int16_t)((vowel_q8 * open + consonant_q8 * (64 - open)) / 64);
    }
    return s;
}

/* Runs `rows` frames with a syllable every `period`. Returns the syllables counted. */
static int syllables(int rows, int period, int depth, int voiced, int speech)
{
    int found = 0;
    for (int i = 0; i < rows; i++) {
        int away = abs(i % period - period / 2); /* 0 at the peak */
        struct ut_spectrum s = frame(64 - away * 64 / (period / 2), depth, -20 * 256);
        found += hop(&pace, &s, voiced, speech);
    }
    return found;
}

static void counts_syllables_at_every_pace(void **state)
{
    (void)state;
    const int periods[] = {14, 17, 20, 25, 30};
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        ut_pace_init(&pace);
        int expected = 1000 / periods[i];
        int found = syllables(1000, periods[i], 16, 1, 1);
        assert_in_range(found, expected * 3 / 4, expected * 5 / 4);
        assert_in_range(pace.pace_q8, found * 256 / 10 - 26, found * 256 / 10 + 26);
    }
}

static void more_syllables_count_more(void **state)
{
    (void)state;
    int before = 1000;
    for (int period = 12; period <= 40; period += 4) {
        ut_pace_init(&pace);
        int found = syllables(3000, period, 12, 1, 1);
        assert_true(found < before);
        before = found;
    }
}

static void needs_a_dip_voicing_and_speech(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    assert_int_equal(syllables(500, 20, 0, 1, 1), 0);
    ut_pace_init(&pace);
    assert_int_equal(syllables(500, 20, 12, 0, 1), 0);
    ut_pace_init(&pace);
    assert_int_equal(syllables(500, 20, 12, 1, 0), 0);
    assert_int_equal(pace.pace_q8, 0);
}

static void gain_changes_nothing(void **state)
{
    (void)state;
    static struct ut_pace quiet;
    ut_pace_init(&pace);
    ut_pace_init(&quiet);
    for (int i = 0; i < 600; i++) {
        int open = abs(i % 22 - 11) * 64 / 11;
        struct ut_spectrum a = frame(open, 15, -10 * 256), b = frame(open, 15, -30 * 256);
        uint8_t expected = hop(&pace, &a, i % 22 != 0, 1);
        assert_int_equal(hop(&quiet, &b, i % 22 != 0, 1), expected);
        assert_memory_equal(quiet.x_q8, pace.x_q8, sizeof pace.x_q8);
    }
    assert_true(pace.pace_q8 > 0);
}

static void a_peak_is_measured(void **state)
{
    (void)state;
    int weighed = 0;
    ut_pace_init(&pace);
    for (int i = 0; i < 200; i++) {
        int away = abs(i % 20 - 10);
        struct ut_spectrum s = frame(64 - away * 64 / 10, 10, -20 * 256);
        hop(&pace, &s, 1, 1);
        if (!pace.weighed || weighed++ == 0)
            continue;
        /* The five-frame mean takes the tips, 1.3 dB each, from the triangle of 10 dB. */
        assert_in_range(pace.x_q8[UT_PACE_RISE], 7 * 256, 9 * 256);
        assert_int_equal(pace.x_q8[UT_PACE_INTERVAL], 20 * 256);
        assert_in_range(pace.x_q8[UT_PACE_VOICED], 9 * 256, 13 * 256);
        assert_true(pace.x_q8[UT_PACE_CHANGE] > 0);
        assert_true(pace.x_q8[UT_PACE_MOTION] > 0);
        assert_true(pace.x_q8[UT_PACE_TRAVEL] > 0);
        assert_int_equal(pace.x_q8[UT_PACE_CLIMB], 0);
        /* The floor lies 3 dB above the least of a mean over some 40 ms. */
        assert_in_range(pace.x_q8[UT_PACE_ABOVE], 4 * 256, 7 * 256);
        assert_int_equal(pace.x_q8[UT_PACE_SNR], SNR_Q8);
        assert_int_equal(pace.x_q8[UT_PACE_STRENGTH], STRENGTH_Q15 >> 3);
        assert_int_equal(pace.x_q8[UT_PACE_UNVOICED], 0);
        assert_int_equal(pace.x_q8[UT_PACE_SPEECH], 20 * 256);
        assert_int_equal(pace.x_q8[UT_PACE_UPPER], 256);
    }
    assert_in_range(weighed, 9, 10);
}

static void frames_without_voice_are_counted(void **state)
{
    (void)state;
    int weighed = 0;
    ut_pace_init(&pace);
    for (int i = 0; i < 200; i++) {
        int away = abs(i % 20 - 10);
        struct ut_spectrum s = frame(64 - away * 64 / 10, 10, -20 * 256);
        hop(&pace, &s, away < 7, away < 9);
        if (!pace.weighed || weighed++ == 0)
            continue;
        assert_int_equal(pace.x_q8[UT_PACE_UNVOICED], 7 * 256);
        assert_int_equal(pace.x_q8[UT_PACE_SPEECH], 17 * 256);
        assert_int_equal(pace.x_q8[UT_PACE_STRENGTH], STRENGTH_Q15 >> 3);
    }
    assert_in_range(weighed, 9, 10);
}

/* Two peaks of the upper bands while the middle bands have one. */
static void upper_peaks_are_counted(void **state)
{
    (void)state;
    int weighed = 0;
    ut_pace_init(&pace);
    for (int i = 0; i < 300; i++) {
        struct ut_spectrum s = frame(64 - abs(i % 30 - 15) * 64 / 15, 10, -20 * 256);
        for (int b = UT_PACE_UPPER_FIRST; b <= UT_PACE_UPPER_LAST; b++)
            s.mel_q8[b] = (int16_t)(-50 * 256 + abs(i % 15 - 7) * 256);
        hop(&pace, &s, 1, 1);
        if (pace.weighed && weighed++ > 0)
            assert_int_equal(pace.x_q8[UT_PACE_UPPER], 2 * 256);
    }
    assert_in_range(weighed, 9, 10);
}

/* Above the floor of the last 2.5 s: what was quieter before that is forgotten. */
static void the_floor_follows(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    struct ut_spectrum silence = frame(0, 0, -80 * 256);
    for (int i = 0; i < 100; i++)
        hop(&pace, &silence, 0, 0);
    syllables(60, 20, 12, 1, 1);
    assert_int_equal(pace.x_q8[UT_PACE_ABOVE], 41 * 256);
    syllables(260, 20, 12, 1, 1);
    assert_in_range(pace.x_q8[UT_PACE_ABOVE], 4 * 256, 9 * 256);
}

static void pace_waits_for_a_second_of_speech(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    syllables(99, 20, 12, 1, 1);
    assert_int_equal(pace.pace_q8, 0);
    syllables(20, 20, 12, 1, 1);
    assert_true(pace.pace_q8 > 0);
}

static void pauses_do_not_slow_the_pace(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    syllables(400, 20, 12, 1, 1);
    uint16_t before = pace.pace_q8;
    struct ut_spectrum silence = frame(0, 0, -80 * 256);
    for (int i = 0; i < 1000; i++)
        hop(&pace, &silence, 0, 0);
    assert_in_range(pace.pace_q8, before, before + 26); /* the last syllable is complete when it has ended */
}

/* What is not speech for less than a quarter of a second counts as time, longer pauses do not. */
static void short_gaps_count_as_time(void **state)
{
    (void)state;
    struct ut_spectrum s = frame(64, 0, -20 * 256);
    uint16_t pace_q8[2];
    for (int longer = 0; longer < 2; longer++) {
        ut_pace_init(&pace);
        syllables(400, 20, 12, 1, 1);
        for (int i = 0; i < 300; i++)
            hop(&pace, &s, 1, i % 30 >= 24 + longer);
        pace_q8[longer] = pace.pace_q8;
    }
    int32_t counted = pace.recent * 25600;
    assert_in_range(pace_q8[0], counted / 700 - 1, counted / 694 + 1);
    assert_in_range(pace_q8[1], counted / 450 - 1, counted / 449 + 1);
}

static void only_the_last_ten_seconds_count(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    int found = syllables(1000, 30, 12, 1, 1);
    ut_pace_init(&pace);
    syllables(2000, 14, 12, 1, 1);
    syllables(1100, 30, 12, 1, 1);
    assert_true(abs(pace.pace_q8 - found * 256 / 10) <= 64);
}

/* A sound that neither rises nor falls for an hour must not overflow what is summed between peaks. */
static void an_hour_without_a_peak(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    struct ut_spectrum a = frame(64, 40, -20 * 256), b = frame(0, 40, -20 * 256);
    b.middle_q8 = a.middle_q8;
    for (int i = 0; i < 360000; i++)
        assert_int_equal(hop(&pace, i / 2 % 2 ? &a : &b, 1, 1), 0);
    syllables(400, 20, 12, 1, 1);
    assert_in_range(pace.x_q8[UT_PACE_TRAVEL], 0, 127 * 256);
    assert_in_range(pace.x_q8[UT_PACE_MOTION], 0, 2560);
}

static void extremes_are_defined(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    struct ut_spectrum high, low;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        high.mel_q8[b] = b % 2 ? UT_SPECTRUM_TOP_Q8 : UT_SPECTRUM_FLOOR_Q8;
        low.mel_q8[b] = b % 2 ? UT_SPECTRUM_FLOOR_Q8 : UT_SPECTRUM_TOP_Q8;
    }
    high.middle_q8 = UT_SPECTRUM_TOP_Q8;
    low.middle_q8 = UT_SPECTRUM_FLOOR_Q8;
    for (int i = 0; i < 2000; i++)
        assert_true(hop(&pace, i & 8 ? &high : &low, i & 8, 1) <= 1);
    assert_true(pace.pace_q8 <= 17 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_syllables_at_every_pace),
        cmocka_unit_test(more_syllables_count_more),
        cmocka_unit_test(needs_a_dip_voicing_and_speech),
        cmocka_unit_test(gain_changes_nothing),
        cmocka_unit_test(a_peak_is_measured),
        cmocka_unit_test(frames_without_voice_are_counted),
        cmocka_unit_test(upper_peaks_are_counted),
        cmocka_unit_test(the_floor_follows),
        cmocka_unit_test(pace_waits_for_a_second_of_speech),
        cmocka_unit_test(pauses_do_not_slow_the_pace),
        cmocka_unit_test(short_gaps_count_as_time),
        cmocka_unit_test(only_the_last_ten_seconds_count),
        cmocka_unit_test(an_hour_without_a_peak),
        cmocka_unit_test(extremes_are_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
