/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char last_json[1024], last_text[100];
static struct ut_event last;

static void keep(void *ctx, const struct ut_event *event)
{
    int *count = ctx;
    (*count)++;
    last = *event;
    snprintf(last_json, sizeof last_json, "%s", event->json);
    snprintf(last_text, sizeof last_text, "%s", event->text);
}

static void one_line_with_the_required_attributes(void **state)
{
    (void)state;
    int count = 0;
    struct ut_events e;
    ut_events_init(&e, "call-7", "s1", 1000, keep, &count);
    ut_events_send(&e, UT_EVENT_SCORE, 2500, json_pack("{s:f}", "X", 0.1), "text");
    assert_string_equal(last_json,
                        "{\"specversion\":\"1.0\",\"id\":\"s1-000001\",\"source\":\"/undertone/calls/call-7\","
                        "\"type\":\"undertone.score.v1\",\"time\":\"1970-01-01T00:00:03.500Z\","
                        "\"session\":\"s1\","
                        "\"datacontenttype\":\"application/json\",\"data\":{\"X\":0.1}}");
    assert_string_equal(last_text, "text");
    ut_events_send(&e, UT_EVENT_CUE_OPENED, 0, json_object(), NULL);
    assert_non_null(strstr(last_json, "\"id\":\"s1-000002\""));
    assert_non_null(strstr(last_json, "undertone.cue.opened.v1"));
    assert_string_equal(last_text, "");
    assert_int_equal(count, 2);
}

static void odd_contact_ids_stay_valid_json(void **state)
{
    (void)state;
    int count = 0;
    struct ut_events e;
    ut_events_init(&e, "a \"b\"\n\\ \xc3\xa9", "s", 0, keep, &count);
    ut_events_send(&e, UT_EVENT_TURN, 0, json_object(), NULL);
    assert_int_equal(count, 1);
    assert_null(strchr(last_json, '\n'));
    json_t *back = json_loads(last_json, 0, NULL);
    assert_non_null(back);
    json_decref(back);
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    int count = 0;
    struct ut_events e;
    ut_events_init(&e, "caf\xe9", "s", 0, keep, &count);
    ut_events_send(&e, UT_EVENT_TURN, 0, json_object(), NULL);
    assert_int_equal(count, 1);
    assert_non_null(strstr(last_json, "\"source\":\"/undertone/calls/caf?\""));
}

/* What not every output carries leaves no gap in the numbers of what must not be lost. */
static void what_must_not_be_lost_is_numbered_without_gaps(void **state)
{
    (void)state;
    int count = 0, counted = 0;
    struct ut_events e;
    ut_events_init(&e, "c", "s", 5000, keep, &count);
    for (int type = 0; type < UT_EVENT_TYPES; type++) {
        char sequence[40];
        bool fleeting = type == UT_EVENT_SCORE || type == UT_EVENT_TURN || type == UT_EVENT_DEVICE_STATUS;
        ut_events_send(&e, (enum ut_event_type)type, 70, json_object(), NULL);
        counted += !fleeting;
        assert_int_equal(ut_event_type_counted((enum ut_event_type)type), !fleeting);
        assert_int_equal(last.sequence, fleeting ? 0 : counted);
        snprintf(sequence, sizeof sequence, "\"sequence\":\"%010d\"", counted);
        if (fleeting)
            assert_null(strstr(last_json, "\"sequence\""));
        else
            assert_non_null(strstr(last_json, sequence));
    }
    assert_int_equal(count, UT_EVENT_TYPES);
    assert_string_equal(last.session, "s");
    assert_string_equal(last.contact_id, "c");
    assert_int_equal(last.start_ms, 5000);
    assert_int_equal(last.t_ms, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_with_the_required_attributes),
        cmocka_unit_test(odd_contact_ids_stay_valid_json),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(what_must_not_be_lost_is_numbered_without_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
