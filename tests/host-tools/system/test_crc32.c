/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/crc32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_it_is_the_standard_one(void **state)
{
    (void)state;
    assert_int_equal(ut_crc32(0, "123456789", 9), 0xCBF43926U);
    assert_int_equal(ut_crc32(0, "\0", 1), 0xD202EF8DU);
    assert_int_equal(ut_crc32(0, "", 0), 0);
}

static void test_pieces_do_not_matter(void **state)
{
    (void)state;
    for (size_t first = 0; first <= 9; first++)
        assert_int_equal(ut_crc32(ut_crc32(0, "123456789", first), &"123456789"[first], 9 - first), 0xCBF43926U);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_is_the_standard_one),
        cmocka_unit_test(test_pieces_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
