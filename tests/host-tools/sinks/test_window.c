/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/window.h"

#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_database *d;
static struct ut_window w;
static struct ut_fault fault;
enum { MIDDLE = 200 /* a chance that changes no pause */ };

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    w = (struct ut_window){.database = d, .receiver = "w"};
    return d == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ut_window_close(&w);
    ut_database_close(d);
    return truncate(path, 0);
}

static void put(const char *session, int64_t first, int64_t last, const char *type)
{
    for (int64_t i = first; i <= last; i++) {
        char json[60];
        (void)snprintf(json, sizeof json, "%s%d", session, (int)i);
        const struct ut_event_row event = {
            .session = session, .contact_id = "c", .type = type, .json = json, .sequence = i};
        assert_int_equal(ut_event_table_put(d, &event, 1, &fault), 1);
        assert_int_equal(ut_outbox_add(d, "w", session, i, 1, &fault), 0);
    }
}

/* Sends what there is; the last line. */
static int send_all(int64_t now, char last[60])
{
    const struct ut_window_row *row;
    int n = 0;
    while ((row = ut_window_next(&w, &fault)) != NULL) {
        (void)snprintf(last, 60, "%s", row->json);
        ut_window_sent(&w, now, MIDDLE);
        n++;
    }
    assert_int_equal(fault.code, 0);
    return n;
}

static int ack(const char *session, int64_t sequence, int64_t now)
{
    struct ut_floor_ack a = {.sequence = sequence};
    (void)snprintf(a.session, sizeof a.session, "%s", session);
    return ut_window_acked(&w, &a, now, &fault);
}

static int64_t waiting(void)
{
    struct ut_outbox_counts c;
    assert_int_equal(ut_outbox_counts(d, "w", &c, &fault), 0);
    return c.waiting;
}

static void twenty_are_on_their_way(void **state)
{
    (void)state;
    char last[60] = "";
    put("a", 1, 30, "undertone.cue.opened.v1");
    assert_int_equal(send_all(0, last), UT_WINDOW_ROWS);
    assert_string_equal(last, "a20");
    assert_int_equal(ack("a", 5, 10), 1);
    assert_int_equal(waiting(), 25);
    assert_int_equal(send_all(10, last), 5);
    assert_string_equal(last, "a25");
    assert_int_equal(ack("a", 5, 10), 0);
    assert_int_equal(ack("b", 9, 10), 0);
    assert_int_equal(ack("a", 25, 20), 1);
    assert_int_equal(send_all(20, last), 5);
    assert_int_equal(ack("a", 30, 30), 1);
    assert_int_equal(waiting(), 0);
    assert_int_equal(send_all(40, last), 0);
    assert_int_equal(ut_window_due(&w, 40), -1);
}

static void each_row_knows_its_topic(void **state)
{
    (void)state;
    put("a", 1, 1, "undertone.flag.raised.v1");
    const struct ut_window_row *row = ut_window_next(&w, &fault);
    assert_non_null(row);
    assert_int_equal(row->kind, UT_FLOOR_FLAG);
    assert_int_equal(row->sequence, 1);
    assert_string_equal(row->session, "a");
}

static void another_receiver_gets_it_within_a_second(void **state)
{
    (void)state;
    char last[60] = "";
    put("a", 1, 2, "t");
    ut_window_hurry(&w, 0, 0);
    assert_int_equal(ut_window_due(&w, 0), -1); /* nothing is on its way */
    assert_int_equal(send_all(0, last), 2);
    w.vain = 3;
    ut_window_hurry(&w, 500, 1250);
    assert_int_equal(ut_window_due(&w, 500), 250);
    assert_int_equal(ut_window_due(&w, 750), 0);
    assert_int_equal(send_all(750, last), 2);
    assert_int_equal(ut_window_due(&w, 750), 6000); /* and later again, as ever */
    w.again_ms = 800;
    ut_window_hurry(&w, 750, 999); /* never later than it would go */
    assert_int_equal(ut_window_due(&w, 750), 50);
}

static void what_is_not_acknowledged_goes_again_and_later_each_time(void **state)
{
    (void)state;
    char last[60] = "";
    int64_t now = 1000;
    static const int wanted[] = {3000, 6000, 12000, 24000, 30000, 30000};
    put("a", 1, 2, "t");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_int_equal(send_all(now, last), 2);
        assert_int_equal(ut_window_due(&w, now), wanted[i]);
        assert_int_equal(ut_window_due(&w, now + wanted[i] - 1), 1);
        assert_int_equal(send_all(now + wanted[i] - 1, last), 0);
        now += wanted[i];
        assert_int_equal(ut_window_due(&w, now), 0);
    }
    assert_int_equal(send_all(now, last), 2);
    assert_int_equal(ack("a", 1, now), 1);
    assert_int_equal(ut_window_due(&w, now), 3000);
    assert_int_equal(ut_window_again_ms(0, 0), 2400);
    assert_int_equal(ut_window_again_ms(0, 400), 3600);
    assert_int_equal(ut_window_again_ms(99, 400), 36000);
}

/* Others arrive all the time, and the oldest's time comes nevertheless. */
static void others_do_not_hold_up_the_oldest(void **state)
{
    (void)state;
    char last[60] = "";
    put("a", 1, 1, "t");
    put("b", 1, 3, "t");
    assert_int_equal(send_all(0, last), 4);
    assert_int_equal(ack("b", 1, 1000), 1);
    assert_int_equal(ack("b", 3, 2900), 1);
    assert_int_equal(ut_window_due(&w, 2900), 100);
    assert_int_equal(ut_window_due(&w, 3000), 0);
    assert_int_equal(send_all(3000, last), 1);
    assert_string_equal(last, "a1");
}

/* The floor's ledger was moved aside: it knows nothing of what it had acknowledged. */
static void what_the_floor_has_lost_goes_again(void **state)
{
    (void)state;
    char last[60] = "";
    put("a", 1, 9, "t");
    assert_int_equal(send_all(0, last), 9);
    assert_int_equal(ack("a", 8, 0), 1);
    assert_int_equal(waiting(), 1);
    assert_int_equal(ack("a", 0, 10), 0);
    assert_int_equal(waiting(), 9);
    assert_int_equal(ut_window_due(&w, 3001), 0);
    assert_int_equal(send_all(3001, last), 9);
    assert_string_equal(last, "a9");
    assert_int_equal(ack("a", 9, 3002), 1);
    assert_int_equal(waiting(), 0);
}

static void a_session_that_is_refused_holds_up_no_other(void **state)
{
    (void)state;
    char last[60] = "";
    struct ut_floor_ack refused = {.session = "a", .refused = "type"};
    struct ut_outbox_counts c;
    put("a", 1, 3, "t");
    put("b", 1, 1, "t");
    assert_int_equal(send_all(0, last), 4);
    assert_int_equal(ut_window_acked(&w, &refused, 0, &fault), 1);
    assert_int_equal(ack("b", 1, 0), 1);
    put("a", 4, 30, "t"); /* the call goes on, behind what is dead */
    put("b", 2, 2, "t");
    assert_int_equal(send_all(0, last), 1);
    assert_string_equal(last, "b2");
    assert_int_equal(ut_outbox_counts(d, "w", &c, &fault), 0);
    assert_int_equal(c.dead, 3);
    assert_string_equal(c.error, "type");
    assert_int_equal(ut_outbox_revive(d, "w", 1, &fault), 3);
    ut_window_restart(&w);
    assert_int_equal(send_all(0, last), UT_WINDOW_ROWS);
}

static void a_new_connection_begins_at_the_oldest(void **state)
{
    (void)state;
    char last[60] = "";
    put("a", 1, 3, "t");
    assert_int_equal(send_all(0, last), 3);
    ut_window_restart(&w);
    assert_int_equal(ut_window_due(&w, 0), -1);
    assert_int_equal(send_all(0, last), 3);
}

static void a_store_that_is_gone_is_said(void **state)
{
    (void)state;
    put("a", 1, 1, "t");
    assert_int_equal(ut_database_do(d, &fault, "DROP TABLE outbox", ""), 0);
    assert_null(ut_window_next(&w, &fault));
    assert_int_not_equal(fault.code, 0);
    assert_int_equal(ack("a", 1, 0), -1);
}

static void it_knows_what_is_on_its_way_and_what_ends_a_session(void **state)
{
    (void)state;
    char last[60];
    put("a", 1, 1, "t");
    assert_false(ut_window_holds(&w, "a"));
    assert_false(ut_window_next(&w, &fault)->ends);
    assert_int_equal(send_all(0, last), 1);
    assert_true(ut_window_holds(&w, "a"));
    assert_false(ut_window_holds(&w, "b"));
    const struct ut_floor_ack ack = {.session = "a", .sequence = 1};
    assert_int_equal(ut_window_acked(&w, &ack, 0, &fault), 1);
    assert_false(ut_window_holds(&w, "a"));
    put("a", 2, 2, "undertone.session.completed.v1");
    put("b", 1, 1, "undertone.session.failed.v1");
    for (int i = 0; i < 2; i++) {
        assert_true(ut_window_next(&w, &fault)->ends);
        ut_window_sent(&w, 0, MIDDLE);
    }
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0 || close(fd) != 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(twenty_are_on_their_way),
        TEST(each_row_knows_its_topic),
        TEST(another_receiver_gets_it_within_a_second),
        TEST(what_is_not_acknowledged_goes_again_and_later_each_time),
        TEST(others_do_not_hold_up_the_oldest),
        TEST(what_the_floor_has_lost_goes_again),
        TEST(it_knows_what_is_on_its_way_and_what_ends_a_session),
        TEST(a_session_that_is_refused_holds_up_no_other),
        TEST(a_new_connection_begins_at_the_oldest),
        TEST(a_store_that_is_gone_is_said),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
