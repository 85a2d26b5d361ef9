/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/report.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], wav[100], html[100], png[100];
static struct ut_report_files files;
static struct ut_sinks list;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(wav, sizeof wav, "%s/c.wav", folder);
    snprintf(html, sizeof html, "%s/r.HTML", folder);
    snprintf(png, sizeof png, "%s/r.png", folder);
    memset(&files, 0, sizeof files);
    memset(&list, 0, sizeof list);
    memset(&fault, 0, sizeof fault);
    return ut_sink_test_wav(wav);
}

static int teardown(void **state)
{
    (void)state;
    (void)ut_sinks_close(&list, true);
    remove(wav);
    remove(html);
    remove(png);
    return rmdir(folder); /* fails when something was left behind */
}

/* Plays the file into the reports wanted. */
static void play(void)
{
    static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
    assert_int_equal(ut_sinks_add(&list, ut_report_sink(&files), &fault), 0);
    ut_sink_test_play(&list, wav, unset);
    (void)ut_sinks_close(&list, true);
}

static void kinds_of_reports(void **state)
{
    (void)state;
    assert_int_equal(ut_report_add(&files, "a.pdf", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(ut_report_add(&files, "png", &fault), -1);
    assert_int_equal(files.count, 0);
    for (int i = 0; i < UT_REPORT_FILES; i++)
        assert_int_equal(ut_report_add(&files, i % 2 ? "a.png" : "b.htm", &fault), 0);
    assert_int_equal(files.count, UT_REPORT_FILES);
    assert_int_equal(ut_report_add(&files, "a.png", &fault), -1);
}

static long size_of(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return -1;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    fclose(f);
    return n;
}

static void reports_are_written(void **state)
{
    (void)state;
    assert_int_equal(ut_report_add(&files, html, &fault), 0);
    assert_int_equal(ut_report_add(&files, png, &fault), 0);
    play();
    assert_int_equal(list.fault.code, 0);
    long with_sound = size_of(html);
    assert_true(with_sound > 20000 && size_of(png) > 5000);
    files.no_sound = true;
    play();
    assert_true(size_of(html) > 20000 && size_of(html) < with_sound);
}

static void a_report_that_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/r.png", folder);
    assert_int_equal(ut_report_add(&files, path, &fault), 0);
    play();
    assert_int_equal(list.fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(list.fault.text, "none/r.png"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(kinds_of_reports), TEST(reports_are_written),
                                       TEST(a_report_that_cannot_be_written_leaves_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
