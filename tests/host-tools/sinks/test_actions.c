/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/actions.h"

#include "host-tools/system/clock.h"
#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct ut_config config;
static struct ut_action_rules rules;
static struct ut_snapshot v;
static const struct ut_snapshot *snapshot = &v;
static struct ut_actions a;

static void rule(const char *name, const char *key, const char *value)
{
    char section[60];
    (void)snprintf(section, sizeof section, "action.%s", name);
    assert_int_equal(ut_config_set(&config, section, key, value, "test", &fault), 0);
}

/* `ask` asks when a customer is frustrated, `list` keeps calls that ended worse. */
static void begin(void)
{
    ut_config_defaults(&config);
    assert_int_equal(ut_config_set(&config, "customer", "memory", "yes", "test", &fault), 0);
    rule("ask", "on", "empathy_cue.opened");
    rule("ask", "when", "frustration_slow >= 0.7, customer.risk >= 0.5");
    rule("ask", "do", "webhook");
    rule("ask", "to", "https://localhost/secret");
    rule("ask", "text", "Shall somebody call back?");
    rule("ask", "consent", "agent");
    rule("list", "on", "call.ended_worse flag.raised");
    rule("list", "do", "command");
    rule("list", "to", "/bin/true");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
    ut_snapshot_init(&v, "c", UT_ENGLISH);
    v.t_ms = v.scored_ms = 60000;
    v.frustration_slow = 0.8;
    v.past.risk = 0.6;
    v.contact = "crm-1";
    a = (struct ut_actions){.rules = &rules, .snapshot = &snapshot, .store = path, .risk = -1};
    put_event("s", 1, 1, "undertone.session.started.v1", "{}");
}

static json_t *of(enum ut_event_type type, const char *data)
{
    char json[400];
    (void)snprintf(json, sizeof json, "{\"id\":\"s-000007\",\"time\":\"2026-01-02T03:04:05.000Z\",\"data\":%s}", data);
    const struct ut_event e = {
        .type = type, .session = "s", .contact_id = "c", .sequence = 7, .t_ms = 60000, .json = json, .text = ""};
    return ut_actions_of(&a, &e);
}

static int asked(enum ut_event_type type, const char *data)
{
    json_t *list = of(type, data);
    int n = (int)json_array_size(list);
    json_decref(list);
    return n;
}

#define CUE "{\"Cue\":\"empathy_cue\"}"

static void what_fits_is_requested(void **state)
{
    (void)state;
    begin();
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, "{\"Cue\":\"ask_for_help\"}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, "{\"Cue\":\"no_cue\"}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_CLOSED, CUE), 0);
    assert_int_equal(asked(UT_EVENT_FLAG_RAISED, "{\"Cue\":\"ask_for_help\"}"), 1);
    assert_int_equal(asked(UT_EVENT_SESSION_COMPLETED, "{\"Trajectory\":{\"Change\":\"worse\"}}"), 1);
    assert_int_equal(asked(UT_EVENT_SESSION_COMPLETED, "{\"Trajectory\":{\"Change\":\"same\"}}"), 0);
    assert_int_equal(asked(UT_EVENT_SESSION_COMPLETED, "{}"), 0);
    v.frustration_slow = 0.69;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
}

static void the_risk_counts_for_the_call(void **state)
{
    (void)state;
    begin();
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
    v.past.risk = -1; /* it is told no more */
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
    assert_int_equal(asked(UT_EVENT_SESSION_STARTED, "{}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0); /* of the next customer nothing is known */
}

static void another_customer_has_another_risk(void **state)
{
    (void)state;
    begin();
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
    v.past.risk = -1;
    assert_int_equal(asked(UT_EVENT_SESSION_IDENTIFIED, "{\"Contact\":\"crm-2\"}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1); /* another contact of the same customer */
    /* the agent corrects who it is: nothing is known of that one */
    assert_int_equal(asked(UT_EVENT_SESSION_IDENTIFIED, "{\"Customer\":\"b\"}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
    v.past.risk = 0.9; /* of the next one something is */
    assert_int_equal(asked(UT_EVENT_SESSION_IDENTIFIED, "{\"Customer\":\"b\"}"), 0);
    v.past.risk = -1;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
}

static void what_may_not_be_known_sets_nothing_off(void **state)
{
    (void)state;
    begin();
    v.undisclosed = 1;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
    v.undisclosed = 0;
    v.refused = 1;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
    v.refused = 0;
    assert_int_equal(asked(UT_EVENT_SESSION_STARTED, "{\"Arm\":\"held_out\"}"), 0);
    v.past.risk = 0.6;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
    assert_int_equal(asked(UT_EVENT_FLAG_RAISED, "{}"), 0);
    assert_int_equal(asked(UT_EVENT_SESSION_STARTED, "{\"Arm\":\"shown\"}"), 0);
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 1);
    snapshot = NULL;
    assert_int_equal(asked(UT_EVENT_CUE_OPENED, CUE), 0);
    snapshot = &v;
}

/* The receiver learns what the rule is about, and neither a score beyond it nor where it goes. */
static void what_is_sent_is_what_the_rule_is_about(void **state)
{
    (void)state;
    begin();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    json_t *sent = json_loads(json_string_value(json_object_get(json_array_get(list, 0), "json")), 0, NULL);
    json_t *data = json_object_get(sent, "data"), *values = json_object_get(data, "Values");
    assert_string_equal(json_string_value(json_object_get(sent, "type")), "undertone.action.v1");
    assert_string_equal(json_string_value(json_object_get(sent, "cause")), "s-000007");
    assert_int_equal(strlen(json_string_value(json_object_get(sent, "id"))), 32);
    assert_string_equal(json_string_value(json_object_get(data, "Action")), "ask");
    assert_string_equal(json_string_value(json_object_get(data, "Contact")), "crm-1");
    assert_int_equal(json_object_size(values), 2);
    assert_true(json_number_value(json_object_get(values, "frustration_slow")) == 0.8);
    char *text = json_dumps(sent, 0);
    assert_null(strstr(text, "secret"));
    free(text);
    json_decref(sent);
    json_decref(list);
    list = of(UT_EVENT_SESSION_COMPLETED, "{\"Trajectory\":{\"Change\":\"worse\",\"Begin\":0.1,\"Quarters\":[]}}");
    sent = json_loads(json_string_value(json_object_get(json_array_get(list, 0), "json")), 0, NULL);
    data = json_object_get(sent, "data");
    assert_string_equal(json_string_value(json_object_get(data, "Change")), "worse");
    assert_null(json_object_get(data, "Quarters"));
    json_decref(sent);
    json_decref(list);
}

static void the_agent_is_asked_and_answers(void **state)
{
    (void)state;
    begin();
    int64_t now = ut_clock_unix_ms();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    assert_null(ut_actions_question(&a, now));
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0); /* the same event again asks nothing again */
    json_decref(list);
    assert_int_equal(a.questions, 1);
    now = ut_clock_unix_ms(); /* from before the question on, the clock would have been set back */
    const struct ut_action_question *q = ut_actions_question(&a, now);
    assert_non_null(q);
    assert_string_equal(q->text, "Shall somebody call back?");
    assert_int_equal(ut_actions_answer(&a, "another", true, "key", &fault), 0);
    char id[UT_ACTION_ID];
    memcpy(id, q->id, sizeof id);
    assert_int_equal(ut_actions_answer(&a, id, true, "key", &fault), 1);
    assert_null(ut_actions_question(&a, now));
    assert_int_equal(ut_actions_answer(&a, id, false, "key", &fault), 0);
    struct ut_action_due due;
    assert_int_equal(ut_action_take(d, ut_clock_unix_ms(), &due, &fault), 1);
    assert_string_equal(due.id, id);
    free(due.json);
}

static void a_question_goes_with_its_time(void **state)
{
    (void)state;
    begin();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    json_decref(list);
    int64_t until = a.question[0].until_ms;
    assert_non_null(ut_actions_question(&a, until - 1));
    assert_null(ut_actions_question(&a, until));
    assert_int_equal(a.questions, 0);
}

/* What is stored late is asked as long as what is stored at once. */
static void the_time_for_an_answer_begins_with_the_question(void **state)
{
    (void)state;
    begin();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* the store was locked meanwhile */
    int64_t late = ut_clock_unix_ms(), until;
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    json_decref(list);
    assert_true(a.question[0].until_ms >= late + UT_ACTION_ASK_MS);
    assert_int_equal(ut_database_count(d, &fault, &until, -1, "SELECT until FROM action"), 0);
    assert_true(until == a.question[0].until_ms);
}

static void who_refuses_is_asked_about_no_more(void **state)
{
    (void)state;
    begin();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    assert_non_null(ut_actions_question(&a, ut_clock_unix_ms()));
    json_t *refused = of(UT_EVENT_SESSION_REFUSED, "{}");
    assert_null(ut_actions_question(&a, ut_clock_unix_ms()));
    assert_int_equal(ut_action_forget(d, "s", &fault), 0);
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0); /* both were stored late, in one transaction */
    assert_int_equal(ut_actions_put(&a, d, refused, &fault), 0);
    assert_null(ut_actions_question(&a, ut_clock_unix_ms()));
    json_decref(list);
    json_decref(refused);
}

/* A transaction that comes to nothing is done again: one question, and an answer before that is not lost. */
static void a_question_outlives_a_transaction_that_fails(void **state)
{
    (void)state;
    char id[UT_ACTION_ID];
    begin();
    json_t *list = of(UT_EVENT_CUE_OPENED, CUE);
    assert_int_equal(ut_database_do(d, &fault, "BEGIN IMMEDIATE", ""), 0);
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    assert_int_equal(ut_database_do(d, &fault, "ROLLBACK", ""), 0);
    memcpy(id, a.question[0].id, sizeof id);
    assert_int_equal(ut_actions_answer(&a, id, true, "key", &fault), 0);
    assert_non_null(ut_actions_question(&a, ut_clock_unix_ms()));
    assert_int_equal(ut_actions_put(&a, d, list, &fault), 0);
    json_decref(list);
    assert_int_equal(a.questions, 1);
    assert_int_equal(ut_actions_answer(&a, id, true, "key", &fault), 1);
    assert_int_equal(a.questions, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_fits_is_requested),
        TEST(the_risk_counts_for_the_call),
        TEST(another_customer_has_another_risk),
        TEST(what_may_not_be_known_sets_nothing_off),
        TEST(what_is_sent_is_what_the_rule_is_about),
        TEST(the_agent_is_asked_and_answers),
        TEST(a_question_goes_with_its_time),
        TEST(the_time_for_an_answer_begins_with_the_question),
        TEST(who_refuses_is_asked_about_no_more),
        TEST(a_question_outlives_a_transaction_that_fails),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
