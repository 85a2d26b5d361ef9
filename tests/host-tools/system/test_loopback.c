/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/loopback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void this_machine_and_no_other(void **state)
{
    (void)state;
    static const char *const here[] = {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"};
    static const char *const there[] = {
        "", "example.com", "127.0.0.1.example.com", "128.0.0.1", "0.0.0.0", "localhost.", "10.0.0.1", "::2", "127.0.0"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        assert_true(ut_loopback(here[i]));
    for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
        assert_false(ut_loopback(there[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(this_machine_and_no_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
