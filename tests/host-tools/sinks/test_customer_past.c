/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/customer_past.h"

#include "host-tools/call/risk_fit.h"
#include "host-tools/sinks/outcome_table.h"
#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

#define STARTED "undertone.session.started.v1"
#define ENDED "undertone.session.completed.v1"

/* A call with a customer that lasts a minute. */
static void put_call(const char *session, const char *customer, int64_t start, const char *trajectory)
{
    char json[300];
    (void)snprintf(json, sizeof json, "{\"data\":{\"Customer\":\"%s\"}}", customer);
    put_event(session, 1, start, STARTED, json);
    put_event(session, 2, start, "undertone.hold.ended.v1", "{\"data\":{\"TotalTimeMillis\":90000}}");
    (void)snprintf(json, sizeof json, "{\"data\":{\"Trajectory\":%s}}", trajectory);
    const struct ut_event_row row = {.session = session,
                                     .contact_id = session,
                                     .type = ENDED,
                                     .json = json,
                                     .sequence = 3,
                                     .start_ms = start,
                                     .at_ms = start + 60000,
                                     .state = "COMPLETED"};
    assert_int_equal(ut_event_table_put(d, &row, 1000, &fault), 1);
}

#define WORSE "{\"Begin\":0.2,\"End\":0.6,\"Peak\":0.8,\"Change\":\"worse\",\"Quarters\":[null],\"AboveMillis\":7}"

static void what_is_kept_is_what_is_named(void **state)
{
    (void)state;
    struct ut_customer_past p;
    put_call("a2", "A", 2000, WORSE);
    put_call("b", "B", 1500, WORSE);
    put_call("a1", "A", 1000, "null");
    assert_int_equal(ut_outcome_put(d, "a2", "csat2", 9, "x", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "a2", "unresolved", 9, "x", &fault), 1);
    assert_int_equal(ut_outcome_put(d, "a1", "resolved", 9, "x", &fault), 1);
    assert_int_equal(ut_customer_past(&p, d, "A", &fault), 0);
    assert_int_equal(p.n, 2);
    assert_int_equal(p.call[0].past.began_ms, 1000);
    assert_false(p.call[0].past.scored || p.call[0].past.unresolved);
    assert_int_equal(p.call[0].past.change, UT_PAST_UNKNOWN);
    assert_int_equal(p.call[1].past.ended_ms, 62000);
    assert_int_equal(p.call[1].past.hold_ms, 90000);
    assert_true(p.call[1].past.scored && p.call[1].past.unresolved);
    assert_true(p.call[1].past.begin == 0.2 && p.call[1].past.end == 0.6);
    assert_int_equal(p.call[1].past.change, UT_PAST_WORSE);
    json_t *json = ut_customer_past_json(&p.call[1]);
    static const char *const KEPT[] = {"Begin",    "DurationMillis",   "HoldMillis",     "Outcomes",
                                       "Quarters", "BeginFrustration", "EndFrustration", "Peak"};
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++)
        assert_non_null(json_object_get(json, KEPT[i]));
    assert_int_equal(json_object_size(json), sizeof KEPT / sizeof KEPT[0]);
    assert_int_equal(json_array_size(json_object_get(json, "Outcomes")), 2);
    json_decref(json);
    ut_customer_past_free(&p);
    assert_int_equal(ut_customer_past(&p, d, "C", &fault), 0);
    assert_int_equal(p.n, 0);
    ut_customer_past_free(&p);
}

static void what_is_no_past_call_is_none(void **state)
{
    (void)state;
    struct ut_customer_past p;
    put_event("going", 1, 1000, STARTED, "{\"data\":{\"Customer\":\"A\"}}");
    put_call("undated", "A", 0, WORSE);
    put_event("broken", 1, 1000, STARTED, "no JSON");
    put_event("odd", 1, 1000, STARTED, "{\"data\":{\"Customer\":{\"A\":1}}}");
    put_call("refused", "A", 3000, WORSE);
    put_event("refused", 4, 3000, "undertone.session.refused.v1", "{}");
    put_call("another", "A", 4000, WORSE); /* whom it was with was set right later */
    put_event("another", 4, 4000, "undertone.session.identified.v1", "{\"data\":{\"Customer\":\"B\"}}");
    put_event("another", 5, 4000, "undertone.session.identified.v1", "{\"data\":{\"Contact\":\"c\"}}");
    assert_int_equal(ut_customer_past(&p, d, "A", &fault), 0);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.call[0].past.began_ms, 3000);
    assert_false(p.call[0].past.scored); /* the customer did not want it */
    assert_null(p.call[0].trajectory);
    ut_customer_past_free(&p);
    assert_int_equal(ut_customer_past(&p, d, "B", &fault), 0);
    assert_int_equal(p.n, 1);
    ut_customer_past_free(&p);
}

/* A site where those go whose calls end worse. */
static void outcomes_teach_the_risk(void **state)
{
    (void)state;
    struct ut_risk risk;
    char name[20], customer[20];
    assert_int_equal(ut_database_do(d, &fault, "BEGIN", ""), 0);
    for (int i = 0; i < UT_RISK_OUTCOMES; i++) {
        bool bad = i % 2 == 0, goes = bad ? i % 5 != 0 : i % 5 == 1;
        (void)snprintf(name, sizeof name, "s%d", i);
        (void)snprintf(customer, sizeof customer, "c%d", i);
        put_call(name, customer, 1000 + i, bad ? WORSE : "{\"Begin\":0.3,\"End\":0.2,\"Change\":\"same\"}");
        if (i == UT_RISK_OUTCOMES - 1) {
            assert_int_equal(ut_customer_past_fit(d, &risk, &fault), 0);
            assert_false(risk.fitted);
            assert_int_equal(risk.n, UT_RISK_OUTCOMES - 1);
        }
        assert_int_equal(ut_outcome_put(d, name, goes ? "churned" : "stayed", 9, "x", &fault), 1);
    }
    assert_int_equal(ut_database_do(d, &fault, "COMMIT", ""), 0);
    assert_int_equal(ut_customer_past_fit(d, &risk, &fault), 0);
    assert_true(risk.fitted && risk.auc > 0.7);
    assert_true(risk.weight[0] > 0.5);
    assert_int_equal(risk.n, UT_RISK_OUTCOMES);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_is_what_is_named),
        TEST(what_is_no_past_call_is_none),
        TEST(outcomes_teach_the_risk),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
