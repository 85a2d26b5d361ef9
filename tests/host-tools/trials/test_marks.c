/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/marks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void times_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"0", 0},       {"12", 12000},           {"12.5", 12500},      {"12,5", 12500},   {".5", 500},
                {"5.", 5000},   {"0.0004", 0},           {"0.0005", 1},        {"1.25e1", 12500}, {"1e+1", 10000},
                {"5.0e-05", 0}, {"2147483", 2147483000}, {"20.000000", 20000}, {"1e-999999", 0}};
    static const char *const bad[] = {"",      ".",   "-1",      "+1",      "1 ",   " 1",
                                      "1.2.3", "1e",  "1e+",     "x",       "nan",  "inf",
                                      "0x1",   "1e9", "1e99999", "2147484", "1:30", "99999999999999999999"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(ut_marks_seconds(good[i].text, &ms), 0);
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(ut_marks_seconds(bad[i], &ms), -1);
        assert_int_equal(ms, -1);
    }
}

static void milliseconds_are_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {{"0", 0},        {"20000", 20000},          {"20000.0", 20000}, {"20000,00", 20000},
                {"5.000000", 5}, {"2147483647", 2147483647}};
    static const char *const bad[] = {
        "", "-1", "1.5", "20.000", "20,000", "1.", "2147483648", "99999999999999999999", "1e3", " 1", "1 "};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(ut_marks_milliseconds(good[i].text, &ms), 0);
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(ut_marks_milliseconds(bad[i], &ms), -1);
        assert_int_equal(ms, -1);
    }
}

static void marks_and_tiers_grow(void **state)
{
    (void)state;
    struct ut_marks m = {0};
    char name[] = "tier", blanks[] = " \t\r\n a b\f ", none[] = "  ";
    for (int i = 0; i < 1000; i++) {
        const struct ut_mark mark = {.begin_ms = i};
        assert_int_equal(ut_marks_add(&m, &mark), 0);
        assert_int_equal(ut_marks_add_tier(&m, name), 0);
    }
    assert_int_equal(m.n, 1000);
    assert_int_equal(m.mark[999].begin_ms, 999);
    assert_int_equal(m.tiers, 1000);
    ut_marks_free(&m);
    assert_true(m.n == 0 && m.mark == NULL && m.tier == NULL);
    assert_string_equal(ut_marks_trim(blanks), "a b");
    assert_string_equal(ut_marks_trim(none), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_people_write_them),
        cmocka_unit_test(milliseconds_are_whole),
        cmocka_unit_test(marks_and_tiers_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
