/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/metrics.h"

#include "firmware/version.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";

static const char *text(void)
{
    static char bytes[20000];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    bytes[fread(bytes, 1, sizeof bytes - 1, f)] = '\0';
    assert_int_equal(fclose(f), 0);
    return bytes;
}

static void has(const char *line)
{
    char wanted[200];
    (void)snprintf(wanted, sizeof wanted, "\n%s\n", line);
    if (strstr(text(), wanted) == NULL)
        fail_msg("no %s in %s", line, text());
}

static void event(struct ut_sinks *l, enum ut_event_type type, const char *json)
{
    const struct ut_event e = {.type = type, .session = "s", .contact_id = "c", .json = json, .text = ""};
    assert_int_equal(l->sink[0]->kind->event(l->sink[0], &e), 0);
}

static void counts_are_there_from_the_opening_to_the_close(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct stat there;
    assert_int_equal(ut_sinks_add(&l, ut_metrics_sink(path), &fault), 0);
    has("undertone_build_info{version=\"" UT_VERSION "\"} 1");
    has("undertone_calls_live 0");
    has("undertone_events_total{type=\"undertone.score.v1\"} 0");
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0644);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_call(s);
    const struct ut_snapshot snapshot = {.records = 70, .lost = 3, .malformed = 2, .overruns = 5, .drops = 4};
    ut_sinks_snapshot(&l, &snapshot);
    assert_int_equal(ut_sinks_flush(&l), 0);
    has("undertone_records_total 0"); /* written lately */
    event(&l, UT_EVENT_SESSION_STARTED, "{}");
    event(&l, UT_EVENT_FLAG_RAISED, "{}");
    event(&l, UT_EVENT_CUE_OPENED, "{\"data\":{\"Cue\":\"extended_silence\",\"Display\":\"muted\"}}");
    event(&l, UT_EVENT_CUE_OPENED, "{\"data\":{\"Cue\":\"extended_silence\",\"Display\":\"muted\"}}");
    event(&l, UT_EVENT_CUE_OPENED, "{\"data\":{\"Cue\":\"none\",\"Display\":\"muted\"}}");
    event(&l, UT_EVENT_CUE_OPENED, "{\"data\":{\"Cue\":\"extended_silence\",\"Display\":\"none\"}}");
    event(&l, UT_EVENT_CUE_OPENED, "{\"data\":{\"Display\":\"muted\"}}");
    assert_int_equal(ut_sinks_close(&l, false), 0);
    ut_session_free(s);
    static const char *const lines[] = {"undertone_events_total{type=\"undertone.session.started.v1\"} 2",
                                        "undertone_events_total{type=\"undertone.score.v1\"} 2",
                                        "undertone_events_total{type=\"undertone.cue.opened.v1\"} 5",
                                        "undertone_cues_total{cue=\"extended_silence\",display=\"muted\"} 2",
                                        "undertone_records_total 70",
                                        "undertone_records_lost_total 3",
                                        "undertone_frames_malformed_total 2",
                                        "undertone_audio_blocks_lost_total 5",
                                        "undertone_records_dropped_total 4",
                                        "undertone_calls_live 1",
                                        "undertone_flags_raised 1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        has(lines[i]);
    assert_null(strstr(text(), "display=\"none\""));
    const char *first = strstr(text(), "undertone_cues_total{");
    assert_non_null(first);
    assert_null(strstr(first + 1, "undertone_cues_total{")); /* what has no name is nobody's */
    assert_null(strstr(text(), "display=\"shown\""));        /* no series for each cue that never opened */
}

static void a_call_that_ended_is_not_live(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    assert_int_equal(ut_sinks_add(&l, ut_metrics_sink(path), &fault), 0);
    event(&l, UT_EVENT_SESSION_STARTED, "{}");
    event(&l, UT_EVENT_FLAG_RAISED, "{}");
    event(&l, UT_EVENT_SESSION_FAILED, "{}");
    assert_int_equal(ut_sinks_close(&l, true), 0);
    has("undertone_calls_live 0");
    has("undertone_flags_raised 0");
}

static void scores_for_a_floor(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    static struct ut_floor_scores floor = {7, 5, 3};
    assert_int_equal(ut_sinks_add(&l, ut_metrics_sink(path), &fault), 0);
    assert_null(strstr(text(), "floor_scores"));
    ut_metrics_keeps(l.sink[0], NULL, &floor);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    has("undertone_floor_scores_total{fate=\"sent\"} 7");
    has("undertone_floor_scores_total{fate=\"replaced\"} 5");
    has("undertone_floor_scores_total{fate=\"no_link\"} 3");
}

static void a_place_that_cannot_be_written_is_said_at_the_opening(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    char nowhere[100];
    (void)snprintf(nowhere, sizeof nowhere, "%s/none", path);
    assert_int_equal(ut_sinks_add(&l, ut_metrics_sink(nowhere), &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_int_equal(l.count, 0);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_there_from_the_opening_to_the_close),
        cmocka_unit_test(a_call_that_ended_is_not_live),
        cmocka_unit_test(scores_for_a_floor),
        cmocka_unit_test(a_place_that_cannot_be_written_is_said_at_the_opening),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
