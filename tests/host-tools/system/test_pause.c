/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/pause.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_fifth_more_or_less(void **state)
{
    (void)state;
    assert_int_equal(ut_pause_about_ms(1000, 0), 800);
    assert_int_equal(ut_pause_about_ms(1000, 200), 1000);
    assert_int_equal(ut_pause_about_ms(1000, 400), 1200);
    assert_int_equal(ut_pause_about_ms(1000, 401), 800);
    assert_int_equal(ut_pause_about_ms(1000, UINT32_MAX), 800 + UINT32_MAX % 401);
    assert_int_equal(ut_pause_about_ms(86400000, 400), 103680000);
}

static void it_doubles_up_to_a_most(void **state)
{
    (void)state;
    static const int ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    for (int n = 0; n < 7; n++)
        assert_int_equal(ut_pause_ms(1000, 30000, n, 200), ms[n]);
    assert_int_equal(ut_pause_ms(1000, 30000, -1, 200), 1000);
    assert_int_equal(ut_pause_ms(1000, 30000, 1000000, 400), 36000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fifth_more_or_less),
        cmocka_unit_test(it_doubles_up_to_a_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
