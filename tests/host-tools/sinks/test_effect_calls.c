/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/effect_calls.h"

#include "host-tools/sinks/outcome_table.h"
#include "tests/host-tools/sinks/store_test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STARTED "undertone.session.started.v1"
#define ENDED "undertone.session.completed.v1"

static void call(const char *session, int64_t start, const char *started, const char *ended)
{
    put_event(session, 1, start, STARTED, started);
    const struct ut_event_row row = {.session = session,
                                     .contact_id = session,
                                     .type = ENDED,
                                     .json = ended,
                                     .sequence = 2,
                                     .start_ms = start,
                                     .at_ms = start + 120000,
                                     .state = "COMPLETED"};
    assert_int_equal(ut_event_table_put(d, &row, 1000, &fault), 1);
}

static int take(void *ctx, const struct ut_effect_call *c)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)snprintf(text + n, 400 - n, "%lld %s %g %g %g %g %d;", (long long)c->began_ms, c->held ? "held" : "shown",
                   isnan(c->after) ? -1 : c->after, isnan(c->worse) ? -1 : c->worse, c->minutes,
                   isnan(c->csat) ? -1 : c->csat, c->escalated);
    return 0;
}

static void calls_that_were_drawn_come_with_what_is_known(void **state)
{
    (void)state;
    char text[400] = "";
    call("a", 100, "{\"data\":{\"Arm\":\"shown\"}}",
         "{\"data\":{\"Trajectory\":{\"Change\":\"worse\",\"AfterCue\":0.25}}}");
    call("b", 200, "{\"data\":{\"Arm\":\"held_out\"}}",
         "{\"data\":{\"Trajectory\":{\"Change\":\"same\",\"AfterCue\":null}}}");
    call("c", 300, "{\"data\":{\"Arm\":\"held_out\"}}", "{\"data\":{}}");
    put_event("c", 3, 300, "undertone.handover.v1", "{\"data\":{\"Kind\":\"escalation\"}}");
    call("d", 400, "{\"data\":{}}", "{\"data\":{}}");                  /* nobody was drawn */
    call("e", 500, "{\"data\":{\"Arm\":\"shown\"}}", "no JSON");       /* how it went is not known */
    call("f", 600, "{\"data\":{\"Arm\":\"shown\"}}", "{\"data\":{}}"); /* and may not be */
    put_event("f", 3, 600, "undertone.session.refused.v1", "{}");
    put_event("g", 1, 700, STARTED, "{\"data\":{\"Arm\":\"shown\"}}"); /* goes on */
    assert_int_equal(ut_outcome_put(d, "a", "csat4", 1, "x", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "b", "escalated", 1, "x", &fault), 1);
    assert_int_equal(ut_effect_calls(d, INT64_MIN, take, text, &fault), 0);
    assert_string_equal(text, "100 shown 0.25 1 2 4 0;200 held -1 0 2 -1 1;300 held -1 -1 2 -1 1;");
    text[0] = '\0';
    assert_int_equal(ut_effect_calls(d, 300, take, text, &fault), 0);
    assert_string_equal(text, "300 held -1 -1 2 -1 1;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_that_were_drawn_come_with_what_is_known, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
