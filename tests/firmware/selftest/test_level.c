/* SPDX-License-Identifier: Apache-2.0 */
/* Levels of sines against their formula, an offset that does not count, and nothing at all. */
#include "firmware/selftest/level.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static int32_t measured(double first, double second, int offset, int32_t *other)
{
    struct ut_level_meter m;
    ut_level_meter_init(&m);
    for (int i = 0; i < 16000; i++) {
        double sine = sin(2 * 3.14159265358979 * i / 16);
        const int16_t pair[2] = {(int16_t)lrint(first * sine + offset), (int16_t)lrint(second * sine - offset)};
        ut_level_meter_push(&m, pair, 1);
    }
    *other = ut_level_meter_tenths(&m, 1);
    return ut_level_meter_tenths(&m, 0);
}

static void test_sines(void **state)
{
    (void)state;
    for (int db = -90; db <= 0; db += 5) {
        int32_t second, first = measured(32767 * pow(10, db / 20.0), 32767 * pow(10, (db - 3) / 20.0), 0, &second);
        if (db < -60)
            continue; /* of a few steps nothing is left to measure exactly */
        assert_true(abs(first - (10 * db - 30)) <= 1);
        assert_true(abs(second - (10 * db - 60)) <= 2);
    }
}

static void test_an_offset_is_no_sound(void **state)
{
    (void)state;
    int32_t second, first = measured(1000, 0, 3000, &second);
    assert_true(abs(first - -333) <= 2);
    assert_int_equal(second, UT_LEVEL_SILENT);
}

static void test_nothing(void **state)
{
    (void)state;
    struct ut_level_meter m;
    ut_level_meter_init(&m);
    assert_int_equal(ut_level_meter_tenths(&m, 0), UT_LEVEL_SILENT);
    const int16_t loudest[4] = {INT16_MIN, INT16_MAX, INT16_MAX, INT16_MIN};
    for (int i = 0; i < 1 << 19; i++)
        ut_level_meter_push(&m, loudest, 2);
    assert_in_range(ut_level_meter_tenths(&m, 0) + 10, 9, 10); /* full scale, and no sum that overflows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sines),
        cmocka_unit_test(test_an_offset_is_no_sound),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
