/* SPDX-License-Identifier: Apache-2.0 */
/* The sink beside brokers that are not there; beside one that is: tests/host-tools/commands/test_serve.py. */
#include "host-tools/sinks/mqtt.h"

#include "host-tools/sinks/store.h"
#include "host-tools/system/clock.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char store[] = "/tmp/undertone-test-XXXXXX";
static const struct ut_floor_link_options OPTIONS = {
    .store = store, .brokers = "mqtt://127.0.0.1:1", .site = "s", .device = "d", .password_file = "", .ca_file = ""};
static const char *const RECEIVER[] = {UT_FLOOR_RECEIVER, NULL};
static int notes;

static void hear_note(struct ut_sink *s, const char *text)
{
    (void)s;
    assert_non_null(strstr(text, "mqtt 127.0.0.1: "));
    assert_non_null(strstr(text, "events wait in the outbox"));
    notes++;
}

static void what_cannot_go_waits(void **state)
{
    (void)state;
    static const struct ut_sink_kind PERSON = {.note = hear_note};
    struct ut_sink person = {.kind = &PERSON};
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct ut_outbox_counts counts;
    assert_int_equal(ut_sinks_add(&l, &person, &fault), 0);
    assert_int_equal(ut_sinks_add(&l, ut_store_sink(store, RECEIVER), &fault), 0);
    assert_int_equal(ut_sinks_add(&l, ut_mqtt_sink(&OPTIONS), &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_call(s);
    for (int i = 0; i < 500 && notes == 0; i++) {
        const struct timespec pause = {.tv_nsec = 10000000};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(ut_sinks_flush(&l), 0);
    }
    assert_int_equal(notes, 1);
    int64_t begun = ut_clock_ms();
    assert_int_equal(ut_sinks_close(&l, true), 0);
    assert_true(ut_clock_ms() - begun < UT_MQTT_NOBODY_MS + 1500);
    ut_session_free(s);
    struct ut_floor_link *link = ut_floor_link_new(&OPTIONS, &fault);
    assert_non_null(link);
    assert_int_equal(ut_floor_link_counts(link, &counts, &fault), 0);
    assert_int_equal(counts.waiting, 2);
    ut_floor_link_free(link);
}

/* Each is counted once: a newer one took its place, or nobody was there. */
static void scores_that_do_not_go_are_counted(void **state)
{
    (void)state;
    enum { SCORES = 20000 };
    static struct ut_floor_scores scores;
    struct ut_floor_link_options options = OPTIONS;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    options.live = &scores;
    assert_int_equal(ut_sinks_add(&l, ut_mqtt_sink(&options), &fault), 0);
    for (int i = 0; i < SCORES; i++)
        for (int part = 0; part < 2; part++) { /* one a second is for the floor */
            const struct ut_event e = {
                .type = UT_EVENT_SCORE, .session = "s", .contact_id = "c", .json = "{}", .t_ms = 1000 * i + part};
            assert_int_equal(l.sink[0]->kind->event(l.sink[0], &e), 0);
        }
    assert_int_equal(ut_sinks_close(&l, true), 0);
    assert_int_equal(scores.sent, 0);
    assert_true(scores.replaced > 0 && scores.no_link > 0);
    assert_int_equal(scores.replaced + scores.no_link, SCORES);
}

static void what_is_missing_is_said_at_the_opening(void **state)
{
    (void)state;
    struct ut_floor_link_options bad[4] = {OPTIONS, OPTIONS, OPTIONS, OPTIONS};
    static const int code[] = {UT_EXIT_CONFIG_KEY, UT_EXIT_CONFIG_KEY, UT_EXIT_MISSING, UT_EXIT_STORE};
    bad[0].brokers = "mqtt://floor.example";
    bad[1].device = "a/b";
    bad[2].password_file = "/nonexistent/password";
    bad[3].store = "/dev/null";
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut_sinks l = {0};
        struct ut_fault fault = {0};
        assert_int_equal(ut_sinks_add(&l, ut_mqtt_sink(&bad[i]), &fault), -1);
        assert_int_equal(fault.code, code[i]);
    }
}

int main(void)
{
    int fd = mkstemp(store);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_cannot_go_waits),
                                       cmocka_unit_test(scores_that_do_not_go_are_counted),
                                       cmocka_unit_test(what_is_missing_is_said_at_the_opening)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(store);
    return failed;
}
