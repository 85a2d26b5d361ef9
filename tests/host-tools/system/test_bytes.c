/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void the_lowest_byte_is_first(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0x81, 0x92, 0xA3, 0xF4};
    assert_int_equal(ut_bytes_get(bytes, 1), 0x81);
    assert_int_equal(ut_bytes_get(bytes, 2), 0x9281);
    assert_int_equal(ut_bytes_get(bytes, 3), 0xA39281);
    assert_int_equal(ut_bytes_get(bytes, 4), 0xF4A39281U);
}

static void no_byte_beyond_is_written(void **state)
{
    (void)state;
    uint8_t bytes[5] = {9, 9, 9, 9, 9};
    ut_bytes_put(bytes, 0xF4A39281U, 2);
    assert_memory_equal(bytes, "\x81\x92\x09\x09\x09", 5);
    ut_bytes_put(bytes, 0xF4A39281U, 4);
    assert_memory_equal(bytes, "\x81\x92\xA3\xF4\x09", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_byte_is_first),
        cmocka_unit_test(no_byte_beyond_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
