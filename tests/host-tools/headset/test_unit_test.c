/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a unit and its greeting: what is one, where its limits lie, and the trim. */
#include "host-tools/headset/unit_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_every_test_has_limits_and_a_source(void **state)
{
    (void)state;
    for (int i = 0; i < UT_UNIT_TESTS; i++) {
        const struct ut_unit_test *t = &ut_unit_tests[i];
        assert_int_equal(ut_unit_test_named(t->name), i);
        assert_in_range(t->values, 1, UT_UNIT_VALUES);
        assert_true(t->low <= t->high && t->limit_ms >= 10000 && strlen(t->source) > 5 && strlen(t->what) > 5);
    }
    assert_int_equal(ut_unit_test_named("lever"), -1);
    /* both pages erased before and behind each of two patterns, 2.5 s until the STM32's driver gives one up */
    assert_true(ut_unit_tests[ut_unit_test_named("flash")].limit_ms >= 2 * 2 * 2 * 2500);
}

static void test_answers(void **state)
{
    (void)state;
    const struct ut_unit_test *level = &ut_unit_tests[0], *random = &ut_unit_tests[1];
    int32_t v[UT_UNIT_VALUES] = {0};
    assert_int_equal(ut_unit_test_read(level, "level -320 -260", v), 0);
    assert_int_equal(v[0], -320);
    assert_int_equal(v[1], -260);
    assert_int_equal(ut_unit_test_passes(level, v), 1);
    assert_int_equal(ut_unit_test_read(random, "random 1", v), 0);
    static const char *const none[] = {
        "",           "level",      "level -1",  "level -1 ",       "level -1 -2 -3", "levels -1 -2",
        "level 1a 2", "level  1 2", "level - 2", "level 1234567 2", "random 1 2"};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(ut_unit_test_read(level, none[i], v), -1);
}

static void test_limits(void **state)
{
    (void)state;
    const struct ut_unit_test *level = &ut_unit_tests[0];
    static const int32_t out[][2] = {{-321, -290}, {-290, -321}, {-259, -290},
                                     {-290, -259}, {-999, -290}, {-290, -999}};
    for (unsigned i = 0; i < sizeof out / sizeof out[0]; i++)
        assert_int_equal(ut_unit_test_passes(level, out[i]), 0);
    for (int i = 1; i < UT_UNIT_TESTS; i++) {
        const int32_t bad[2] = {strcmp(ut_unit_tests[i].name, "watchdog") == 0, 0}, good[2] = {!bad[0], 0};
        assert_int_equal(ut_unit_test_passes(&ut_unit_tests[i], bad), 0);
        assert_int_equal(ut_unit_test_passes(&ut_unit_tests[i], good), 1);
    }
}

static void test_trims(void **state)
{
    (void)state;
    static const int32_t cases[][2] = {{-290, 0}, {-294, 0}, {-295, 1}, {-286, 0}, {-285, -1}, {-320, 3}, {-260, -3}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(ut_unit_trim_db(cases[i][0]), cases[i][1]);
}

static void test_greetings(void **state)
{
    (void)state;
    struct ut_unit_greeting g;
    assert_int_equal(ut_unit_greeting("undertone-test 1 mps2 UT-1 0", &g), 0);
    assert_string_equal(g.board, "mps2");
    assert_string_equal(g.serial, "UT-1");
    assert_int_equal(g.by_watchdog, 0);
    assert_int_equal(ut_unit_greeting("undertone-test 1 n840 ABCDEFGHIJKLMNOP 1", &g), 0);
    assert_int_equal(g.by_watchdog, 1);
    static const char *const none[] = {"undertone-test 2 mps2 UT-1 0",
                                       "undertone-test 1 mps2x UT-1 0",
                                       "undertone-test 1 mps2 UT_1 0",
                                       "undertone-test 1 mps2 UT-1 2",
                                       "undertone-test 1 mps2 UT-1 0 1",
                                       "undertone-test 1 mps2 UT-1",
                                       "undertone-test 1 mps2  0",
                                       "undertone-test 1 mps2 ABCDEFGHIJKLMNOPQ 0",
                                       ""};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(ut_unit_greeting(none[i], &g), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_test_has_limits_and_a_source),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_trims),
        cmocka_unit_test(test_greetings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
