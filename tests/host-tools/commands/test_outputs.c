/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/outputs.h"

#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

/* What the output of that name writes of the call; the caller frees it. */
static char *text_of(const char *name)
{
    struct ut_sinks l = {0};
    struct ut_fault fault;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(ut_outputs_add(&l, name, out, NULL, &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    assert_non_null(s);
    ut_sink_test_call(s);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    ut_session_free(s);
    (void)fclose(out);
    return text;
}

static void each_name_has_its_output(void **state)
{
    (void)state;
    static const char *const begin[][2] = {{"text", "     0.000 s  call "},
                                           {"plain", "     0.000 s  call "},
                                           {"ndjson", "{\"specversion\":"},
                                           {"csv", "file,t_ms,"},
                                           {"call", "{\n"}};
    for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++) {
        char *text = text_of(begin[i][0]);
        assert_memory_equal(text, begin[i][1], strlen(begin[i][1]));
        assert_int_equal(strstr(text, "summary:") != NULL, i == 0);
        free(text);
    }
}

static void another_name_has_none(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault;
    assert_int_equal(ut_outputs_add(&l, "jso", stdout, NULL, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(l.count, 0);
}

static void formats_and_their_files(void **state)
{
    (void)state;
    static const char *const ending[][2] = {{"ndjson", "ndjson"},       {"csv", "csv"},           {"call", ""},
                                            {"labels", "labels.txt"},   {"textgrid", "TextGrid"}, {"webvtt", "vtt"},
                                            {"emotionml", "emotionml"}, {"rttm", "rttm"}};
    struct ut_fault fault = {0};
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        const struct ut_output_kind *kind = ut_outputs_format(ending[i][0], &fault);
        assert_non_null(kind);
        assert_string_equal(kind->name, ending[i][0]);
        assert_string_equal(kind->ending, ending[i][1]);
        assert_int_equal(kind->one_call, i >= 2);
    }
    assert_int_equal(fault.code, 0);
}

static void what_is_no_format(void **state)
{
    (void)state;
    static const char *const name[] = {"label", "", "text", "plain", "summary"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
        struct ut_fault fault = {0};
        assert_null(ut_outputs_format(name[i], &fault));
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_non_null(strstr(fault.text, ": no such format; use ndjson, csv, call, labels, textgrid, emotionml, "
                                           "webvtt or rttm"));
    }
}

static void formats_of_recordings(void **state)
{
    (void)state;
    static const char *const begin[][2] = {{"labels", ""} /* no cues in it */,
                                           {"textgrid", "File type = \"ooTextFile\""},
                                           {"emotionml", "<?xml"},
                                           {"webvtt", "WEBVTT"},
                                           {"rttm", "SPEAKER c 2 0.100"}};
    char wav[] = "/tmp/undertone-test-XXXXXX";
    int fd = mkstemp(wav);
    assert_true(fd >= 0 && close(fd) == 0 && ut_sink_test_wav(wav) == 0);
    for (size_t i = 0; i < sizeof begin / sizeof begin[0]; i++) {
        struct ut_sinks l = {0};
        struct ut_fault fault;
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        assert_int_equal(ut_outputs_add(&l, begin[i][0], out, NULL, &fault), 0);
        ut_sink_test_play(&l, wav, (struct ut_audio_choice){UT_AUDIO_UNSET, UT_AUDIO_UNSET});
        assert_int_equal(ut_sinks_close(&l, true), 0);
        (void)fclose(out);
        assert_true(size >= strlen(begin[i][1]));
        assert_memory_equal(text, begin[i][1], strlen(begin[i][1]));
        free(text);
    }
    (void)remove(wav);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_name_has_its_output),
                                       cmocka_unit_test(another_name_has_none),
                                       cmocka_unit_test(formats_and_their_files), cmocka_unit_test(what_is_no_format),
                                       cmocka_unit_test(formats_of_recordings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
