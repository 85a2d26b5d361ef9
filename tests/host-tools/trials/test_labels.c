/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "path\tbegin_ms\tend_ms\tlabel\n"

static struct ut_labels l;
static struct ut_fault fault;

static int parse(const char *text)
{
    char copy[1000];
    snprintf(copy, sizeof copy, "%s", text);
    memset(&fault, 0, sizeof fault);
    return ut_labels_parse(&l, copy, "calls/l.tsv", &fault);
}

static void refused(const char *text, int code, const char *says)
{
    assert_int_equal(parse(text), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
    assert_non_null(strchr(fault.text, ';')); /* what to do */
    assert_null(strchr(fault.text, '\n'));
    assert_true(l.calls == 0 && l.n == 0 && l.path == NULL && l.label == NULL);
}

static void rows_become_labels(void **state)
{
    (void)state;
    assert_int_equal(parse("note\tlabel\tpath\tend_ms\tbegin_ms\r\n"
                           "x\tfrustration\tb.wav\t5000\t1000\r\n"
                           "\r\n"
                           "# a remark\n"
                           "x\textended_silence\tb.wav\t900\t100\n"
                           "x\tnone\t/abs/a.wav\t\t\n"
                           "x\tdelight\tb.wav\t5000\t0"),
                     0);
    assert_int_equal(l.calls, 2);
    assert_string_equal(l.path[0], "calls/b.wav");
    assert_string_equal(l.path[1], "/abs/a.wav");
    assert_int_equal(l.n, 3);
    assert_int_equal(l.label[0].kind, UT_LABEL_DELIGHT); /* by time */
    assert_int_equal(l.label[0].line, 7);
    assert_int_equal(l.label[1].kind, ut_cue_find("extended_silence"));
    assert_int_equal(l.label[1].end_ms, 900);
    assert_int_equal(l.label[2].kind, UT_LABEL_FRUSTRATION);
    assert_int_equal(l.label[2].begin_ms, 1000);
    ut_labels_free(&l);
}

static void every_cue_has_a_label(void **state)
{
    (void)state;
    char text[200];
    for (int kind = 0; kind < UT_LABEL_KINDS; kind++) {
        snprintf(text, sizeof text, HEAD "a.wav\t0\t1\t%s\n", ut_labels_name(kind));
        assert_int_equal(parse(text), 0);
        assert_int_equal(l.label[0].kind, kind);
        ut_labels_free(&l);
    }
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refused("", UT_EXIT_EMPTY, "is empty");
    refused(HEAD, UT_EXIT_INDEX, "no rows");
    refused("path\tbegin_ms\tlabel\n", UT_EXIT_INDEX, "lacks end_ms");
    refused("path\tbegin_ms\tend_ms \tlabel\n", UT_EXIT_INDEX, "lacks end_ms");
    refused(HEAD "a.wav\t1\t2\n", UT_EXIT_INDEX, "l.tsv:2: 3 columns, the header has 4");
    refused(HEAD "\t1\t2\tdelight\n", UT_EXIT_INDEX, "no path");
    refused(HEAD "a.wav\t1\t2\tdelight\na.wav\t1\t2\tjoy\n", UT_EXIT_LABEL_NAME, "l.tsv:3: no cue is named 'joy'");
    refused(HEAD "a.wav\t1.5\t2\tdelight\n", UT_EXIT_INDEX, "begin_ms '1.5' is not a time");
    refused(HEAD "a.wav\t1\t\tdelight\n", UT_EXIT_INDEX, "end_ms '' is not a time");
    refused(HEAD "a.wav\t-1\t2\tdelight\n", UT_EXIT_INDEX, "begin_ms '-1'");
    refused(HEAD "a.wav\t1\t99999999999999999999\tdelight\n", UT_EXIT_INDEX, "end_ms '9999");
    refused(HEAD "a.wav\t1\t2147483648\tdelight\n", UT_EXIT_INDEX, "end_ms '2147483648'");
    refused(HEAD "a.wav\t7\t7\tdelight\n", UT_EXIT_INDEX, "not after its begin");
    refused(HEAD "a.wav\t8\t7\tdelight\n", UT_EXIT_INDEX, "not after its begin");
}

static void overlaps_are_refused(void **state)
{
    (void)state;
    refused(HEAD "a.wav\t500\t900\tdelight\na.wav\t100\t501\tdelight\n", UT_EXIT_LABEL_OVERLAP,
            "l.tsv:3: delight from 100 to 501 ms overlaps that of line 2 (500 to 900 ms)");
    refused(HEAD "a.wav\t100\t200\tdelight\na.wav\t100\t200\tdelight\n", UT_EXIT_LABEL_OVERLAP, "l.tsv:3");
    /* touching, of two kinds, or in two calls they are fine */
    assert_int_equal(parse(HEAD "a.wav\t500\t900\tdelight\na.wav\t100\t500\tdelight\na.wav\t100\t900\tfrustration\n"
                                "b.wav\t100\t900\tdelight\n"),
                     0);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.calls, 2);
    ut_labels_free(&l);
}

static void a_label_must_lie_within_its_call(void **state)
{
    (void)state;
    assert_int_equal(parse(HEAD "a.wav\t100\t5000\tdelight\nb.wav\t100\t9000\tdelight\n"), 0);
    assert_int_equal(ut_labels_fit(&l, 0, 5000, "l.tsv", &fault), 0);
    assert_int_equal(ut_labels_fit(&l, 1, 9000, "l.tsv", &fault), 0);
    assert_int_equal(ut_labels_fit(&l, 1, 8999, "l.tsv", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_LABEL_END);
    assert_non_null(strstr(fault.text, "l.tsv:3: the label ends at 9000 ms, calls/b.wav at 8999 ms"));
    ut_labels_free(&l);
}

static void a_file_is_read(void **state)
{
    (void)state;
    char name[] = "/tmp/undertest-labels-XXXXXX";
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    fputs(HEAD, f);
    for (int i = 0; i < 20000; i++)
        fprintf(f, "call%d.wav\t%d\t%d\tfrustration\n", i % 100, 10 * i, 10 * i + 5);
    fclose(f);
    assert_int_equal(ut_labels_read(&l, name, &fault), 0);
    assert_int_equal(l.n, 20000);
    assert_int_equal(l.calls, 100);
    assert_string_equal(l.path[7], "/tmp/call7.wav");
    for (size_t i = 1; i < l.n; i++)
        assert_true(l.label[i].call > l.label[i - 1].call ||
                    (l.label[i].call == l.label[i - 1].call && l.label[i].begin_ms > l.label[i - 1].begin_ms));
    ut_labels_free(&l);
    f = fopen(name, "w");
    fwrite("path\0x\n", 1, 7, f);
    fclose(f);
    assert_int_equal(ut_labels_read(&l, name, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    unlink(name);
    assert_int_equal(ut_labels_read(&l, name, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_labels),
        cmocka_unit_test(every_cue_has_a_label),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(overlaps_are_refused),
        cmocka_unit_test(a_label_must_lie_within_its_call),
        cmocka_unit_test(a_file_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
