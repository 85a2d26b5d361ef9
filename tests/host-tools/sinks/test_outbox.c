/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/outbox.h"

#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ut_outbox_row row;
static const int64_t NOW = 1700000000000;

static void put(const char *session, int64_t sequence)
{
    char json[60];
    (void)snprintf(json, sizeof json, "%s%d", session, (int)sequence);
    const struct ut_event_row event = {
        .session = session, .contact_id = "c", .type = "t", .json = json, .sequence = sequence};
    assert_int_equal(ut_event_table_put(d, &event, NOW, &fault), 1);
    assert_int_equal(ut_outbox_add(d, "w", session, sequence, NOW, &fault), 0);
}

/* The line of what is due then; "" = nothing is. */
static const char *take(int64_t now)
{
    static char json[60];
    json[0] = '\0';
    int r = ut_outbox_take(d, "w", now, &row, &fault);
    assert_true(r >= 0);
    if (r == 1)
        (void)snprintf(json, sizeof json, "%s", row.json);
    free(row.json);
    return json;
}

static struct ut_outbox_counts counts(void)
{
    struct ut_outbox_counts c;
    assert_int_equal(ut_outbox_counts(d, "w", &c, &fault), 0);
    return c;
}

static void events_go_in_order_and_sessions_beside_each_other(void **state)
{
    (void)state;
    put("a", 1);
    put("a", 2);
    put("b", 1);
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(row.sequence, 1);
    assert_string_equal(row.session, "a");
    assert_int_equal(row.tries, 0);
    const struct ut_outbox_row first = row;
    assert_string_equal(take(NOW), "b1"); /* a2 has to wait for a1 */
    assert_string_equal(take(NOW), "");
    assert_int_equal(ut_outbox_sent(d, "w", &first, &fault), 0);
    assert_string_equal(take(NOW), "a2");
    assert_int_equal(counts().waiting, 2);
}

static void what_is_taken_comes_back_when_its_taker_is_gone(void **state)
{
    (void)state;
    put("a", 1);
    assert_string_equal(take(NOW), "a1");
    assert_string_equal(take(NOW + UT_OUTBOX_TAKEN_MS - 1), "");
    assert_int_equal(counts().due_ms, NOW + UT_OUTBOX_TAKEN_MS);
    assert_string_equal(take(NOW + UT_OUTBOX_TAKEN_MS), "a1");
    assert_int_equal(row.tries, 0);
    assert_int_equal(ut_outbox_untake(d, "w", &row, &fault), 0);
    assert_string_equal(take(NOW), "a1");
}

static void what_failed_is_tried_again_and_at_last_dead(void **state)
{
    (void)state;
    put("a", 1);
    put("a", 2);
    int64_t now = NOW;
    for (int i = 0; i < UT_OUTBOX_TRIES; i++) {
        assert_string_equal(take(now), "a1");
        assert_int_equal(row.tries, i);
        assert_int_equal(counts().dead, 0);
        assert_int_equal(ut_outbox_again(d, "w", &row, now, 1000, "answer 500", &fault), 0);
        assert_string_equal(take(now + 999), i + 1 < UT_OUTBOX_TRIES ? "" : "a2");
        now += 1000;
    }
    assert_int_equal(counts().dead, 1);
    assert_int_equal(counts().waiting, 1);
    assert_string_equal(counts().error, "answer 500");
    assert_int_equal(ut_outbox_revive(d, "w", now, &fault), 1);
    assert_int_equal(counts().dead, 0);
    assert_string_equal(take(now), "a1");
    assert_int_equal(row.tries, 0);
}

/* Whoever sleeps until the next is due would not sleep at all. */
static const char *left(int64_t waiting, int64_t dead, const char *error)
{
    static char text[UT_OUTBOX_LEFT];
    struct ut_outbox_counts c = {.waiting = waiting, .dead = dead};
    (void)snprintf(c.error, sizeof c.error, "%s", error);
    ut_outbox_left(&c, "the next run sends them", " --mqtt", text);
    return text;
}

static void what_waits_and_what_is_dead_are_said_apart(void **state)
{
    (void)state;
    assert_string_equal(left(0, 0, ""), "");
    assert_string_equal(left(1, 0, ""), "1 event waits in the outbox; the next run sends them");
    assert_string_equal(left(4, 0, "answer 500"), "4 events wait in the outbox: answer 500; the next run sends them");
    assert_string_equal(
        left(0, 4, "answer 410"),
        "4 events are dead in the outbox: answer 410; `undertone outbox revive --mqtt` lets what is dead wait again");
    assert_string_equal(left(2, 1, "data"),
                        "2 events wait in the outbox, 1 event is dead: data; the next run sends them; "
                        "`undertone outbox revive --mqtt` lets what is dead wait again");
    char longest[UT_OUTBOX_ERROR];
    memset(longest, 'e', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    const char *end = strrchr(left(INT64_MAX, INT64_MAX, longest), '`');
    assert_string_equal(end, "` lets what is dead wait again"); /* nothing is cut */
}

static void what_has_to_wait_for_another_is_not_due(void **state)
{
    (void)state;
    put("a", 1);
    put("a", 2);
    assert_int_equal(counts().due_ms, NOW);
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(counts().due_ms, NOW + UT_OUTBOX_TAKEN_MS); /* in somebody's hand */
    assert_int_equal(ut_outbox_again(d, "w", &row, NOW, 300000, "x", &fault), 0);
    assert_int_equal(counts().due_ms, NOW + 300000);
    assert_int_equal(ut_outbox_add(d, "other", "a", 2, NOW, &fault), 0);
    assert_int_equal(counts().due_ms, NOW + 300000); /* another receiver's */
    put("b", 1);
    assert_int_equal(counts().due_ms, NOW); /* another session's */
    assert_string_equal(take(NOW), "b1");
    assert_int_equal(ut_outbox_sent(d, "w", &row, &fault), 0);
    assert_string_equal(take(NOW + 300000), "a1");
    assert_int_equal(ut_outbox_sent(d, "w", &row, &fault), 0);
    assert_int_equal(counts().due_ms, NOW);
}

static void a_receiver_that_wants_no_more_gets_no_more(void **state)
{
    (void)state;
    put("a", 1);
    put("b", 1);
    assert_int_equal(ut_outbox_stop(d, "w", "answer 410", &fault), 0);
    assert_string_equal(take(NOW), "");
    assert_int_equal(counts().dead, 2);
    put("c", 1);
    assert_string_equal(take(NOW), "c1");
    assert_int_equal(ut_outbox_revive(d, "w", NOW, &fault), 2);
}

static void what_waits_can_be_hurried(void **state)
{
    (void)state;
    put("a", 1);
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(ut_outbox_again(d, "w", &row, NOW, 3600000, "x", &fault), 0);
    assert_string_equal(take(NOW + 1), "");
    assert_int_equal(ut_outbox_hurry(d, "w", NOW + 1, &fault), 0);
    assert_string_equal(take(NOW + 1), "a1");
    assert_int_equal(ut_outbox_hurry(d, "w", NOW + 2, &fault), 0);
    assert_string_equal(take(NOW + 2), ""); /* in somebody's hand */
}

/* The clock was a year ahead when it was put off, and has been set right. */
static void a_clock_set_back_holds_nothing_up(void **state)
{
    (void)state;
    const int64_t YEAR = 365LL * 24 * 3600 * 1000;
    put("a", 1);
    assert_string_equal(take(NOW + YEAR), "a1");
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(ut_outbox_again(d, "w", &row, NOW + YEAR, 5000, "x", &fault), 0);
    assert_string_equal(take(NOW), "a1");
}

static void receivers_are_apart_and_erased_events_gone(void **state)
{
    (void)state;
    put("a", 1);
    assert_int_equal(ut_outbox_take(d, "other", NOW, &row, &fault), 0);
    assert_int_equal(ut_outbox_add(d, "other", "a", 1, NOW, &fault), 0);
    assert_int_equal(ut_outbox_take(d, "other", NOW, &row, &fault), 1);
    free(row.json);
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(counts().oldest_ms, NOW);
    assert_int_equal(ut_event_table_erase(d, "a", &fault), 1);
    assert_int_equal(counts().waiting, 0);
    assert_int_equal(counts().oldest_ms, -1);
    assert_int_equal(counts().due_ms, -1);
    assert_string_equal(counts().error, "");
}

static void the_schedule_of_standard_webhooks(void **state)
{
    (void)state;
    static const int64_t s[] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    for (int i = 0; i < 9; i++) {
        assert_int_equal(ut_outbox_delay_ms(i + 1, 0), s[i] * 800);
        assert_int_equal(ut_outbox_delay_ms(i + 1, 200), s[i] * 1000);
        assert_int_equal(ut_outbox_delay_ms(i + 1, 400), s[i] * 1200);
        assert_int_equal(ut_outbox_delay_ms(i + 1, 401), s[i] * 800);
    }
    assert_int_equal(ut_outbox_delay_ms(99, 200), 86400000);
    assert_int_equal(ut_outbox_delay_ms(0, 200), 5000);
}

/* A desk whose receiver was away for a day. */
static void a_long_outbox_is_read_fast(void **state)
{
    (void)state;
    assert_int_equal(ut_database_do(d, &fault, "BEGIN", ""), 0);
    for (int i = 0; i < 3000; i++) {
        char session[20];
        (void)snprintf(session, sizeof session, "s%d", i / 30);
        put(session, i % 30 + 1);
    }
    assert_int_equal(ut_database_do(d, &fault, "COMMIT", ""), 0);
    assert_int_equal(ut_database_do(d, &fault, "BEGIN", ""), 0);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(ut_outbox_take(d, "w", NOW, &row, &fault), 1);
        assert_int_equal(ut_outbox_sent(d, "w", &row, &fault), 0);
        free(row.json);
    }
    assert_int_equal(ut_database_do(d, &fault, "COMMIT", ""), 0);
    assert_int_equal(counts().waiting, 0);
}

/* So that a call that is stored, or was sent, may be met again. */
static void an_event_is_addressed_once_to_each_receiver(void **state)
{
    (void)state;
    put("a", 1);
    put("a", 2);
    assert_string_equal(take(NOW), "a1");
    assert_int_equal(ut_outbox_sent(d, "w", &row, &fault), 0);
    for (int i = 1; i <= 2; i++)
        assert_int_equal(ut_outbox_add(d, "w", "a", i, NOW, &fault), 0);
    assert_int_equal(counts().waiting, 1);
    assert_int_equal(ut_outbox_add(d, "other", "a", 1, NOW, &fault), 0);
    assert_int_equal(ut_outbox_take(d, "other", NOW, &row, &fault), 1);
    free(row.json);
    assert_int_equal(ut_outbox_add(d, "w", "none", 1, NOW, &fault), 0);
    assert_int_equal(counts().waiting, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(events_go_in_order_and_sessions_beside_each_other),
        TEST(what_is_taken_comes_back_when_its_taker_is_gone),
        TEST(what_failed_is_tried_again_and_at_last_dead),
        TEST(what_waits_and_what_is_dead_are_said_apart),
        TEST(what_has_to_wait_for_another_is_not_due),
        TEST(a_receiver_that_wants_no_more_gets_no_more),
        TEST(what_waits_can_be_hurried),
        TEST(a_clock_set_back_holds_nothing_up),
        TEST(an_event_is_addressed_once_to_each_receiver),
        TEST(receivers_are_apart_and_erased_events_gone),
        TEST(the_schedule_of_standard_webhooks),
        TEST(a_long_outbox_is_read_fast),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
