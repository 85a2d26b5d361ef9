/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void ranges(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int status;
        size_t first, length;
    } known[] = {
        {NULL, 200, 0, 1000},
        {"bytes=0-499", 206, 0, 500},
        {"bytes=500-999", 206, 500, 500},
        {"Bytes=500-", 206, 500, 500},
        {"bytes=-500", 206, 500, 500},
        {"bytes=-2000", 206, 0, 1000},
        {"bytes=999-5000", 206, 999, 1},
        {"bytes=0-99999999999999999999999999", 206, 0, 1000},
        {"bytes=1000-", 416, 0, 0},
        {"bytes=99999999999999999999999999-", 416, 0, 0},
        {"bytes=-0", 416, 0, 0},
        /* what is none, or more than one, is passed over */
        {"bytes=0-1,5-6", 200, 0, 1000},
        {"bytes=5-1", 200, 0, 1000},
        {"bytes=-", 200, 0, 1000},
        {"bytes=1", 200, 0, 1000},
        {"bytes= 1-2", 200, 0, 1000},
        {"bytes=1-2 ", 200, 0, 1000},
        {"lines=1-2", 200, 0, 1000},
        {"", 200, 0, 1000},
    };
    size_t first, length;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int status = ut_web_range(known[i].value, 1000, &first, &length);
        if (status != known[i].status || (status != 416 && (first != known[i].first || length != known[i].length)))
            fail_msg("%s: %d, %zu from %zu", known[i].value, status, length, first);
    }
    assert_int_equal(ut_web_range("bytes=0-", 0, &first, &length), 416); /* nothing is there */
    assert_int_equal(ut_web_range("bytes=-5", 0, &first, &length), 416);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
