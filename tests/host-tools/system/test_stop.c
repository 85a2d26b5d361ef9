/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/stop.h"

#include "host-tools/system/fault.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

static int readable(void)
{
    struct pollfd q = {.fd = ut_stop_fd(), .events = POLLIN};
    return poll(&q, 1, 0) == 1;
}

static void one_that_only_wakes_is_told_once(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    assert_int_equal(ut_stop_fd(), -1);
    assert_int_equal(ut_stop_watch(&fault), 0);
    ut_stop_wake_by(SIGUSR1);
    assert_false(ut_stop_woken());
    for (int i = 0; i < 100000; i++) /* more than the pipe holds */
        assert_int_equal(raise(SIGUSR1), 0);
    assert_true(readable());
    assert_int_equal(ut_stop_signal(), 0);
    assert_true(ut_stop_woken());
    assert_false(readable());
    assert_false(ut_stop_woken());
    ut_stop_also(SIGHUP);
    assert_int_equal(raise(SIGHUP), 0);
    assert_true(readable());
    assert_int_equal(ut_stop_signal(), SIGHUP);
    assert_false(ut_stop_woken()); /* it is no such thing, and stays */
    assert_int_equal(ut_stop_signal(), SIGHUP);
    atomic_store(ut_stop_flag(), 0);
}

static void what_is_held_comes_when_somebody_watches(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    assert_int_equal(ut_stop_hold(), 0);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(ut_stop_signal(), 0);
    assert_int_equal(ut_stop_watch(&fault), 0); /* as the next program does */
    assert_int_equal(ut_stop_signal(), SIGTERM);
    assert_int_equal(ut_stop_hold(), SIGTERM);
    assert_int_equal(ut_stop_watch(&fault), 0);
    ut_stop_also(SIGHUP);
    atomic_store(ut_stop_flag(), 0);
}

static void a_signal_is_kept_and_wakes(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    int gone[2];
    assert_int_equal(ut_stop_watch(&fault), 0);
    assert_false(readable());
    assert_int_equal(ut_stop_signal(), 0);
    assert_int_equal(atomic_load(ut_stop_flag()), 0);
    assert_int_equal(pipe(gone), 0);
    assert_int_equal(close(gone[0]), 0);
    assert_int_equal(write(gone[1], "x", 1), -1); /* and we live */
    assert_int_equal(close(gone[1]), 0);
    assert_false(readable());
    for (int i = 0; i < 100000; i++) /* more than the pipe holds */
        assert_int_equal(raise(i % 2 != 0 ? SIGTERM : SIGINT), 0);
    assert_true(readable());
    assert_int_equal(ut_stop_signal(), SIGTERM);
    assert_int_equal(atomic_load(ut_stop_flag()), SIGTERM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_that_only_wakes_is_told_once),
                                       cmocka_unit_test(what_is_held_comes_when_somebody_watches),
                                       cmocka_unit_test(a_signal_is_kept_and_wakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
