/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/clock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_it_counts_milliseconds(void **state)
{
    (void)state;
    int64_t before = ut_clock_ms();
    (void)poll(NULL, 0, 50);
    int64_t after = ut_clock_ms();
    assert_true(before >= 0);
    assert_true(after - before >= 49); /* a busy machine may take longer; both are cut to whole ones */
    assert_true(after - before < 20000);
}

static void test_it_never_goes_back(void **state)
{
    (void)state;
    int64_t last = ut_clock_ms();
    for (int i = 0; i < 10000; i++) {
        int64_t now = ut_clock_ms();
        assert_true(now >= last);
        last = now;
    }
}

/* What one sleeps is not counted, what one works is. */
static void test_work_is_counted(void **state)
{
    (void)state;
    int64_t before = ut_clock_cpu_ms(), slept;
    (void)poll(NULL, 0, 300);
    slept = ut_clock_cpu_ms();
    assert_true(slept - before < 100);
    while (ut_clock_cpu_ms() - slept < 20)
        ;
    assert_true(ut_clock_cpu_ms() > before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_counts_milliseconds),
        cmocka_unit_test(test_it_never_goes_back),
        cmocka_unit_test(test_work_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
