/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], file[128];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(file, sizeof file, "%s/out", folder);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove(file);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

static void numbers_are_rounded(void **state)
{
    (void)state;
    static const struct {
        double x;
        int digits;
        const char *text;
    } cases[] = {{0.12345, 3, "0.123"}, {-0.0001, 3, "0.0"}, {6, 2, "6.0"}, {2.5, 0, "3.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *number = ut_json_number(cases[i].x, cases[i].digits);
        char text[32] = {0};
        json_dumpb(number, text, sizeof text - 1, JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
        assert_string_equal(text, cases[i].text);
        json_decref(number);
    }
}

static void files_read_back(void **state)
{
    (void)state;
    assert_int_equal(ut_json_file(file, json_pack("{s:i}", "a", 1), &fault), 0);
    json_t *back = json_load_file(file, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(back, "a")), 1);
    json_decref(back);
}

static void what_cannot_be_written_is_a_fault(void **state)
{
    (void)state;
    char path[160];
    snprintf(path, sizeof path, "%s/none/out", folder);
    assert_int_equal(ut_json_file(path, json_object(), &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    memset(&fault, 0, sizeof fault);
    assert_int_equal(ut_json_file(file, json_string("\xff"), &fault), -1); /* no JSON text has such a byte */
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(access(file, F_OK), -1);
}

/* What ut_json_line() writes to standard output. */
static void line(json_t *value, char *text, size_t size)
{
    FILE *taken = tmpfile();
    assert_non_null(taken);
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(fileno(taken), STDOUT_FILENO);
    ut_json_line(value);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(taken);
    text[fread(text, 1, size - 1, taken)] = '\0';
    fclose(taken);
}

static void lines_are_compact(void **state)
{
    (void)state;
    char text[64];
    line(json_pack("{s:i, s:f}", "a", 1, "b", 0.1), text, sizeof text);
    assert_string_equal(text, "{\"a\":1,\"b\":0.1}\n");
    line(NULL, text, sizeof text);
    assert_string_equal(text, "");
}

static void what_is_not_a_number_is_null(void **state)
{
    (void)state;
    json_t *number = ut_json_number(NAN, 3);
    assert_true(json_is_null(number));
    json_decref(number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_rounded),
        cmocka_unit_test(what_is_not_a_number_is_null),
        cmocka_unit_test_setup_teardown(files_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_a_fault, setup, teardown),
        cmocka_unit_test(lines_are_compact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
