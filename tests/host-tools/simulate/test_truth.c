/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/truth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void lines(void **state)
{
    (void)state;
    static const char WANTED[] =
        "{\"Kind\":\"call_began\",\"At\":\"1970-01-01T00:00:01.500Z\",\"Headset\":\"h-1\",\"Call\":\"c\",\"Number\":2,"
        "\"OffsetMillis\":250}\n"
        "{\"Kind\":\"record\",\"At\":\"1970-01-01T00:00:01.500Z\",\"Headset\":\"h-1\",\"Call\":\"c\",\"Number\":2,"
        "\"OffsetMillis\":250,\"Fate\":\"lost\",\"Record\":\"12ff000000000000000000000000000000000001\"}\n"
        "{\"Kind\":\"event\",\"At\":\"1970-01-01T00:00:01.500Z\",\"Headset\":\"h-1\",\"Call\":\"c\",\"Number\":2,"
        "\"OffsetMillis\":250,\"Session\":\"s\",\"Sequence\":7,\"Type\":\"t\",\"Crc32\":\"0000beef\"}\n";
    const struct ut_truth_place p = {"h-1", "c", 2, 1500, 250};
    const struct ut_truth_event e = {"s", "t", 7, 0xBEEF};
    const uint8_t record[UT_WIRE_RECORD_BYTES] = {[0] = 0x12, [1] = 0xFF, [19] = 1};
    char path[] = "/tmp/undertone-truth-XXXXXX", got[2 * sizeof WANTED];
    struct ut_truth t;
    struct ut_fault fault = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(ut_truth_open(&t, path, &fault), 0);
    ut_truth_moment(&t, &p, "call_began");
    ut_truth_record(&t, &p, record, "lost");
    ut_truth_event(&t, &p, &e);
    assert_int_equal(ut_truth_close(&t, &fault), 0);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(got, 1, sizeof got - 1, f);
    got[n] = '\0';
    (void)fclose(f);
    (void)unlink(path);
    assert_string_equal(got, WANTED);
}

static void none_is_asked_for(void **state)
{
    (void)state;
    const struct ut_truth_place p = {"h", "c", 1, 0, 0};
    struct ut_truth t;
    struct ut_fault fault = {0};
    assert_int_equal(ut_truth_open(&t, NULL, &fault), 0);
    ut_truth_moment(&t, &p, "call_began");
    assert_int_equal(ut_truth_close(&t, &fault), 0);
    assert_int_equal(ut_truth_open(&t, "/dev/null/truth", &fault), -1);
    assert_true(fault.code != 0);
    assert_int_equal(ut_truth_close(&t, &fault), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(none_is_asked_for)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
