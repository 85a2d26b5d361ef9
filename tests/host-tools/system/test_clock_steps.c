/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/clock_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_step_is_said_once(void **state)
{
    (void)state;
    struct ut_clock_steps c = {0};
    assert_int_equal(ut_clock_steps_look(&c, 1800000000000, 5000), 0);
    assert_int_equal(ut_clock_steps_look(&c, 1800000003000, 8000), 0);
    assert_int_equal(ut_clock_steps_look(&c, 1800000006000, 9000), 2000);
    assert_int_equal(ut_clock_steps_look(&c, 1800000006000, 9000), 0);
    assert_int_equal(ut_clock_steps_look(&c, 1799999999000, 10000), -8000);
    assert_int_equal(ut_clock_steps_look(&c, 1800000000000, 11000), 0);
}

static void a_clock_that_is_steered_has_none(void **state)
{
    (void)state;
    struct ut_clock_steps c = {0};
    for (int i = 0; i < 100; i++)
        assert_int_equal(ut_clock_steps_look(&c, 1800000000000 + 1500LL * i, 0), 0);
    assert_int_equal(ut_clock_steps_look(&c, 1800000000000 + 1500LL * 99 - 1999, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_said_once),
        cmocka_unit_test(a_clock_that_is_steered_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
