/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/text_file.h"

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
    char name[] = "/tmp/undertest-text-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n && close(fd) == 0);
    memset(fault, 0, sizeof *fault);
    char *text = ut_text_file_read(name, "a table", fault);
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
}

static void marks_of_order_say_how_characters_are_stored(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *text;
    } cases[] = {
        {"\xEF\xBB\xBF"
         "a\tb",
         6, "a\tb"},
        {"\xFF\xFE"
         "a\0\xE9\0\n\0",
         8, "a\xC3\xA9\n"},
        {"\xFE\xFF\0a\x20\xAC", 6, "a\xE2\x82\xAC"},
        {"\xFE\xFF\xD8\x3D\xDE\x00", 6, "\xF0\x9F\x98\x80"}, /* a pair */
        {"\xFE\xFF\xD8\x3D\0a", 6,
         "\xEF\xBF\xBD"
         "a"},                                                       /* half a pair */
        {"\xFE\xFF\xDE\x00\xD8\x3D", 6, "\xEF\xBF\xBD\xEF\xBF\xBD"}, /* the wrong way round */
        {"\xFF\xFE"
         "a\0b",
         5, "a"}, /* half a character */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ut_fault fault;
        char *text = read_back(cases[i].bytes, cases[i].n, &fault);
        assert_non_null(text);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    static const struct {
        const char *bytes;
        size_t n;
        int code;
    } cases[] = {{"", 0, UT_EXIT_EMPTY},
                 {"\xEF\xBB\xBF", 3, UT_EXIT_EMPTY},
                 {"\xFF\xFE", 2, UT_EXIT_EMPTY},
                 {"\xFF\xFE\0\0", 4, UT_EXIT_INDEX},
                 {"a\0b", 3, UT_EXIT_INDEX}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(read_back(cases[i].bytes, cases[i].n, &fault));
        assert_int_equal(fault.code, cases[i].code);
        assert_non_null(strstr(fault.text, "give a table"));
    }
    assert_null(ut_text_file_read("/nonexistent.tsv", "a table", &fault));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_null(ut_text_file_read("/tmp", "a table", &fault));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_non_null(strstr(fault.text, "directory"));
}

static void lines_end_in_three_ways(void **state)
{
    (void)state;
    char text[] = "a\r\n\nb\rc\r\r\nlast", *next = text;
    static const char *const lines[] = {"a", "", "b", "c", "", "last"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_string_equal(ut_text_file_line(&next), lines[i]);
    assert_null(ut_text_file_line(&next));
    char ended[] = "a\n";
    next = ended;
    assert_string_equal(ut_text_file_line(&next), "a");
    assert_null(ut_text_file_line(&next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(marks_of_order_say_how_characters_are_stored),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(lines_end_in_three_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
