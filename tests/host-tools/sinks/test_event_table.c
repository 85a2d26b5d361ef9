/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/event_table.h"

#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

enum { STORED = 1000 };

static int put(const char *session, int64_t sequence, int64_t start, const char *type, const char *json,
               const char *state)
{
    const struct ut_event_row row = {.session = session,
                                     .contact_id = "contact",
                                     .type = type,
                                     .json = json,
                                     .sequence = sequence,
                                     .start_ms = start,
                                     .at_ms = start + 100 * sequence,
                                     .state = state};
    fault = (struct ut_fault){0};
    return ut_event_table_put(d, &row, STORED, &fault);
}

static void put_call(const char *session, int64_t start)
{
    assert_int_equal(put(session, 1, start, "undertone.session.started.v1", "{1}", NULL), 1);
    assert_int_equal(put(session, 2, start, "undertone.cue.opened.v1", "{2}", NULL), 1);
    assert_int_equal(put(session, 3, start, "undertone.flag.raised.v1", "{3}", NULL), 1);
    assert_int_equal(put(session, 4, start, "undertone.session.completed.v1", "{4}", "COMPLETED"), 1);
}

static void add_line(void *ctx, const char *json)
{
    (void)strcat(ctx, json);
}

static int add_call(void *ctx, const struct ut_event_table_call *c)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)snprintf(text + n, 500 - n, "%s %s %s %d %lld %lld %lld: %lld %lld %lld\n", c->session, c->contact_id,
                   c->state, c->dated, (long long)c->began_ms, (long long)c->ended_ms, (long long)c->stored_ms,
                   (long long)c->events, (long long)c->cues, (long long)c->flags);
    return 0;
}

static void a_call_comes_out_as_it_went_in(void **state)
{
    (void)state;
    char text[500] = "";
    put_call("b", 5000);
    assert_int_equal(put("a", 1, 0, "undertone.session.started.v1", "{first}", NULL), 1);
    assert_int_equal(put("a", 3, 0, "undertone.session.started.v1", "{later}", NULL), 1);
    assert_int_equal(put("a", 2, 0, "undertone.session.started.v1", "{second}", NULL), 1);
    assert_int_equal(ut_event_table_calls(d, add_call, text, &fault), 0);
    assert_string_equal(text,
                        "b contact COMPLETED 1 5000 5400 1000: 4 1 1\na contact IN_PROGRESS 0 0 -1 1000: 3 0 0\n");
    text[0] = '\0';
    assert_int_equal(ut_event_table_events(d, "b", add_line, text, &fault), 4);
    assert_string_equal(text, "{1}{2}{3}{4}");
    text[0] = '\0';
    assert_int_equal(ut_event_table_events(d, "a", add_line, text, &fault), 3);
    assert_string_equal(text, "{first}{second}{later}");
    assert_int_equal(ut_event_table_events(d, "c", add_line, text, &fault), 0);
    assert_int_equal(ut_event_table_has(d, "a", &fault), 1);
    assert_int_equal(ut_event_table_has(d, "c", &fault), 0);
    put_call("c-2", 7000); /* a second call of c's connection would be this one */
    assert_int_equal(ut_event_table_has(d, "c", &fault), 1);
    assert_int_equal(ut_event_table_has(d, "c-", &fault), 0);
    put_call("e-2x", 8000);
    assert_int_equal(ut_event_table_has(d, "e", &fault), 0);
}

static void an_event_again_is_once(void **state)
{
    (void)state;
    char text[500] = "";
    put_call("b", 0);
    assert_int_equal(put("b", 2, 0, "undertone.cue.opened.v1", "{2}", NULL), 0);
    assert_int_equal(put("b", 4, 0, "undertone.session.completed.v1", "{4}", "COMPLETED"), 0);
    assert_int_equal(put("b", 2, 0, "undertone.cue.opened.v1", "{two}", NULL), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_OTHER);
    assert_non_null(strstr(fault.text, "session b: the store has it with another event 2"));
    assert_int_equal(ut_event_table_events(d, "b", add_line, text, &fault), 4);
    assert_string_equal(text, "{1}{2}{3}{4}");
}

static void a_failed_call_says_so(void **state)
{
    (void)state;
    char text[500] = "";
    assert_int_equal(put("f", 1, 0, "undertone.session.failed.v1", "{}", "FAILED"), 1);
    assert_int_equal(ut_event_table_calls(d, add_call, text, &fault), 0);
    assert_string_equal(text, "f contact FAILED 0 0 100 1000: 1 0 0\n");
    assert_int_equal(put("g", 1, 0, "undertone.session.failed.v1", "{}", "GONE"), -1); /* no such state */
}

static void calls_are_erased_by_name_and_by_age(void **state)
{
    (void)state;
    char text[500] = "";
    put_call("undated", 0); /* stored at 1000 */
    put_call("old", 500);   /* ended at 900 */
    put_call("new", 700);   /* ended at 1100 */
    assert_int_equal(put("open", 1, 950, "undertone.session.started.v1", "{}", NULL), 1);
    assert_int_equal(ut_event_table_erase_before(d, 900, &fault), 0);
    assert_int_equal(ut_event_table_erase_before(d, 901, &fault), 1);
    assert_int_equal(ut_event_table_has(d, "old", &fault), 0);
    assert_int_equal(ut_event_table_erase_before(d, 951, &fault), 1);
    assert_int_equal(ut_event_table_has(d, "open", &fault), 0);
    assert_int_equal(ut_event_table_erase(d, "none", &fault), 0);
    assert_int_equal(ut_event_table_erase(d, "new", &fault), 1);
    assert_int_equal(ut_event_table_events(d, "new", add_line, text, &fault), 0);
    assert_int_equal(ut_event_table_erase_before(d, 1000, &fault), 0);
    assert_int_equal(ut_event_table_erase_before(d, 1001, &fault), 1);
    assert_int_equal(ut_event_table_calls(d, add_call, text, &fault), 0);
    assert_string_equal(text, "");
    int64_t left;
    assert_int_equal(ut_database_count(d, &fault, &left, -1, "SELECT count(*) FROM event"), 0);
    assert_int_equal(left, 0);
    put_call("new", 700); /* an erased call may come again */
    /* One that is erased while it lasts does not come back with its next event. */
    assert_int_equal(put("live", 1, 950, "undertone.session.started.v1", "{}", NULL), 1);
    assert_int_equal(ut_event_table_erase(d, "live", &fault), 1);
    assert_int_equal(put("live", 2, 950, "undertone.cue.opened.v1", "{}", NULL), 0);
    assert_int_equal(put("live", 3, 950, "undertone.session.completed.v1", "{}", "COMPLETED"), 0);
    assert_int_equal(ut_event_table_has(d, "live", &fault), 0);
}

static void a_customer_is_found_and_forgotten(void **state)
{
    (void)state;
    char text[500] = "", two[500] = "";
    assert_int_equal(put("a", 1, 100, "undertone.session.started.v1", "{\"data\":{\"Customer\":\"h1\"}}", NULL), 1);
    assert_int_equal(put("a", 2, 110, "undertone.cue.opened.v1", "{\"data\":{\"Customer\":\"h2\"}}", NULL), 1);
    assert_int_equal(put("b", 1, 120, "undertone.session.started.v1", "{\"data\":{}}", NULL), 1);
    assert_int_equal(put("b", 2, 130, "undertone.session.identified.v1", "{\"data\":{\"Customer\":\"h1\"}}", NULL), 1);
    assert_int_equal(put("c", 1, 140, "undertone.session.started.v1", "{\"data\":{\"Customer\":\"h2\"}}", NULL), 1);
    assert_int_equal(put("d", 1, 150, "undertone.session.started.v1", "no JSON", NULL), 1);
    assert_int_equal(ut_event_table_calls_of(d, "h1", add_call, text, &fault), 0);
    assert_non_null(strstr(text, "a "));
    assert_non_null(strstr(text, "b "));
    assert_null(strstr(text, "c "));
    assert_int_equal(ut_event_table_calls_of(d, "", add_call, two, &fault), 0);
    assert_string_equal(two, "");
    assert_int_equal(ut_event_table_erase_of(d, "h1", &fault), 2);
    assert_int_equal(ut_event_table_erase_of(d, "h1", &fault), 0);
    assert_int_equal(ut_event_table_has(d, "a", &fault), 0);
    assert_int_equal(ut_event_table_has(d, "b", &fault), 0);
    assert_int_equal(ut_event_table_has(d, "c", &fault), 1);
    assert_int_equal(ut_event_table_has(d, "d", &fault), 1);
}

static void what_was_scored_can_be_taken_out(void **state)
{
    (void)state;
    static const char cue[] =
        "{\"id\":\"s-1\",\"data\":{\"ContactId\":\"c\",\"Cue\":\"empathy_cue\",\"Explanation\":[{}]}}",
                      other[] = "{\"data\":{\"Cue\":\"overlapping_speech\"}}",
                      handover[] = "{\"data\":{\"ContactId\":\"c\",\"Trajectory\":[0.123456789]}}";
    char text[1000] = "";
    assert_int_equal(put("s", 1, 100, "undertone.cue.opened.v1", cue, NULL), 1);
    assert_int_equal(put("s", 2, 110, "undertone.cue.opened.v1", other, NULL), 1);
    assert_int_equal(put("s", 3, 120, "undertone.handover.v1", handover, NULL), 1);
    assert_int_equal(put("s", 4, 130, "undertone.handover.v1", "no JSON", NULL), 1);
    assert_int_equal(put("t", 1, 140, "undertone.cue.opened.v1", cue, NULL), 1);
    int64_t scores;
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO score VALUES('s', 1, '{}'), ('t', 1, '{}')", ""), 0);
    assert_int_equal(ut_event_table_unscore(d, "s", &fault), 0);
    assert_int_equal(ut_database_count(d, &fault, &scores, -1, "SELECT sum(session = 't') * 10 + count(*) FROM score"),
                     0);
    assert_int_equal(scores, 11);
    assert_int_equal(ut_event_table_events(d, "s", add_line, text, &fault), 4);
    assert_non_null(strstr(text, "{\"id\":\"s-1\",\"data\":{\"ContactId\":\"c\",\"Erased\":true}}"));
    assert_non_null(strstr(text, other));
    assert_null(strstr(text, "Trajectory"));
    assert_null(strstr(text, "empathy"));
    text[0] = '\0';
    assert_int_equal(ut_event_table_events(d, "t", add_line, text, &fault), 1);
    assert_non_null(strstr(text, cue));
}

/* Only that many columns exist: nothing in a store can hold sound or words of the call beside the events themselves. */
static void a_store_has_these_columns_and_no_other(void **state)
{
    (void)state;
    char text[500] = "";
    assert_int_equal(ut_database_ask(d, &fault, NULL, NULL, "SELECT 1", ""), 0);
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, -1,
                                       "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name) c "
                                       "WHERE s.type = 'table' AND s.name != 'sqlite_sequence'"),
                     0);
    assert_int_equal(n, 1 + 6 + 6 + 9 + 5 + 3 + 3 + 14 + 2);
    assert_int_equal(ut_database_count(d, &fault, &n, -1,
                                       "SELECT count(*) FROM sqlite_schema s, pragma_table_info(s.name) c "
                                       "WHERE c.type NOT IN ('TEXT', 'INTEGER') AND s.name != 'sqlite_sequence'"),
                     0);
    assert_int_equal(n, 0);
    char id[UT_EVENT_TABLE_ID], again[UT_EVENT_TABLE_ID];
    assert_int_equal(ut_event_table_id(d, id, &fault), 0);
    assert_int_equal(strlen(id), 32);
    assert_int_equal(ut_event_table_id(d, again, &fault), 0);
    assert_string_equal(id, again);
    assert_string_equal(text, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_call_comes_out_as_it_went_in),
        TEST(an_event_again_is_once),
        TEST(a_failed_call_says_so),
        TEST(calls_are_erased_by_name_and_by_age),
        TEST(a_customer_is_found_and_forgotten),
        TEST(what_was_scored_can_be_taken_out),
        TEST(a_store_has_these_columns_and_no_other),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
