/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/sink_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct own {
    struct ut_sink_stream to;
    int more[100];
};

static const struct ut_sink_kind KIND = {
    .open = ut_sink_stream_open, .flush = ut_sink_stream_flush, .close = ut_sink_stream_close};

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

static struct ut_sink *open_sink(FILE *stream, const char *path)
{
    struct ut_sink *s = ut_sink_stream_new(&KIND, sizeof(struct own), stream, path);
    assert_non_null(s);
    assert_ptr_equal(s->kind, &KIND);
    assert_int_equal(((struct own *)s)->more[99], 0);
    assert_int_equal(s->kind->open(s, &fault), 0);
    return s;
}

static void a_file_is_there_when_it_is_kept(void **state)
{
    (void)state;
    struct ut_sink *s = open_sink(stdout, file);
    fputs("text", ut_sink_stream_file(s));
    assert_int_equal(ut_sink_stream_check(s), 0);
    assert_int_equal(s->kind->flush(s, &fault), 0);
    assert_int_equal(access(file, F_OK), -1);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    assert_int_equal(access(file, F_OK), 0);
}

static void nothing_is_there_when_it_is_not(void **state)
{
    (void)state;
    struct ut_sink *s = open_sink(NULL, file);
    fputs("text", ut_sink_stream_file(s));
    assert_int_equal(s->kind->close(s, false, &fault), 0);
    assert_int_equal(access(file, F_OK), -1);
}

static void one_that_never_opened_can_be_closed(void **state)
{
    (void)state;
    char none[160];
    snprintf(none, sizeof none, "%s/none/out", folder);
    for (int keep = 0; keep < 2; keep++) {
        struct ut_sink *s = ut_sink_stream_new(&KIND, sizeof(struct ut_sink_stream), NULL, none);
        assert_non_null(s);
        assert_int_equal(s->kind->open(s, &fault), -1);
        assert_non_null(strstr(fault.text, "none/out: cannot be written"));
        assert_int_equal(s->kind->close(s, keep, &fault), 0);
    }
}

static void a_stream_is_flushed_and_stays(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    struct ut_sink *s = open_sink(stream, NULL);
    assert_ptr_equal(ut_sink_stream_file(s), stream);
    fputs("a", stream);
    assert_int_equal(s->kind->flush(s, &fault), 0);
    assert_string_equal(text, "a");
    fputs("b", stream);
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    assert_string_equal(text, "ab");
    assert_int_equal(fclose(stream), 0);
    free(text);
}

static void a_full_stream_is_said(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    struct ut_sink *s = open_sink(full, NULL);
    fputs("text", full);
    assert_int_equal(ut_sink_stream_check(s), 0);
    assert_int_equal(s->kind->flush(s, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(ut_sink_stream_check(s), -1);
    assert_int_equal(s->kind->close(s, true, &fault), -1);
    fclose(full);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_there_when_it_is_kept),
        TEST(nothing_is_there_when_it_is_not),
        TEST(one_that_never_opened_can_be_closed),
        TEST(a_stream_is_flushed_and_stays),
        TEST(a_full_stream_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
