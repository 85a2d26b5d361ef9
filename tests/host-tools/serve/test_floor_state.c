/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_state.h"

#include "tests/host-tools/serve/floor_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_ledger *l;
static struct ut_fault fault;
static const int64_t NOW = 1800000000000;

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    if (truncate(path, 0) != 0)
        return 1;
    l = ut_ledger_sqlite(path, true, &fault);
    return l == NULL;
}

static int teardown(void **state)
{
    (void)state;
    l->kind->close(l);
    return 0;
}

static void put_json(const char *json, enum ut_floor_kind kind, int64_t now)
{
    struct ut_ledger_event e = {.device = "secret-desk", .json = json};
    assert_int_equal(ut_payload_parse(json, strlen(json), kind, &e.about), UT_PAYLOAD_FINE);
    assert_int_equal(l->kind->take(l, &e, 1, now, &fault), 0);
    assert_int_equal(e.result, UT_LEDGER_NEW);
}

static void put(const char *session, int sequence, const char *type)
{
    enum ut_floor_kind kind = strncmp(type, "flag", 4) == 0  ? UT_FLOOR_FLAG
                              : strncmp(type, "cue", 3) == 0 ? UT_FLOOR_CUE
                                                             : UT_FLOOR_CALL;
    put_json(ut_floor_event(session, sequence, type), kind, NOW + sequence);
}

static void put_score(const char *session, int t, const char *score)
{
    char text[900];
    (void)snprintf(text, sizeof text,
                   "{\"specversion\":\"1.0\",\"id\":\"x\",\"source\":\"y\",\"type\":\"undertone.score.v1\",\"time\":"
                   "\"2026-01-02T03:04:05Z\",\"session\":\"%s\",\"data\":{\"ContactId\":\"c\",\"EndOffsetMillis\":%d,"
                   "\"Score\":%s,\"Abstain\":\"none\",\"Slope\":0.1,\"Agent\":{\"TalkShare\":0.7},"
                   "\"SyllablesPerSecond\":4}}",
                   session, t, score);
    put_json(text, UT_FLOOR_SCORE, NOW);
}

static json_t *state_since(int64_t since)
{
    char *text = ut_floor_state(l, NULL, since, json_object(), &fault);
    assert_non_null(text);
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    assert_null(strstr(text, "secret-desk")); /* who sits there is nobody's matter here */
    assert_null(strstr(text, "Agent"));
    assert_null(strstr(text, "TalkShare"));
    free(text);
    return value;
}

static const char *session_at(const json_t *state, size_t i)
{
    return json_string_value(json_object_get(json_array_get(json_object_get(state, "Calls"), i), "Session"));
}

static void flags_first_by_their_time_then_calls_by_theirs(void **state)
{
    (void)state;
    put("late", 3, "session.started"); /* a hole: not begun */
    put("z", 1, "session.started");
    put("a", 1, "session.started");
    put("a", 2, "cue.opened");
    put("m", 1, "session.started");
    put("m", 2, "cue.opened");
    put("m", 3, "cue.closed");
    put("m", 4, "flag.raised");
    put("z", 2, "flag.raised");
    put("b", 1, "session.started");
    put("b", 2, "flag.raised");
    put("b", 3, "flag.lowered");
    json_t *s = state_since(NOW);
    assert_int_equal(json_array_size(json_object_get(s, "Calls")), 4);
    assert_string_equal(session_at(s, 0), "z");
    assert_string_equal(session_at(s, 1), "m");
    json_decref(s);
}

static void what_a_call_says(void **state)
{
    (void)state;
    char *text = NULL;
    const char *by, *link;
    json_int_t cues, raised;
    double frustration;
    put("s", 1, "session.started");
    put("s", 2, "cue.opened");
    put("s", 3, "flag.raised");
    put_score("s", 1000, "{\"Frustration\":0.25,\"Delight\":0,\"Confidence\":0.9}");
    assert_int_equal(l->kind->act(l, 1, "Kim", NULL, NOW, &fault), 1);
    assert_int_equal(ut_floor_state_call(l, "s", &text, &fault), 1);
    json_t *c = json_loads(text, 0, NULL);
    free(text);
    assert_int_equal(json_unpack(c, "{s:I, s:{s:s}, s:{s:{s:F}}, s:{s:I, s:s}}", "Cues", &cues, "Link", "State", &link,
                                 "Mood", "Score", "Frustration", &frustration, "Flag", "Id", &raised, "AcknowledgedBy",
                                 &by),
                     0);
    assert_int_equal(cues, 1);
    assert_int_equal(raised, 1);
    assert_string_equal(by, "Kim");
    assert_string_equal(link, "lost"); /* nothing was heard of its desk */
    assert_true(frustration > 0.24 && frustration < 0.26);
    assert_true(json_is_null(json_object_get(json_object_get(c, "Flag"), "Action")));
    json_decref(c);
    assert_int_equal(ut_floor_state_call(l, "none", &text, &fault), 0);
}

static void a_call_as_it_grows(void **state)
{
    (void)state;
    char *text = NULL;
    put("s", 1, "session.started");
    put("s", 2, "cue.opened");
    put_score("s", 1000, "{\"Frustration\":0.25,\"Delight\":0,\"Confidence\":0.9}");
    put_score("s", 2000, "null");
    assert_int_equal(ut_floor_state_detail(l, "s", 0, -1, &text, &fault), 1);
    json_t *d = json_loads(text, 0, NULL);
    assert_null(strstr(text, "TalkShare"));
    free(text);
    assert_int_equal(json_array_size(json_object_get(d, "Events")), 2);
    assert_int_equal(json_array_size(json_object_get(d, "Scores")), 2);
    assert_true(json_is_null(json_array_get(json_array_get(json_object_get(d, "Scores"), 1), 1)));
    json_decref(d);
    assert_int_equal(ut_floor_state_detail(l, "s", 1, 1000, &text, &fault), 1);
    d = json_loads(text, 0, NULL);
    free(text);
    assert_int_equal(json_array_size(json_object_get(d, "Events")), 1);
    assert_int_equal(json_array_size(json_object_get(d, "Scores")), 1);
    json_decref(d);
    assert_int_equal(ut_floor_state_detail(l, "none", 0, -1, &text, &fault), 0);
}

static void what_has_ended_is_there_for_a_while(void **state)
{
    (void)state;
    put("s", 1, "session.started");
    put("s", 2, "session.completed");
    json_t *s = state_since(0);
    assert_string_equal(session_at(s, 0), "s");
    json_decref(s);
    s = state_since(NOW); /* it ended in 2026, on its own clock */
    assert_int_equal(json_array_size(json_object_get(s, "Calls")), 0);
    json_decref(s);
}

/* The first who was there stays on record. */
static void a_flag_is_seen_and_acted_on_once(void **state)
{
    (void)state;
    char *text = NULL, session[UT_FLOOR_SESSION];
    put("s", 1, "session.started");
    put("s", 2, "flag.raised");
    assert_int_equal(l->kind->flagged(l, 1, session, &fault), 1);
    assert_string_equal(session, "s");
    assert_int_equal(l->kind->flagged(l, 2, session, &fault), 0);
    assert_int_equal(l->kind->act(l, 2, "Kim", NULL, NOW, &fault), 0);
    assert_int_equal(l->kind->act(l, 1, "Kim", "listening in", NOW, &fault), 1);
    assert_int_equal(l->kind->act(l, 1, "Lee", "something else", NOW + 1, &fault), 1);
    assert_int_equal(ut_floor_state_call(l, "s", &text, &fault), 1);
    assert_non_null(strstr(text, "\"AcknowledgedBy\":\"Kim\""));
    assert_non_null(strstr(text, "\"Action\":\"listening in\""));
    assert_null(strstr(text, "something else"));
    free(text);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(flags_first_by_their_time_then_calls_by_theirs), TEST(what_a_call_says),
                                       TEST(a_call_as_it_grows), TEST(what_has_ended_is_there_for_a_while),
                                       TEST(a_flag_is_seen_and_acted_on_once)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
