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
    static char copy[1000]; /* kept: labels have the name of their file, not its text */
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

/* As spreadsheets and people write them. */
static void tables_have_three_separators_and_two_units(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "Path,Begin_ms,End_ms,Label\r\n\"b.wav\",1000.0,20000,\" Frustration \"\r\n",
        "PATH;BEGIN_MS;END_MS;LABEL\rb.wav; 1000,00 ;20000;FRUSTRATION \r",
        "label;path;begin_s;end_s\nfrustration ;b.wav;1,0;20\n",
        "path\tbegin_s\tend_s\tlabel\nb.wav\t1.0004\t2e1\tfrustration",
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_int_equal(parse(tables[i]), 0);
        assert_int_equal(l.n, 1);
        assert_int_equal(l.label[0].kind, UT_LABEL_FRUSTRATION);
        assert_int_equal(l.label[0].begin_ms, 1000);
        assert_int_equal(l.label[0].end_ms, 20000);
        assert_string_equal(l.path[0], "calls/b.wav");
        ut_labels_free(&l);
    }
}

static void write_file(const char *folder, const char *name, const char *contents)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(contents, f);
    fclose(f);
}

/* A track and a TextGrid, each beside its recording, and a table that speaks of one of these too. */
static void several_files_are_one_set(void **state)
{
    (void)state;
    char folder[] = "/tmp/undertest-labels-XXXXXX", name[3][100], wanted[100];
    const struct ut_label_choice choice = {0};
    assert_non_null(mkdtemp(folder));
    const char *const file[] = {name[0], name[1], name[2]};
    write_file(folder, "a.wav", "");
    write_file(folder, "b.wav", "");
    write_file(folder, "a.txt", "1.5\t2.5\tDelight\n\\\t100\t200\n4\t4\textended_silence\n");
    write_file(folder, "b.TextGrid",
               "File type = \"ooTextFile\"\n\"TextGrid\"\n0\n9\n<exists>\n1\n\"IntervalTier\"\n\"x\"\n0\n9\n0\n");
    write_file(folder, "c.csv", "path,begin_ms,end_ms,label\na.wav,5000,6000,delight\n");
    snprintf(name[0], sizeof name[0], "%s/a.txt", folder);
    snprintf(name[1], sizeof name[1], "%s/b.TextGrid", folder);
    snprintf(name[2], sizeof name[2], "%s/c.csv", folder);
    assert_int_equal(ut_labels_read(&l, file, 3, &choice, &fault), 0);
    assert_int_equal(l.calls, 2); /* also that in which nothing is marked */
    snprintf(wanted, sizeof wanted, "%s/b.wav", folder);
    assert_string_equal(l.path[1], wanted);
    assert_int_equal(l.n, 3);
    static const int64_t times[][2] = {{1500, 2500}, {4000, 4000}, {5000, 6000}};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(l.label[i].begin_ms, times[i][0]);
        assert_int_equal(l.label[i].end_ms, times[i][1]);
        assert_ptr_equal(l.label[i].file, i < 2 ? file[0] : file[2]);
    }
    assert_int_equal(l.label[1].line, 3);
    ut_labels_free(&l);
    write_file(folder, "c.csv", "path,begin_ms,end_ms,label\na.wav,2000,6000,delight\n");
    assert_int_equal(ut_labels_read(&l, file, 3, &choice, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_LABEL_OVERLAP);
    assert_non_null(strstr(fault.text, "c.csv:2: delight from 2000 to 6000 ms overlaps that of line 1 of "));
    assert_non_null(strstr(fault.text, "a.txt (1500"));
    write_file(folder, "a.txt", "1.5\t2.5\tlaughter\n");
    assert_int_equal(ut_labels_read(&l, file, 3, &choice, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_LABEL_NAME);
    snprintf(wanted, sizeof wanted, "rm -r %s", folder);
    assert_int_equal(system(wanted), 0);
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
    refused("path\tbegin_ms\tend-ms\tlabel\n", UT_EXIT_INDEX, "lacks end_ms");
    refused("path,begin_s,end_ms,label\n", UT_EXIT_INDEX, "lacks end_s");
    refused(HEAD "a.wav\t1\t2\n", UT_EXIT_INDEX, "l.tsv:2: 3 columns, the header has 4");
    refused(HEAD "\t1\t2\tdelight\n", UT_EXIT_INDEX, "no path");
    refused(HEAD "a.wav\t1\t2\tdelight\na.wav\t1\t2\tjoy\n", UT_EXIT_LABEL_NAME, "l.tsv:3: no cue is named 'joy'");
    refused(HEAD "a.wav\t1\t2\tjoy\na.wav\t1\t2\tanger\nb.wav\t1\t2\tjoy\n", UT_EXIT_LABEL_NAME,
            "l.tsv:2: no cue is named 'joy', 'anger'; labels are: ask_for_help, empathy_cue, ");
    assert_non_null(strstr(fault.text, ", frustration, delight, none"));
    refused(HEAD "a\t1\t2\ta\na\t1\t2\tb\na\t1\t2\tc\na\t1\t2\td\na\t1\t2\te\n", UT_EXIT_LABEL_NAME,
            "named 'a', 'b', 'c', 'd' and others; labels are");
    refused(HEAD "a.wav\t1.000\t20000\tdelight\n", UT_EXIT_INDEX, "begin_ms '1.000' is not a time");
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
    assert_int_equal(ut_labels_fit(&l, 0, 5000, &fault), 0);
    assert_int_equal(ut_labels_fit(&l, 1, 9000, &fault), 0);
    assert_int_equal(ut_labels_fit(&l, 1, 9000 - UT_MARKS_BEYOND_MS, &fault), 0);
    assert_int_equal(ut_labels_fit(&l, 1, 9000 - UT_MARKS_BEYOND_MS - 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_LABEL_END);
    assert_non_null(strstr(fault.text, "l.tsv:3: the label ends at 9000 ms, calls/b.wav at 8749 ms"));
    ut_labels_free(&l);
}

static int read_file(const char *name)
{
    const char *const file[] = {name};
    const struct ut_label_choice choice = {0};
    memset(&fault, 0, sizeof fault);
    return ut_labels_read(&l, file, 1, &choice, &fault);
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
    assert_int_equal(read_file(name), 0);
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
    assert_int_equal(read_file(name), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    unlink(name);
    assert_int_equal(read_file(name), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_labels),
        cmocka_unit_test(tables_have_three_separators_and_two_units),
        cmocka_unit_test(several_files_are_one_set),
        cmocka_unit_test(every_cue_has_a_label),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(overlaps_are_refused),
        cmocka_unit_test(a_label_must_lie_within_its_call),
        cmocka_unit_test(a_file_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
