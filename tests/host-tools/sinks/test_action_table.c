/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_table.h"

#include "host-tools/settings/action_rules.h"
#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>

static char id[UT_ACTION_ID];

static void begin(void)
{
    put_event("s", 1, 1, "undertone.session.started.v1", "{}");
    ut_action_id(id, "s", 1, "flag");
}

static int request(int64_t sequence, const char *name, bool asks, bool otherwise, int limit, int64_t now)
{
    char own[UT_ACTION_ID];
    ut_action_id(own, "s", sequence, name);
    const struct ut_action_request r = {.id = own,
                                        .session = "s",
                                        .name = name,
                                        .json = "{}",
                                        .asks = asks,
                                        .otherwise = otherwise,
                                        .until_ms = now + UT_ACTION_ASK_MS,
                                        .limit = limit};
    return ut_action_request(d, &r, now, &fault);
}

static char seen[600];

static int take(void *ctx, const struct ut_action_row *row)
{
    size_t n = strlen(seen);
    (void)ctx;
    (void)snprintf(seen + n, sizeof seen - n, "%s%s %s %d: %s", n > 0 ? "; " : "", row->name, row->state, row->tries,
                   row->steps);
    return 0;
}

static const char *all(void)
{
    seen[0] = '\0';
    assert_int_equal(ut_action_list(d, take, NULL, &fault), 0);
    return seen;
}

static int64_t next(void)
{
    int64_t ms;
    assert_int_equal(ut_action_next(d, &ms, &fault), 0);
    return ms;
}

static int due(int64_t now, struct ut_action_due *out)
{
    int r = ut_action_take(d, now, out, &fault);
    free(out->json);
    out->json = NULL;
    return r;
}

static void an_id_is_the_same_whenever_it_is_asked(void **state)
{
    (void)state;
    char a[UT_ACTION_ID], b[UT_ACTION_ID];
    ut_action_id(a, "s", 12, "flag");
    ut_action_id(b, "s", 12, "flag");
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), 32);
    ut_action_id(b, "s", 1, "2flag");
    assert_string_not_equal(a, b);
    ut_action_id(b, "s", 13, "flag");
    assert_string_not_equal(a, b);
}

static void one_that_asks_nobody_is_done(void **state)
{
    (void)state;
    struct ut_action_due a, b;
    begin();
    assert_int_equal(next(), -1);
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(request(1, "flag", false, false, 0, 200), 0); /* the same event again */
    assert_int_equal(next(), 100);
    assert_int_equal(due(100, &a), 1);
    assert_string_equal(a.id, id);
    assert_int_equal(due(100, &b), 0);                      /* somebody has it */
    assert_int_equal(due(100 + UT_ACTION_LEASE_MS, &b), 1); /* and was killed: again, under the same id */
    assert_string_equal(b.id, id);
    assert_int_equal(ut_action_done(d, &b, 300, &fault), 0);
    assert_int_equal(ut_action_done(d, &b, 400, &fault), 0);
    assert_string_equal(all(), "flag DONE 0: REQUESTED 100 DONE 300");
    assert_int_equal(due(1000000, &a), 0);
    assert_int_equal(request(1, "flag", false, false, 0, 500), 0);
    assert_int_equal(next(), -1);
}

static int count_asked(void *ctx, const struct ut_action_row *row)
{
    (*(int *)ctx)++;
    assert_true(row->otherwise);
    assert_int_equal(row->until_ms, 100 + UT_ACTION_ASK_MS);
    assert_true(ut_action_expires(row, row->until_ms) && ut_action_expires(row, 50) && !ut_action_expires(row, 100));
    return 0;
}

static void who_is_asked_stands_in_what_is_sent(void **state)
{
    (void)state;
    int asked = 0;
    begin();
    const struct ut_action_request r = {.id = id,
                                        .session = "s",
                                        .name = "flag",
                                        .json = "{\"data\":{\"Consent\":\"supervisor\"}}",
                                        .asks = true,
                                        .otherwise = true,
                                        .until_ms = 100 + UT_ACTION_ASK_MS};
    assert_int_equal(ut_action_request(d, &r, 100, &fault), 1);
    assert_int_equal(request(2, "done", false, false, 0, 100), 1);
    assert_int_equal(ut_action_list_asked(d, count_asked, &asked, &fault), 0);
    assert_int_equal(asked, 1);
    assert_int_equal(ut_action_asks(d, id, "supervisor", 199, &fault), 1);
    assert_int_equal(ut_action_asks(d, id, "agent", 199, &fault), 0);
    assert_int_equal(ut_action_asks(d, "unknown", "supervisor", 199, &fault), 0);
    assert_int_equal(ut_action_asks(d, id, "supervisor", 99 + UT_ACTION_ASK_MS, &fault), 1);
    assert_int_equal(ut_action_asks(d, id, "supervisor", 100 + UT_ACTION_ASK_MS, &fault), 0); /* too late to count */
    assert_int_equal(ut_action_answer(d, id, true, 200, &fault), 1);
    assert_int_equal(ut_action_asks(d, id, "supervisor", 199, &fault), 0);
}

static void an_answer_decides_while_there_is_time(void **state)
{
    (void)state;
    struct ut_action_due a;
    char other[UT_ACTION_ID];
    begin();
    ut_action_id(other, "s", 2, "flag");
    assert_int_equal(request(1, "flag", true, false, 0, 100), 1);
    assert_int_equal(request(2, "flag", true, true, 0, 100), 1);
    assert_int_equal(due(200, &a), 0); /* nobody has said yes */
    assert_int_equal(next(), 100 + UT_ACTION_ASK_MS);
    assert_int_equal(ut_action_answer(d, id, true, 300, &fault), 1);
    assert_int_equal(ut_action_answer(d, id, false, 301, &fault), 0); /* once */
    assert_int_equal(ut_action_answer(d, other, false, 302, &fault), 1);
    assert_int_equal(ut_action_answer(d, "unknown", true, 303, &fault), 0);
    assert_int_equal(due(400, &a), 1);
    assert_string_equal(a.id, id);
    assert_int_equal(ut_action_done(d, &a, 500, &fault), 0);
    assert_int_equal(due(400 + UT_ACTION_LEASE_MS, &a), 0); /* declined is declined, whatever the default */
    assert_non_null(strstr(all(), "flag DONE 0: REQUESTED 100 CONFIRMED 300 DONE 500"));
    assert_non_null(strstr(seen, "flag DECLINED 0: REQUESTED 100 DECLINED 302"));
}

static void without_an_answer_the_default_counts(void **state)
{
    (void)state;
    struct ut_action_due a;
    begin();
    assert_int_equal(request(1, "flag", true, true, 0, 100), 1);
    assert_int_equal(request(2, "call", true, false, 0, 100), 1);
    assert_int_equal(ut_action_expire(d, 99 + UT_ACTION_ASK_MS, &fault), 0);
    assert_int_equal(due(99 + UT_ACTION_ASK_MS, &a), 0);
    assert_int_equal(ut_action_answer(d, id, true, 100 + UT_ACTION_ASK_MS, &fault), 0); /* too late */
    assert_int_equal(ut_action_expire(d, 100 + UT_ACTION_ASK_MS, &fault), 0);
    assert_int_equal(due(100 + UT_ACTION_ASK_MS, &a), 1);
    assert_string_equal(a.name, "flag");
    assert_int_equal(ut_action_done(d, &a, 20000, &fault), 0);
    assert_non_null(strstr(all(), "call EXPIRED 0: REQUESTED 100 EXPIRED 10100"));
    assert_non_null(strstr(seen, "flag DONE 0: REQUESTED 100 EXPIRED 10100 DONE 20000"));
}

static void a_clock_that_was_set_back_holds_nothing_up(void **state)
{
    (void)state;
    struct ut_action_due a;
    begin();
    assert_int_equal(request(1, "flag", true, true, 0, 100000000), 1);
    assert_int_equal(request(2, "call", false, false, 0, 100000000), 1);
    assert_int_equal(due(5000, &a), 1);
    assert_string_equal(a.name, "call");
    assert_int_equal(ut_action_expire(d, 5000, &fault), 0);
    assert_int_equal(due(5000, &a), 1);
    assert_string_equal(a.name, "flag");
}

static void an_hours_limit_is_kept(void **state)
{
    (void)state;
    begin();
    for (int i = 1; i <= 3; i++)
        assert_int_equal(request(i, "flag", false, false, 2, 1000 + i), i <= 2);
    assert_int_equal(request(4, "call", false, false, 2, 1004), 1); /* of another name */
    assert_int_equal(request(5, "flag", false, false, 2, 1002 + 3600000), 1);
}

static void what_always_fails_is_parked(void **state)
{
    (void)state;
    struct ut_action_due a;
    begin();
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(due(100, &a), 1);
    assert_int_equal(ut_action_failed(d, &a, 2, "answer 500", 100, &fault), 0);
    assert_int_equal(due(5099, &a), 0); /* not before the pause is over */
    assert_int_equal(request(2, "flag", false, false, 0, 200), 1);
    assert_int_equal(request(3, "call", false, false, 0, 200), 1);
    assert_int_equal(due(5100, &a), 1);
    assert_int_equal(a.tries, 1);
    assert_int_equal(ut_action_failed(d, &a, 2, "answer 500", 5100, &fault), 1);
    assert_non_null(strstr(all(), "flag FAILED 2: REQUESTED 100 FAILED 5100"));
    assert_non_null(strstr(seen, "flag FAILED 0: REQUESTED 200 FAILED 5100"));
    assert_non_null(strstr(seen, "call REQUESTED 0: REQUESTED 200"));
    assert_int_equal(request(4, "flag", false, false, 0, 6000), 0); /* parked */
    assert_int_equal(ut_action_retry(d, "nobody", 7000, &fault), 0);
    assert_int_equal(ut_action_retry(d, id, 7000, &fault), 1);
    assert_int_equal(ut_action_retry(d, "flag", 7000, &fault), 1);
    assert_int_equal(request(4, "flag", false, false, 0, 8000), 1);
    assert_non_null(strstr(all(), "flag CONFIRMED 0: REQUESTED 100 FAILED 5100 CONFIRMED 7000"));
}

static void what_was_tried_in_vain_can_be_hurried(void **state)
{
    (void)state;
    struct ut_action_due a;
    begin();
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(due(100, &a), 1);
    assert_int_equal(ut_action_failed(d, &a, 5, "x", 100, &fault), 0);
    assert_int_equal(ut_action_hurry(d, &fault), 0);
    assert_int_equal(due(101, &a), 1);
}

/* Two who hurry do not do the same at once; nor does one who takes parked ones up again. */
static void what_one_has_taken_no_other_hurries(void **state)
{
    (void)state;
    struct ut_action_due a, b, none;
    begin();
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(request(2, "flag", false, false, 0, 101), 1);
    assert_int_equal(due(200, &a), 1);
    assert_int_equal(ut_action_hurry(d, &fault), 0);
    assert_int_equal(due(201, &b), 1);
    assert_string_not_equal(a.id, b.id);
    assert_int_equal(due(202, &none), 0);
    assert_int_equal(next(), 200 + UT_ACTION_LEASE_MS);
    assert_int_equal(ut_action_failed(d, &b, 1, "x", 300, &fault), 1);
    assert_int_equal(ut_action_retry(d, "flag", 400, &fault), 2);
    assert_int_equal(due(401, &b), 1);
    assert_string_not_equal(a.id, b.id);
    assert_int_equal(due(402, &none), 0);
    assert_int_equal(ut_action_untake(d, &b, &fault), 0); /* given back */
    assert_int_equal(due(403, &none), 1);
    assert_string_equal(none.id, b.id);
    assert_int_equal(due(200 + UT_ACTION_LEASE_MS, &b), 1); /* its time is over */
    assert_string_equal(a.id, b.id);
}

static void they_go_with_their_call(void **state)
{
    (void)state;
    begin();
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(ut_action_forget(d, "other", &fault), 0);
    assert_string_not_equal(all(), "");
    assert_int_equal(ut_action_forget(d, "s", &fault), 0);
    assert_string_equal(all(), "");
    assert_int_equal(request(1, "flag", false, false, 0, 100), 1);
    assert_int_equal(ut_event_table_erase(d, "s", &fault), 1);
    assert_string_equal(all(), "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_id_is_the_same_whenever_it_is_asked),
        TEST(one_that_asks_nobody_is_done),
        TEST(who_is_asked_stands_in_what_is_sent),
        TEST(an_answer_decides_while_there_is_time),
        TEST(without_an_answer_the_default_counts),
        TEST(a_clock_that_was_set_back_holds_nothing_up),
        TEST(an_hours_limit_is_kept),
        TEST(what_always_fails_is_parked),
        TEST(what_was_tried_in_vain_can_be_hurried),
        TEST(what_one_has_taken_no_other_hurries),
        TEST(they_go_with_their_call),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
