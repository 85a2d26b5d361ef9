/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/clip_index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_clip_index x;
static struct ut_fault fault;

/* 0 or -1, of a table in memory. */
static int parse(const char *table)
{
    char *text = strdup(table);
    assert_non_null(text);
    int result = ut_clip_index_parse(&x, text, "in/a.tsv", &fault);
    free(text);
    return result;
}

static int teardown(void **state)
{
    (void)state;
    ut_clip_index_free(&x);
    return 0;
}

#define HEAD "path\tspeaker\ttarget\tcall\tbegin_ms\tend_ms\n"

static void rows_know_what_to_hear(void **state)
{
    (void)state;
    assert_int_equal(parse("speaker,Target,path\nA,Other,0.wav\nB,boredom,1.wav\nB,delight,/2.wav\n"), 0);
    assert_int_equal(x.rows, 2);
    assert_int_equal(x.skipped, 1);
    assert_int_equal(x.calls, 2);
    assert_int_equal(x.has_calls, 0);
    assert_string_equal(x.row[0].path, "in/0.wav");
    assert_string_equal(x.row[1].path, "/2.wav");
    assert_int_equal(x.row[0].truth, 2);
    assert_int_equal(x.row[1].line, 4);
    assert_true(x.row[0].begin_ms == 0 && x.row[0].end_ms == UT_CLIP_WHOLE_MS);
}

static void rows_of_one_call_follow_each_other(void **state)
{
    (void)state;
    static const size_t calls[] = {0, 0, 1, 1, 2, 3, 4, 4, 5};
    assert_int_equal(parse(HEAD "0\tA\tother\ta\t\t\n1\tA\tother\ta\t0\t5\n2\tA\tother\tb\t\t\n3\tA\tjoy\tz\t\t\n"
                                "4\tA\tother\tb\t\t\n5\tA\tother\t\t\t\n6\tA\tother\n7\tA\tother\ta\t\t\n"
                                "8\tA\tother\ta\t\t\n"),
                     0);
    assert_int_equal(parse(HEAD "9\tA\tother\ta\t\t\n"), 0); /* another index, other calls */
    assert_int_equal(x.rows, sizeof calls / sizeof calls[0]);
    for (size_t i = 0; i < x.rows; i++)
        assert_int_equal(x.row[i].call, calls[i]);
    assert_int_equal(x.calls, 6);
    assert_int_equal(x.has_calls, 1);
}

static void refused(const char *table, const char *says)
{
    assert_int_equal(parse(table), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_non_null(strstr(fault.text, says));
}

static void faults_name_the_row(void **state)
{
    (void)state;
    refused("path\tcall\ttarget\n", "in/a.tsv: the header lacks path, speaker or target");
    refused(HEAD "0\tA\n", "in/a.tsv:2: fewer columns");
    refused(HEAD "0\tA\tother\ta\t1\t1\n", "in/a.tsv:2: the clip ends at 1 ms");
    refused(HEAD "0\tA\tother\ta\tx\t1\n", "in/a.tsv:2: 'x' is not a time");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(rows_know_what_to_hear, teardown),
        cmocka_unit_test_teardown(rows_of_one_call_follow_each_other, teardown),
        cmocka_unit_test_teardown(faults_name_the_row, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
