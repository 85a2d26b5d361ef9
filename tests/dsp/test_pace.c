/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct ut_pace pace;

/* Runs `rows` frames of a triangular level contour, `period` frames per syllable, `depth` dB deep. Returns nuclei. */
static int syllables(int rows, int period, int depth, int voiced, int speech)
{
    int nuclei = 0;
    for (int i = 0; i < rows; i++) {
        int away = abs(i % period - period / 2); /* 0 at the peak */
        int level_q8 = -20 * 256 - away * depth * 256 / (period / 2);
        nuclei += ut_pace_hop(&pace, (int16_t)level_q8, voiced, speech);
    }
    return nuclei;
}

static void counts_every_peak(void **state)
{
    (void)state;
    const int periods[] = {14, 20, 25, 40};
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        ut_pace_init(&pace);
        int expected = 1000 / periods[i];
        assert_true(abs(syllables(1000, periods[i], 12, 1, 1) - expected) <= 1);
        assert_true(abs(pace.pace_q8 - 25600 / periods[i]) <= 25600 / periods[i] / 10);
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
    for (int i = 0; i < 1000; i++)
        ut_pace_hop(&pace, -80 * 256, 0, 0);
    assert_int_equal(pace.pace_q8, before);
}

static void only_the_last_ten_seconds_count(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    syllables(2000, 14, 12, 1, 1);
    syllables(1100, 40, 12, 1, 1);
    assert_true(abs(pace.pace_q8 - 25600 / 40) <= 64);
}

static void extremes_are_defined(void **state)
{
    (void)state;
    ut_pace_init(&pace);
    for (int i = 0; i < 500; i++)
        assert_true(ut_pace_hop(&pace, i & 8 ? INT16_MAX : INT16_MIN, 1, 1) <= 1);
    assert_true(pace.pace_q8 <= 17 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_peak),
        cmocka_unit_test(needs_a_dip_voicing_and_speech),
        cmocka_unit_test(pace_waits_for_a_second_of_speech),
        cmocka_unit_test(pauses_do_not_slow_the_pace),
        cmocka_unit_test(only_the_last_ten_seconds_count),
        cmocka_unit_test(extremes_are_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
