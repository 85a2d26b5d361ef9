/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char last_json[1024], last_text[100];

static void keep(void *ctx, const struct ut_event *event)
{
    int *count = ctx;
    (*count)++;
    snprintf(last_json, sizeof last_json, "%s", event->json);
    snprintf(last_text, sizeof last_text, "%s", event->text);
}

static void one_line_with_the_required_attributes(void **state)
{
    (void)state;
    int count = 0;
    struct ut_events e;
    ut_events_init(&e, "call-7", 1000, keep, &count);
    ut_events_send(&e, UT_EVENT_SCORE, 2500, json_pack("{s:f}", "X", 0.1), "text");
    assert_string_equal(last_json,
                        "{\"specversion\":\"1.0\",\"id\":\"call-7-000001\",\"source\":\"/undertone/calls/call-7\","
                        "\"type\":\"undertone.score.v1\",\"time\":\"1970-01-01T00:00:03.500Z\","
                        "\"datacontenttype\":\"application/json\",\"data\":{\"X\":0.1}}");
    assert_string_equal(last_text, "text");
    ut_events_send(&e, UT_EVENT_CUE_OPENED, 0, json_object(), NULL);
    assert_non_null(strstr(last_json, "\"id\":\"call-7-000002\""));
    assert_non_null(strstr(last_json, "undertone.cue.opened.v1"));
    assert_string_equal(last_text, "");
    assert_int_equal(count, 2);
}

static void odd_contact_ids_stay_valid_json(void **state)
{
    (void)state;
    int count = 0;
    struct ut_events e;
    ut_events_init(&e, "a \"b\"\n\\ \xc3\xa9", 0, keep, &count);
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
    ut_events_init(&e, "caf\xe9", 0, keep, &count);
    ut_events_send(&e, UT_EVENT_TURN, 0, json_object(), NULL);
    assert_int_equal(count, 1);
    assert_non_null(strstr(last_json, "\"id\":\"caf?-000001\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_line_with_the_required_attributes),
        cmocka_unit_test(odd_contact_ids_stay_valid_json),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
