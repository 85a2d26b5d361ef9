/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/format.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};
static char folder[64], wav[100], file[100];
static struct ut_sinks list;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(wav, sizeof wav, "%s/c.wav", folder);
    snprintf(file, sizeof file, "%s/c.rttm", folder);
    memset(&list, 0, sizeof list);
    return ut_sink_test_wav(wav);
}

static int teardown(void **state)
{
    (void)state;
    remove(wav);
    remove(file);
    return rmdir(folder); /* fails when something was left behind */
}

static void on_a_stream_at_the_end_of_the_call(void **state)
{
    (void)state;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(ut_sinks_add(&list, ut_format_sink(ut_format_rttm, out, NULL), &fault), 0);
    ut_sink_test_play(&list, wav, unset);
    assert_int_equal(ut_sinks_close(&list, true), 0);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "SPEAKER c 2 0.100 1.600 <NA> <NA> customer <NA> <NA>\n");
    free(text);
}

static void in_a_file_whole_or_not_at_all(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        assert_int_equal(ut_sinks_add(&list, ut_format_sink(ut_format_rttm, NULL, file), &fault), 0);
        ut_sink_test_play(&list, wav, unset);
        assert_int_equal(access(file, F_OK), -1);
        assert_int_equal(ut_sinks_close(&list, keep != 0), 0);
        assert_int_equal(access(file, F_OK), keep ? 0 : -1);
    }
}

static int no_memory(const struct ut_timeline *t, FILE *out)
{
    (void)t;
    (void)out;
    return -1;
}

static void a_writer_without_memory_is_a_fault(void **state)
{
    (void)state;
    assert_int_equal(ut_sinks_add(&list, ut_format_sink(no_memory, NULL, file), &fault), 0);
    ut_sink_test_play(&list, wav, unset);
    assert_int_equal(list.fault.code, UT_EXIT_FAILURE);
    assert_string_equal(list.fault.text, "c.wav: not enough memory");
    (void)ut_sinks_close(&list, false);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(on_a_stream_at_the_end_of_the_call), TEST(in_a_file_whole_or_not_at_all),
                                       TEST(a_writer_without_memory_is_a_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
