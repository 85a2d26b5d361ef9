/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/report.h"

#include "dsp/two_channels.h"
#include "host-tools/system/json.h"
#include "tests/host-tools/example_call.h"
#include "tests/host-tools/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_timeline t;
static struct ut_heard heard;
static struct ut_report report;
static char *page;
static size_t page_len;

static void make(void)
{
    free(page);
    page = NULL;
    FILE *out = open_memstream(&page, &page_len);
    assert_non_null(out);
    assert_int_equal(ut_report_html(&report, out), 0);
    assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
    (void)state;
    static const int16_t silence[2 * 16000];
    ut_example_make(&t);
    int failed = ut_heard_begin(&heard);
    for (int second = 0; second < 20; second++)
        failed |= ut_heard_push(&heard, silence, 16000);
    ut_rows_finish(&heard.rows, &heard.call);
    report = (struct ut_report){.timeline = &t, .rows = &heard.rows};
    return failed;
}

static int teardown(void **state)
{
    (void)state;
    free(page);
    page = NULL;
    ut_rows_free(&heard.rows);
    ut_timeline_free(&t);
    return 0;
}

static const char data_mark[] = "id=\"data\">", sound_mark[] = "id=\"sound-bytes\">";

/* The call's data in the page. */
static json_t *data(void)
{
    json_error_t error;
    const char *begin = strstr(page, data_mark);
    assert_non_null(begin);
    begin += sizeof data_mark - 1;
    const char *end = strstr(begin, "</script>");
    assert_non_null(end);
    json_t *out = json_loadb(begin, (size_t)(end - begin), 0, &error);
    assert_non_null(out);
    return out;
}

static size_t text_len(json_t *object, const char *key, size_t index)
{
    return strlen(json_string_value(json_array_get(json_object_get(object, key), index)));
}

static void the_page_needs_nothing_else(void **state)
{
    (void)state;
    make();
    assert_memory_equal(page, "<!doctype html>", 15);
    for (const char *at = page; (at = strstr(at, "http")) != NULL; at++)
        assert_int_equal(strncmp(at, "http-equiv", 10), 0);
    assert_null(strstr(page, " src="));
    assert_null(strstr(page, "@import"));
    assert_non_null(strstr(page, "default-src 'none'"));
    assert_null(strstr(page, "<!--DATA-->"));
    assert_null(strstr(page, "<!--AUDIO-->"));
}

static void the_data_is_the_call(void **state)
{
    (void)state;
    make();
    json_t *d = data();
    assert_string_equal(json_string_value(json_object_get(d, "id")), "a call");
    assert_int_equal(json_integer_value(json_object_get(d, "ms")), 20000);
    assert_string_equal(json_string_value(json_object_get(d, "model")), "m1");
    for (size_t p = 0; p < 2; p++) {
        assert_int_equal(text_len(d, "wave", p), (2 * 2000 + 2) / 3 * 4); /* 2 bytes per 10 ms */
        assert_int_equal(text_len(d, "level", p), (1000 + 2) / 3 * 4);    /* one per 20 ms */
        assert_int_equal(text_len(d, "pitch", p), (1000 + 2) / 3 * 4);
    }
    json_t *score = json_object_get(d, "score");
    assert_int_equal(json_array_size(json_object_get(score, "t")), 80);
    assert_int_equal(strlen(json_string_value(json_object_get(score, "fastF"))), 108);
    assert_memory_equal(json_string_value(json_object_get(score, "fastF")), "////", 4); /* 255: not valid */
    assert_int_equal(json_array_size(json_object_get(d, "turns")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "overlaps")), 1);
    assert_int_equal(json_array_size(json_object_get(d, "abstain")), UT_ABSTAIN_MIXED + 1);
    assert_int_equal(text_len(d, "abstain", UT_ABSTAIN_NONE), 0);
    for (size_t reason = UT_ABSTAIN_NOISE; reason <= UT_ABSTAIN_MIXED; reason++)
        assert_true(text_len(d, "abstain", reason) > 0);
    json_t *cue = json_array_get(json_object_get(d, "cues"), 1);
    assert_string_equal(json_string_value(json_object_get(cue, "cue")), "customer_raised_voice");
    assert_int_equal(json_integer_value(json_object_get(cue, "open")), 9250);
    assert_true(json_is_null(json_object_get(cue, "note")));
    assert_int_equal(json_array_size(json_object_get(cue, "evidence")), 2);
    assert_string_equal(json_string_value(json_object_get(cue, "why")),
                        "loudness 6 dB higher than usual, interruptions 2");
    json_decref(d);
}

/* Open at the end of the call, and moving a gauge only. */
static void a_gauge_was_not_seen(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_OPENED,
                              .cue = UT_CUE_SILENCE,
                              .t_ms = 19900,
                              .display = UT_DISPLAY_GAUGE,
                              .title = "Long silence"};
    ut_timeline_cue(&t, &c);
    ut_timeline_finish(&t, 20000);
    make();
    json_t *d = data(), *list = json_object_get(d, "cues"), *cue = json_array_get(list, 2);
    assert_int_equal(json_array_size(list), 3);
    assert_int_equal(json_integer_value(json_object_get(cue, "open")), 19900);
    assert_int_equal(json_integer_value(json_object_get(cue, "end")), 20000);
    assert_int_equal(json_integer_value(json_object_get(cue, "shown")), 0);
    assert_non_null(strstr(json_string_value(json_object_get(cue, "note")), "gauge"));
    json_decref(d);
}

static void channels_that_are_not_as_they_should_be_are_named(void **state)
{
    (void)state;
    make();
    json_t *d = data();
    assert_true(json_is_null(json_object_get(d, "channels")) && json_is_null(json_object_get(d, "alone")));
    assert_true(json_real_value(json_object_get(d, "withheld")) == 0 && json_is_true(json_object_get(d, "apart")));
    json_decref(d);
    t.withheld.ms = 1500;
    t.status = (struct ut_wire_status){.channels = UT_CHANNELS_LEAK, .about = 1, .delay = {6}, .gain = {-20}};
    t.alone = "declared";
    make();
    d = data();
    assert_string_equal(json_string_value(json_object_get(d, "channels")),
                        "the agent is heard in the customer's channel, 20 dB fainter, 60 ms late");
    assert_string_equal(json_string_value(json_object_get(d, "alone")), "declared");
    assert_true(json_is_false(json_object_get(d, "mixed")));
    json_decref(d);
    t.status = (struct ut_wire_status){.channels = UT_CHANNELS_MIXED, .about = 1};
    make();
    d = data();
    assert_true(json_is_true(json_object_get(d, "mixed")));
    assert_true(json_real_value(json_object_get(d, "withheld")) == 1.5 && json_is_false(json_object_get(d, "apart")));
    json_decref(d);
}

static void names_cannot_end_the_script(void **state)
{
    (void)state;
    snprintf(t.file, sizeof t.file, "</script><script>alert(1)</script>\xff.wav");
    make();
    assert_null(strstr(page, "alert(1)</script>"));
    json_t *d = data();
    assert_string_equal(json_string_value(json_object_get(d, "file")), "</script><script>alert(1)</script>?.wav");
    json_decref(d);
}

static void sound_is_carried_or_said_to_be_missing(void **state)
{
    (void)state;
    uint8_t bytes[7000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    make();
    json_t *d = data();
    assert_true(json_is_false(json_object_get(d, "sound")));
    json_decref(d);
    assert_memory_equal(strstr(page, sound_mark) + sizeof sound_mark - 1, "</script>", 9);
    report.sound = bytes;
    report.sound_len = sizeof bytes;
    make();
    d = data();
    assert_true(json_is_true(json_object_get(d, "sound")));
    json_decref(d);
    const char *text = strstr(page, sound_mark) + sizeof sound_mark - 1;
    assert_int_equal(strcspn(text, "<"), (7000 + 2) / 3 * 4);
    assert_memory_equal(text, "AAcOFRwj", 8);    /* 0 7 14 21 28 35 */
    assert_memory_equal(text + 9332, "YQ==", 4); /* 6999 * 7 modulo 256 */
}

static void a_call_without_an_agent_says_so(void **state)
{
    (void)state;
    t.channel[UT_AGENT] = 0;
    make();
    json_t *d = data();
    assert_true(json_is_false(json_object_get(d, "agent")));
    json_decref(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_page_needs_nothing_else),
        TEST(the_data_is_the_call),
        TEST(a_gauge_was_not_seen),
        TEST(channels_that_are_not_as_they_should_be_are_named),
        TEST(names_cannot_end_the_script),
        TEST(sound_is_carried_or_said_to_be_missing),
        TEST(a_call_without_an_agent_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
