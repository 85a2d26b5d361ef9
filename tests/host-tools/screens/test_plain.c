/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/screens/plain.h"

#include "firmware/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_plain plain;
static FILE *out;
static char *text;
static size_t size;

static int set_up(void **state)
{
    (void)state;
    out = open_memstream(&text, &size);
    ut_plain_init(&plain, out);
    return out == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    (void)fclose(out);
    free(text);
    return 0;
}

static int event(enum ut_event_type type, const char *line)
{
    const struct ut_event e = {.type = type, .t_ms = 1000, .json = "{}", .text = line};
    return ut_plain_event(&plain, &e);
}

static void an_event_is_its_line(void **state)
{
    (void)state;
    assert_int_equal(event(UT_EVENT_CUE_OPENED, "a"), 0);
    assert_int_equal(event(UT_EVENT_TURN, ""), 0);
    assert_int_equal(event(UT_EVENT_SCORE, "s"), 0);
    assert_int_equal(event(UT_EVENT_CUE_CLOSED, "b"), 0);
    assert_string_equal(text, "a\nb\n");
}

static void status_comes_when_due_and_when_changed(void **state)
{
    (void)state;
    struct ut_snapshot call = {.score_valid = 1, .frustration_fast = 0.5, .agent_share = 0.25};
    for (call.t_ms = 250; call.t_ms <= 60000; call.t_ms += 250) {
        call.frustration_fast = call.t_ms < 40000 ? 0.5 : 0.8;
        assert_int_equal(ut_plain_status(&plain, &call), 0);
    }
    assert_string_equal(text,
                        "     5.000 s  status       frustration 0.5  delight 0.0  talk customer 75 % agent 25 %\n"
                        "    40.000 s  status       frustration 0.8  delight 0.0  talk customer 75 % agent 25 %\n");
}

static void a_call_starts_its_status_anew(void **state)
{
    (void)state;
    struct ut_snapshot call = {.t_ms = 500000, .score_valid = 0, .abstain = UT_ABSTAIN_NOISE};
    assert_int_equal(ut_plain_status(&plain, &call), 0);
    const struct ut_event e = {.type = UT_EVENT_SESSION_STARTED, .t_ms = 0, .json = "{}", .text = "begins"};
    assert_int_equal(ut_plain_event(&plain, &e), 0);
    call.t_ms = 5000;
    assert_int_equal(ut_plain_status(&plain, &call), 0);
    assert_string_equal(text, "   500.000 s  status       scores paused (noisy line)\nbegins\n"
                              "     5.000 s  status       scores paused (noisy line)\n");
}

static void every_reason_has_words(void **state)
{
    (void)state;
    static const char *const words[] = {"little customer speech", "noisy line",
                                        "clipped audio",          "little customer speech",
                                        "hold music or a tone",   "both parties in one channel"};
    for (int i = 0; i <= UT_ABSTAIN_MIXED; i++) {
        struct ut_snapshot call = {.t_ms = 10000 * (i + 1), .abstain = i};
        plain.status[0] = '\0';
        assert_int_equal(ut_plain_status(&plain, &call), 0);
        assert_non_null(strstr(text, words[i]));
    }
    const struct {
        struct ut_snapshot call;
        const char *words;
    } withheld[] = {{{.refused = 1, .undisclosed = 1}, "the customer does not want it"},
                    {{.undisclosed = 1, .conference = 1}, "disclosure not acknowledged"},
                    {{.conference = 1, .undeclared = 1}, "(a conference)"},
                    {{.undeclared = 1}, "the one channel may hold both parties"}};
    for (size_t i = 0; i < sizeof withheld / sizeof withheld[0]; i++) {
        struct ut_snapshot call = withheld[i].call;
        call.t_ms = 100000 * (int64_t)(i + 1);
        call.abstain = UT_UNDISCLOSED;
        assert_int_equal(ut_plain_status(&plain, &call), 0);
        assert_non_null(strstr(text, withheld[i].words));
    }
}

static void a_stream_that_is_full_is_noticed(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    ut_plain_init(&plain, full);
    struct ut_snapshot call = {.t_ms = 10000};
    assert_int_equal(event(UT_EVENT_CUE_OPENED, "a"), -1);
    assert_int_equal(ut_plain_status(&plain, &call), -1);
    (void)fclose(full);
}

static void lines_and_status_as_a_sink(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    struct ut_sink *s = ut_plain_sink(out, NULL);
    const struct ut_event e = {.type = UT_EVENT_SESSION_STARTED, .json = "{}", .text = "begins"};
    const struct ut_snapshot call = {.t_ms = 5000, .abstain = UT_ABSTAIN_NOISE};
    assert_non_null(s);
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->event(s, &e), 0);
    assert_int_equal(s->kind->snapshot(s, &call), 0);
    assert_string_equal(text, "begins\n     5.000 s  status       scores paused (noisy line)\n");
    assert_int_equal(s->kind->close(s, true, &fault), 0);
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    s = ut_plain_sink(full, NULL);
    assert_int_equal(s->kind->open(s, &fault), 0);
    assert_int_equal(s->kind->event(s, &e), -1);
    assert_int_equal(s->kind->flush(s, &fault), -1);
    assert_non_null(strstr(fault.text, "No space left"));
    (void)s->kind->close(s, false, &fault);
    (void)fclose(full);
}

static void a_call_on_hold_says_so_once(void **state)
{
    (void)state;
    struct ut_snapshot call = {.score_valid = 1, .on_hold = 1, .hold_from_ms = 1000};
    for (call.t_ms = 250; call.t_ms <= 20000; call.t_ms += 250) {
        call.hold_ms = call.t_ms - 1000;
        assert_int_equal(ut_plain_status(&plain, &call), 0);
    }
    assert_string_equal(text, "     5.000 s  status       on hold\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(status_comes_when_due_and_when_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_starts_its_status_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_reason_has_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stream_that_is_full_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_and_status_as_a_sink, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_on_hold_says_so_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
