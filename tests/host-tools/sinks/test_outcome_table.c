/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/outcome_table.h"

#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

static void outcomes_are_about_four_things(void **state)
{
    (void)state;
    assert_string_equal(ut_outcome_about("resolved"), ut_outcome_about("unresolved"));
    assert_string_equal(ut_outcome_about("churned"), ut_outcome_about("stayed"));
    assert_string_equal(ut_outcome_about("csat1"), ut_outcome_about("csat5"));
    assert_string_equal(ut_outcome_about("escalated"), "escalation");
    assert_null(ut_outcome_about("csat6"));
    assert_null(ut_outcome_about(""));
}

static int64_t count(const char *sql)
{
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    return n;
}

static void the_last_word_about_a_thing_counts(void **state)
{
    (void)state;
    put_event("a", 1, 100, "undertone.session.started.v1", "{}");
    put_event("a", 2, 100, "undertone.session.identified.v1", "{\"data\":{\"Contact\":\"crm 1\"}}");
    put_event("b", 1, 200, "undertone.session.identified.v1", "no JSON");
    assert_int_equal(ut_outcome_put(d, "a", "unresolved", 1, "x", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "crm 1", "resolved", 2, "y", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "b", "csat3", 3, "y", &fault), 1);
    assert_int_equal(count("SELECT count(*) FROM outcome"), 2);
    assert_int_equal(count("SELECT at FROM outcome WHERE session = 'a' AND outcome = 'resolved' AND by = 'y'"), 2);
    assert_int_equal(ut_outcome_put(d, "c", "resolved", 4, "y", &fault), 0);
    assert_int_equal(ut_outcome_put(d, "a", "happy", 4, "y", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_int_equal(ut_event_table_erase(d, "a", &fault), 1);
    assert_int_equal(count("SELECT count(*) FROM outcome"), 1);
}

/* A receipt may be lost: the message comes again, behind whatever was said meanwhile. */
static void a_message_that_comes_again_changes_nothing(void **state)
{
    (void)state;
    put_event("a", 1, 100, "undertone.session.started.v1", "{}");
    put_event("a", 2, 100, "undertone.session.identified.v1", "{\"data\":{\"Contact\":\"+49 30 1\"}}");
    assert_int_equal(ut_outcome_put_once(d, "crm-1", "+49 30 1", "csat2", 1, &fault), 1);
    assert_int_equal(ut_outcome_put_once(d, "crm-2", "a", "csat5", 2, &fault), 1);
    assert_int_equal(ut_outcome_put_once(d, "crm-1", "+49 30 1", "csat2", 3, &fault), 1);
    assert_int_equal(count("SELECT count(*) FROM outcome WHERE outcome = 'csat5' AND at = 2 AND by = 'mqtt'"), 1);
    put_event("b", 1, 200, "undertone.session.started.v1", "{}"); /* the same customer calls again */
    put_event("b", 2, 200, "undertone.session.identified.v1", "{\"data\":{\"Contact\":\"+49 30 1\"}}");
    assert_int_equal(ut_outcome_put_once(d, "crm-1", "+49 30 1", "csat2", 4, &fault), 1);
    assert_int_equal(count("SELECT count(*) FROM outcome WHERE session = 'b'"), 0);
    assert_int_equal(ut_outcome_put_once(d, "crm-3", "c", "csat1", 5, &fault), 0);
    put_event("c", 1, 300, "undertone.session.started.v1", "{}");
    assert_int_equal(ut_outcome_put_once(d, "crm-3", "c", "csat1", 6, &fault), 1); /* what was refused is not known */
    assert_int_equal(ut_outcome_put_once(d, "crm-4", "c", "happy", 7, &fault), -1);
    assert_int_equal(count("SELECT count(*) FROM heard"), 3);
    assert_int_equal(ut_event_table_erase(d, "a", &fault), 1);
    assert_int_equal(count("SELECT count(*) FROM heard"), 1);
}

static int take(void *ctx, const struct ut_outcome_cue *one)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)snprintf(text + n, 200 - n, "%s %s %lld %g;", one->cue, one->outcome, (long long)one->at_ms,
                   one->has_value ? one->value : -1.0);
    return 0;
}

static void cues_come_with_their_value_and_last_word(void **state)
{
    (void)state;
    char text[200] = "";
    put_event("a", 1, 100, "undertone.cue.opened.v1", "{\"id\":\"a-1\",\"data\":{\"Explanation\":[{\"Value\":0.42}]}}");
    put_event("a", 2, 100, "undertone.cue.outcome.v1",
              "{\"data\":{\"Cue\":\"empathy_cue\",\"Opening\":\"a-1\",\"Outcome\":\"wrong\"}}");
    put_event("a", 3, 100, "undertone.cue.outcome.v1",
              "{\"data\":{\"Cue\":\"empathy_cue\",\"Opening\":\"a-1\",\"Outcome\":\"helped\"}}");
    put_event("a", 4, 100, "undertone.cue.opened.v1",
              "{\"id\":\"a-4\",\"data\":{\"Explanation\":[{\"Value\":-20, \"Baseline\": -28.5}]}}");
    put_event("a", 5, 100, "undertone.cue.outcome.v1",
              "{\"data\":{\"Cue\":\"customer_raised_voice\",\"Opening\":\"a-4\",\"Outcome\":\"wrong\"}}");
    put_event("a", 6, 100, "undertone.cue.outcome.v1",
              "{\"data\":{\"Cue\":\"empathy_cue\",\"Opening\":\"gone\",\"Outcome\":\"wrong\"}}");
    put_event("a", 7, 100, "undertone.cue.opened.v1", "{\"id\":\"a-7\",\"data\":{}}");
    put_event("a", 8, 100, "undertone.cue.outcome.v1",
              "{\"data\":{\"Cue\":\"x\",\"Opening\":\"a-7\",\"Outcome\":\"helped\"}}");
    put_event("a", 9, 100, "undertone.cue.outcome.v1", "no JSON");
    assert_int_equal(ut_outcome_cues(d, take, text, &fault), 0);
    assert_string_equal(text, "empathy_cue helped 101 0.42;customer_raised_voice wrong 104 8.5;x helped 107 -1;");
}

static void add_text(void *ctx, json_t *outcome)
{
    char *text = json_dumps(outcome, JSON_COMPACT);
    (void)strcat(strcat(ctx, text), "\n");
    free(text);
    json_decref(outcome);
}

static void what_was_said_of_a_call_is_handed_out(void **state)
{
    (void)state;
    char text[500] = "";
    put_event("s", 1, 5000, "undertone.session.started.v1", "{}");
    assert_int_equal(ut_outcome_put(d, "s", "csat4", 2000, "http", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "s", "stayed", 1000, "command", &fault), 1);
    assert_int_equal(ut_outcome_of(d, "s", add_text, text, &fault), 0);
    assert_string_equal(text, "{\"Session\":\"s\",\"About\":\"loyalty\",\"Outcome\":\"stayed\",\"At\":"
                              "\"1970-01-01T00:00:01.000Z\",\"By\":\"command\"}\n"
                              "{\"Session\":\"s\",\"About\":\"satisfaction\",\"Outcome\":\"csat4\",\"At\":"
                              "\"1970-01-01T00:00:02.000Z\",\"By\":\"http\"}\n");
    text[0] = '\0';
    assert_int_equal(ut_outcome_of(d, "t", add_text, text, &fault), 0);
    assert_string_equal(text, "");
    assert_int_equal(ut_event_table_erase(d, "s", &fault), 1); /* what was said goes with it */
    assert_int_equal(ut_outcome_of(d, "s", add_text, text, &fault), 0);
    assert_string_equal(text, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(outcomes_are_about_four_things),
        TEST(the_last_word_about_a_thing_counts),
        TEST(a_message_that_comes_again_changes_nothing),
        TEST(what_was_said_of_a_call_is_handed_out),
        TEST(cues_come_with_their_value_and_last_word),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
