/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/score_table.h"

#include "host-tools/sinks/outbox.h"
#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

static char said[200];

static int add(void *ctx, int64_t t_ms, const char *json)
{
    size_t at = strlen(said);
    (void)snprintf(said + at, sizeof said - at, "%d%s ", (int)t_ms, json);
    return strcmp(json, ctx) == 0 ? 7 : 0;
}

/* Those behind a call time, up to the line `last`. */
static const char *behind(const char *session, int64_t t_ms, int most, const char *last)
{
    said[0] = '\0';
    assert_int_equal(ut_score_table_behind(d, session, t_ms, most, add, (void *)(uintptr_t)last, &fault),
                     last[0] != '\0' ? 7 : 0);
    return said;
}

static void put(const char *session, int64_t t_ms, const char *json)
{
    assert_int_equal(ut_score_table_put(d, session, t_ms, json, &fault), 0);
}

static void scores_of_a_call_come_in_order_and_once(void **state)
{
    (void)state;
    put("a", 1000, "early"); /* there is no such call yet */
    put_event("a", 1, 0, "t", "{}");
    put("a", 2000, "y");
    put("a", 1000, "x");
    put("a", 3000, "z");
    put("a", 3000, "other");
    assert_string_equal(behind("a", -1, 9, ""), "1000x 2000y 3000z ");
    assert_string_equal(behind("a", 1000, 1, ""), "2000y ");
    assert_string_equal(behind("a", -1, 9, "y"), "1000x 2000y ");
    assert_string_equal(behind("b", -1, 9, ""), "");
    assert_int_equal(ut_event_table_erase(d, "a", &fault), 1);
    assert_string_equal(behind("a", -1, 9, ""), "");
}

static void they_go_when_the_end_has_arrived(void **state)
{
    (void)state;
    for (int i = 1; i <= 2; i++) {
        put_event("a", i, 0, i == 2 ? "undertone.session.completed.v1" : "t", "{}");
        assert_int_equal(ut_outbox_add(d, "mqtt", "a", i, 1, &fault), 0);
    }
    put("a", 1000, "x");
    assert_int_equal(ut_score_table_settle(d, "mqtt", "a", &fault), 0);
    assert_int_equal(ut_outbox_acked(d, "mqtt", "a", 1, 1, &fault), 0);
    assert_string_equal(behind("a", -1, 9, ""), "1000x ");
    assert_int_equal(ut_outbox_acked(d, "mqtt", "a", 2, 1, &fault), 0);
    assert_string_equal(behind("a", -1, 9, ""), "");
    put("a", 1000, "played again");
    assert_int_equal(ut_score_table_settle(d, "mqtt", "a", &fault), 0);
    assert_string_equal(behind("a", -1, 9, ""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(scores_of_a_call_come_in_order_and_once, setup, teardown),
        cmocka_unit_test_setup_teardown(they_go_when_the_end_has_arrived, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
