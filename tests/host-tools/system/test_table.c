/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_table t;
static struct ut_fault fault;
static char text[1000];

static void open_table(const char *contents)
{
    snprintf(text, sizeof text, "%s", contents);
    assert_int_equal(ut_table_open(&t, text, "in/a.tsv", &fault), 0);
}

/* The next row has these fields, the last of them followed by NULL, and stands on this line. */
static void row(int line, const char *const *field)
{
    assert_int_equal(ut_table_row(&t, &fault), 1);
    assert_int_equal(t.line, line);
    int n = 0;
    for (; field[n] != NULL; n++) {
        assert_true(n < t.fields);
        assert_string_equal(t.field[n], field[n]);
    }
    assert_int_equal(t.fields, n);
    assert_int_equal(t.cells, n);
}

#define ROW(line, ...) row(line, (const char *const[]){__VA_ARGS__, NULL})

static void the_header_says_what_separates(void **state)
{
    (void)state;
    static const char separators[] = "\t;,";
    for (const char *c = separators; *c != '\0'; c++) {
        char contents[100];
        snprintf(contents, sizeof contents, "Path%c begin_ms %cend_ms%c LABEL\nx.wav%c1%c%c none \n", *c, *c, *c, *c,
                 *c, *c);
        open_table(contents);
        assert_int_equal(t.separator, *c);
        assert_int_equal(t.columns, 4);
        assert_int_equal(ut_table_find(&t, "path"), 0);
        assert_int_equal(ut_table_find(&t, "begin_ms"), 1);
        assert_int_equal(ut_table_find(&t, "Label"), 3);
        assert_int_equal(ut_table_find(&t, "begin"), -1);
        ROW(2, "x.wav", "1", "", "none");
        assert_int_equal(ut_table_row(&t, &fault), 0);
    }
    open_table("a;b,c\n1,5;2");
    ROW(2, "1,5", "2");
    open_table("a\tb;c,d\n1,5\t2;3");
    ROW(2, "1,5", "2;3");
    open_table("alone");
    assert_int_equal(t.columns, 1);
    assert_int_equal(ut_table_row(&t, &fault), 0);
}

static void lines_end_in_three_ways(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t i = 0; i < 3; i++) {
        char contents[100];
        snprintf(contents, sizeof contents, "a,b%s1,2%s%s  %s3,4%s,%s5", ends[i], ends[i], ends[i], ends[i], ends[i],
                 ends[i]);
        open_table(contents);
        ROW(2, "1", "2");
        ROW(5, "3", "4");
        ROW(7, "5");
        assert_int_equal(ut_table_row(&t, &fault), 0);
        assert_int_equal(ut_table_row(&t, &fault), 0);
    }
}

static void quotes_hold_what_separates(void **state)
{
    (void)state;
    open_table("\"a\", \"b;c\" \n"
               "\"x,y\",\" kept \"\n"
               "\"two\r\nlines\nand \"\"more\"\"\",\"\"\n"
               "5'\"1,\"a\"\n"
               "last,row");
    assert_int_equal(ut_table_find(&t, "b;c"), 1);
    ROW(2, "x,y", " kept ");
    ROW(3, "two\r\nlines\nand \"more\"", "");
    ROW(6, "5'\"1", "a");
    ROW(7, "last", "row");
    open_table("a,b\nx,y\n\"never ends,1\n2,3\n");
    ROW(2, "x", "y");
    assert_int_equal(ut_table_row(&t, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_string_equal(fault.text, "in/a.tsv:3: a quote that begins here does not end with its field; close it");
    open_table("a;b\nx;\"y\"z\n");
    assert_int_equal(ut_table_row(&t, &fault), -1);
    assert_non_null(strstr(fault.text, "in/a.tsv:2: a quote"));
    /* between tabs a quote may be a word's own, and holds no line's end */
    open_table("a\tb\n\"so\" he said\t\"x\ty\"\n\"open\t1\n2\"\t3\n");
    ROW(2, "\"so\" he said", "x\ty");
    ROW(3, "\"open", "1");
    ROW(4, "2\"", "3");
}

static void many_fields_are_counted(void **state)
{
    (void)state;
    char many[300] = "";
    for (int i = 0; i < UT_TABLE_FIELDS + 5; i++)
        strcat(many, "n,");
    strcat(many, "n\n1\n");
    open_table(many);
    assert_int_equal(t.columns, UT_TABLE_FIELDS + 6);
    assert_int_equal(t.names, UT_TABLE_FIELDS);
    ROW(2, "1");
}

static void paths_are_beside_the_table(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"in/a.tsv", "b.wav", "in/b.wav"}, {"a.tsv", "b.wav", "b.wav"}, {"in/a.tsv", "/b.wav", "/b.wav"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = ut_table_path(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_says_what_separates), cmocka_unit_test(lines_end_in_three_ways),
        cmocka_unit_test(quotes_hold_what_separates),     cmocka_unit_test(many_fields_are_counted),
        cmocka_unit_test(paths_are_beside_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
