/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/call_outputs.h"

#include "tests/host-tools/example_call.h"

#include <sndfile.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 16000 };

static char folder[64], wav[100], html[100], png[100];
static struct ut_call_outputs outputs;
static struct ut_fault fault;
static const struct ut_audio_choice unset = {UT_AUDIO_UNSET, UT_AUDIO_UNSET};

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(wav, sizeof wav, "%s/c.wav", folder);
    snprintf(html, sizeof html, "%s/r.HTML", folder);
    snprintf(png, sizeof png, "%s/r.png", folder);
    static const int16_t frames[2 * N];
    SF_INFO info = {.samplerate = N, .channels = 2, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(wav, SFM_WRITE, &info);
    if (file == NULL || sf_writef_short(file, frames, N) != N || sf_close(file) != 0)
        return -1;
    memset(&outputs, 0, sizeof outputs);
    memset(&fault, 0, sizeof fault);
    ut_config_defaults(&ut_example_config);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_call_outputs_free(&outputs);
    remove(wav);
    remove(html);
    remove(png);
    return rmdir(folder); /* fails when something was left behind */
}

/* Plays the file; what the format wrote is in *text. */
static int play(struct ut_audio_choice choice, char **text)
{
    static int16_t pairs[2 * 1000];
    size_t len;
    const struct ut_wire_hello hello = {.model_crc32 = 9};
    struct ut_audio *audio = ut_audio_open(wav, choice, &fault);
    assert_non_null(audio);
    ut_call_outputs_begin(&outputs, wav, "c", 0, &ut_example_config, audio, choice);
    long n;
    int64_t samples = 0;
    while ((n = ut_audio_read(audio, pairs, 1000, &fault)) > 0) {
        assert_int_equal(ut_call_outputs_audio(&outputs, pairs, (size_t)n, &fault), 0);
        samples += n;
    }
    ut_audio_close(audio);
    ut_example_turn(&outputs.timeline, UT_TURN_IPU_END, UT_CUSTOMER, 100, 600);
    FILE *out = open_memstream(text, &len);
    assert_non_null(out);
    int result = ut_call_outputs_end(&outputs, samples, &hello, out, &fault);
    fclose(out);
    return result;
}

static void names_of_formats(void **state)
{
    (void)state;
    static const char *const name[] = {"labels", "textgrid", "emotionml", "webvtt", "rttm"};
    for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
        assert_non_null(ut_call_outputs_format(name[i]));
    assert_null(ut_call_outputs_format("label"));
    assert_null(ut_call_outputs_format(""));
}

static void kinds_of_reports(void **state)
{
    (void)state;
    assert_false(ut_call_outputs_wanted(&outputs));
    assert_int_equal(ut_call_outputs_report(&outputs, "a.pdf", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(ut_call_outputs_report(&outputs, "png", &fault), -1);
    assert_false(ut_call_outputs_wanted(&outputs));
    for (int i = 0; i < UT_CALL_OUTPUTS_REPORTS; i++)
        assert_int_equal(ut_call_outputs_report(&outputs, i % 2 ? "a.png" : "b.htm", &fault), 0);
    assert_true(ut_call_outputs_wanted(&outputs));
    assert_int_equal(ut_call_outputs_report(&outputs, "a.png", &fault), -1);
}

static void a_format_alone(void **state)
{
    (void)state;
    char *text;
    outputs.format = ut_format_rttm;
    assert_int_equal(play(unset, &text), 0);
    assert_string_equal(text, "SPEAKER c 2 0.100 0.500 <NA> <NA> customer <NA> <NA>\n");
    assert_int_equal(outputs.timeline.end_ms, 1000);
    assert_string_equal(outputs.timeline.file, "c.wav");
    assert_int_equal(outputs.timeline.channel[UT_AGENT], 1);
    assert_int_equal(ut_rows_count(&outputs.rows), 0); /* nobody wants a picture */
    free(text);
}

static void channels_as_chosen(void **state)
{
    (void)state;
    char *text;
    outputs.format = ut_format_rttm;
    assert_int_equal(play((struct ut_audio_choice){1, UT_AUDIO_NONE}, &text), 0);
    assert_string_equal(text, "SPEAKER c 1 0.100 0.500 <NA> <NA> customer <NA> <NA>\n");
    assert_int_equal(outputs.timeline.channel[UT_AGENT], 0);
    free(text);
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
    char *text;
    assert_int_equal(ut_call_outputs_report(&outputs, html, &fault), 0);
    assert_int_equal(ut_call_outputs_report(&outputs, png, &fault), 0);
    assert_int_equal(play(unset, &text), 0);
    free(text);
    long with_sound = size_of(html);
    assert_true(with_sound > 20000 && size_of(png) > 5000);
    ut_call_outputs_free(&outputs);
    outputs.no_sound = true;
    assert_int_equal(play(unset, &text), 0);
    free(text);
    assert_null(outputs.opus);
    assert_true(size_of(html) < with_sound);
}

static void a_report_that_cannot_be_written_leaves_nothing(void **state)
{
    (void)state;
    char *text, path[128];
    snprintf(path, sizeof path, "%s/none/r.png", folder);
    assert_int_equal(ut_call_outputs_report(&outputs, path, &fault), 0);
    assert_int_equal(play(unset, &text), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "none/r.png"));
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(names_of_formats),   TEST(kinds_of_reports),    TEST(a_format_alone),
        TEST(channels_as_chosen), TEST(reports_are_written), TEST(a_report_that_cannot_be_written_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
