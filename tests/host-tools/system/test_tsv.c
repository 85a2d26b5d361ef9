/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/tsv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A file of these bytes, read. */
static char *read_back(const char *bytes, size_t n, struct ut_fault *fault)
{
    char name[] = "/tmp/undertest-tsv-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0);
    memset(fault, 0, sizeof *fault);
    char *text = ut_tsv_read(name, fault);
    (void)unlink(name);
    assert_true((text == NULL) == (fault->code != 0));
    return text;
}

static void a_file_is_read_whole(void **state)
{
    (void)state;
    struct ut_fault fault;
    static char large[200001];
    memset(large, 'x', sizeof large);
    for (size_t n = 65535; n <= sizeof large; n += n < 65537 ? 1 : 67232) {
        char *text = read_back(large, n, &fault);
        assert_non_null(text);
        assert_int_equal(strlen(text), n);
        free(text);
    }
    char *text = read_back("\xEF\xBB\xBF"
                           "a\tb",
                           6, &fault);
    assert_string_equal(text, "a\tb");
    free(text);
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    assert_null(read_back("", 0, &fault));
    assert_int_equal(fault.code, UT_EXIT_EMPTY);
    assert_null(read_back("\xEF\xBB\xBF", 3, &fault));
    assert_int_equal(fault.code, UT_EXIT_EMPTY);
    assert_null(read_back("a\0b", 3, &fault));
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_null(ut_tsv_read("/nonexistent.tsv", &fault));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_null(ut_tsv_read("/tmp", &fault));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, "directory"));
}

static void lines_and_fields(void **state)
{
    (void)state;
    char text[] = "a\t\tc\r\n\nlast", *next = text, *field[2];
    char *line = ut_tsv_line(&next);
    assert_int_equal(ut_tsv_split(line, field, 2), 3);
    assert_string_equal(field[0], "a");
    assert_string_equal(field[1], "");
    assert_int_equal(ut_tsv_find(field, 2, ""), 1);
    assert_int_equal(ut_tsv_find(field, 2, "c"), -1);
    assert_string_equal(ut_tsv_line(&next), "");
    assert_string_equal(ut_tsv_line(&next), "last");
    assert_null(ut_tsv_line(&next));
}

static void paths_are_beside_the_table(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"in/a.tsv", "b.wav", "in/b.wav"}, {"a.tsv", "b.wav", "b.wav"}, {"in/a.tsv", "/b.wav", "/b.wav"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = ut_tsv_path(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(what_is_no_table_is_refused),
        cmocka_unit_test(lines_and_fields),
        cmocka_unit_test(paths_are_beside_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
