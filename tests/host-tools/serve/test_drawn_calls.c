/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/drawn_calls.h"

#include "tests/host-tools/serve/ledger_test.h"

#include <math.h>

static int setup(void **state)
{
    (void)state;
    clear();
    fault = (struct ut_fault){0};
    count = 0;
    l = ut_ledger_sqlite(path, true, &fault);
    return l == NULL;
}

/* minute: of the hour. */
static void say(const char *device, const char *session, int sequence, int minute, const char *type, const char *data)
{
    (void)snprintf(json[count], sizeof json[count],
                   "{\"specversion\":\"1.0\",\"id\":\"%s-%06d\",\"source\":\"/undertone/calls/c\",\"type\":\"undertone."
                   "%s.v1\",\"time\":\"2026-01-02T03:%02d:00.000Z\",\"session\":\"%s\",\"sequence\":\"%010d\","
                   "\"datacontenttype\":\"application/json\",\"data\":{\"ContactId\":\"c\",\"EndOffsetMillis\":0%s}}",
                   session, sequence, type, minute, session, sequence, data);
    assert_int_equal(ut_payload_parse(json[count], strlen(json[count]), UT_FLOOR_CALL, &e[count].about),
                     UT_PAYLOAD_FINE);
    (void)snprintf(e[count].device, sizeof e[count].device, "%s", device);
    e[count].json = json[count];
    count++;
}

static int gather(void *ctx, const char *device, const struct ut_effect_call *c)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)snprintf(text + n, 400 - n, "%s %d %s %g %g %g %d;", device, (int)(c->began_ms / 60000 % 60),
                   c->held ? "held" : "shown", isnan(c->after) ? -1 : c->after, isnan(c->worse) ? -1 : c->worse,
                   c->minutes, c->escalated);
    assert_true(isnan(c->csat));
    return 0;
}

static void calls_that_were_drawn_come_with_what_is_known(void **state)
{
    (void)state;
    char text[400] = "";
    say("d1", "a", 1, 1, "session.started", ",\"Arm\":\"shown\"");
    say("d1", "a", 2, 4, "session.completed", ",\"Trajectory\":{\"Change\":\"worse\",\"AfterCue\":0.25}");
    say("d2", "b", 1, 2, "session.started", ",\"Arm\":\"held_out\"");
    say("d2", "b", 2, 3, "handover", ",\"Kind\":\"escalation\"");
    say("d2", "b", 3, 7, "session.completed", ",\"Trajectory\":{\"Change\":\"same\",\"AfterCue\":null}");
    say("d1", "c", 1, 5, "session.started", ",\"Arm\":\"held_out\"");
    say("d1", "c", 2, 6, "handover", ",\"Kind\":\"transfer\"");
    say("d1", "c", 3, 7, "session.completed", ""); /* how it went is not known */
    say("d1", "d", 1, 10, "session.started", "");  /* nobody was drawn */
    say("d1", "d", 2, 12, "session.completed", "");
    say("d1", "e", 1, 20, "session.started", ",\"Arm\":\"shown\""); /* goes on */
    say("d1", "f", 1, 30, "session.started", ",\"Arm\":\"shown\""); /* may not be known */
    say("d1", "f", 2, 31, "session.refused", ",\"Kind\":\"refused\"");
    say("d1", "f", 3, 32, "session.completed", "");
    take(NOW);
    assert_int_equal(ut_drawn_calls(l, INT64_MIN, gather, text, &fault), 0);
    assert_string_equal(text, "d1 1 shown 0.25 1 3 0;d1 5 held -1 -1 2 0;d2 2 held -1 0 5 1;");
    text[0] = '\0';
    assert_int_equal(ut_drawn_calls(l, 1767322800000 + 3 * 60000, gather, text, &fault), 0);
    assert_string_equal(text, "d1 5 held -1 -1 2 0;");
}

static int stop(void *ctx, const char *device, const struct ut_effect_call *c)
{
    (void)device;
    (void)c;
    (*(int *)ctx)++;
    return 7;
}

static void who_has_enough_ends_it(void **state)
{
    (void)state;
    int seen = 0;
    say("d1", "a", 1, 1, "session.started", ",\"Arm\":\"shown\"");
    say("d1", "a", 2, 4, "session.completed", "");
    say("d1", "b", 1, 1, "session.started", ",\"Arm\":\"shown\"");
    say("d1", "b", 2, 4, "session.completed", "");
    take(NOW);
    assert_int_equal(ut_drawn_calls(l, INT64_MIN, stop, &seen, &fault), 7);
    assert_int_equal(seen, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(calls_that_were_drawn_come_with_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(who_has_enough_ends_it, setup, teardown),
    };
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/floor.db", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    clear();
    (void)rmdir(folder);
    return failed;
}
