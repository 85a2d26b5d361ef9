/* SPDX-License-Identifier: Apache-2.0 */
/* The courier beside a server that is not there, in the same process as its sanitizers; beside one that is:
 * tests/host-tools/commands/test_outbox.py. */
#include "host-tools/sinks/courier.h"

#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/store.h"
#include "tests/host-tools/sink_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char store[] = "/tmp/undertone-test-XXXXXX", key[] = "/tmp/undertone-test-XXXXXX";
static const struct ut_courier_options OPTIONS = {
    .store = store, .url = "http://127.0.0.1:1/", .key_file = key, .ca_file = ""};

static const char *const RECEIVER[] = {UT_COURIER_RECEIVER, NULL};
static int notes;

static void hear_note(struct ut_sink *s, const char *text)
{
    (void)s;
    assert_non_null(strstr(text, "webhook 127.0.0.1: "));
    notes++;
}

static int setup(void **state)
{
    (void)state;
    notes = 0;
    return truncate(store, 0);
}

static void what_cannot_be_carried_waits(void **state)
{
    (void)state;
    static const struct ut_sink_kind PERSON = {.note = hear_note};
    struct ut_sink person = {.kind = &PERSON};
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    assert_int_equal(ut_sinks_add(&l, &person, &fault), 0);
    assert_int_equal(ut_sinks_add(&l, ut_store_sink(store, RECEIVER), &fault), 0);
    assert_int_equal(ut_sinks_add(&l, ut_courier_sink(&OPTIONS), &fault), 0);
    struct ut_session *s = ut_sink_test_session(&l);
    ut_sink_test_call(s);
    for (int i = 0; i < 500 && notes == 0; i++) {
        const struct timespec pause = {.tv_nsec = 10000000};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(ut_sinks_flush(&l), 0);
    }
    assert_int_equal(notes, 1);
    assert_int_equal(ut_sinks_close(&l, true), 0);
    ut_session_free(s);
    struct ut_courier *c = ut_courier_new(&OPTIONS, &fault);
    assert_non_null(c);
    assert_string_equal(ut_courier_host(c), "127.0.0.1");
    struct ut_outbox_counts counts;
    assert_int_equal(ut_courier_counts(c, &counts, &fault), 0);
    assert_int_equal(counts.waiting, 2); /* begin and end: the call's other events are not counted */
    struct ut_courier_round round;
    atomic_int stop = 0;
    assert_int_equal(ut_courier_hurry(c, &fault), 0);
    assert_int_equal(ut_courier_round(c, &stop, &round, &fault), 0);
    assert_int_equal(round.failed, 1);
    assert_string_not_equal(round.error, "");
    stop = 1;
    assert_int_equal(ut_courier_hurry(c, &fault), 0);
    assert_int_equal(ut_courier_round(c, &stop, &round, &fault), 0);
    assert_int_equal(round.failed, 0);
    ut_courier_free(c);
}

/* It looks once and sleeps: what spun would use all of the time. */
static void an_empty_outbox_costs_nothing(void **state)
{
    (void)state;
    struct ut_sinks l = {0};
    struct ut_fault fault = {0};
    struct timespec used[2];
    assert_int_equal(ut_sinks_add(&l, ut_store_sink(store, RECEIVER), &fault), 0);
    assert_int_equal(ut_sinks_add(&l, ut_courier_sink(&OPTIONS), &fault), 0);
    const struct timespec settle = {.tv_nsec = 200000000}, pause = {.tv_nsec = 500000000};
    (void)nanosleep(&settle, NULL);
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used[0]), 0);
    (void)nanosleep(&pause, NULL);
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used[1]), 0);
    const int64_t us = (used[1].tv_sec - used[0].tv_sec) * 1000000 + (used[1].tv_nsec - used[0].tv_nsec) / 1000;
    assert_true(us < 50000);
    assert_int_equal(ut_sinks_close(&l, true), 0);
}

static void what_is_missing_is_said_at_the_opening(void **state)
{
    (void)state;
    const struct {
        struct ut_courier_options options;
        int code;
    } bad[] = {{{store, "http://example.com/", key, ""}, UT_EXIT_CONFIG_KEY},
               {{store, "http://127.0.0.1/", "/nonexistent/key", ""}, UT_EXIT_MISSING},
               {{"/dev/null", "http://127.0.0.1/", key, ""}, UT_EXIT_STORE}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ut_sinks l = {0};
        struct ut_fault fault = {0};
        assert_int_equal(ut_sinks_add(&l, ut_courier_sink(&bad[i].options), &fault), -1);
        assert_int_equal(fault.code, bad[i].code);
        assert_int_equal(l.count, 0);
    }
}

int main(void)
{
    int fd = mkstemp(store), other = mkstemp(key);
    FILE *f = fopen(key, "w");
    if (fd < 0 || other < 0 || close(fd) != 0 || close(other) != 0 || f == NULL ||
        fputs("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", f) < 0 || fclose(f) != 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_cannot_be_carried_waits, setup),
        cmocka_unit_test_setup(an_empty_outbox_costs_nothing, setup),
        cmocka_unit_test_setup(what_is_missing_is_said_at_the_opening, setup),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(store);
    (void)unlink(key);
    return failed;
}
