/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/rounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { LONG_MS = 1000000 };

static struct ut_rounds r;
static atomic_int rounds, next_ms, hang;

static int64_t work(void *ctx, atomic_int *stop)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%s %d", (const char *)ctx, atomic_fetch_add(&rounds, 1) + 1);
    ut_rounds_say(&r, text);
    while (atomic_load(&hang) != 0 && atomic_load(stop) == 0)
        (void)usleep(1000);
    return atomic_load(&next_ms);
}

static void await_rounds(int n)
{
    for (int tries = 0; atomic_load(&rounds) < n; tries++) {
        assert_true(tries < 60000);
        (void)usleep(1000);
    }
}

static int begin(void **state)
{
    (void)state;
    memset(&r, 0, sizeof r);
    atomic_store(&rounds, 0);
    atomic_store(&next_ms, LONG_MS);
    atomic_store(&hang, 0);
    return ut_rounds_begin(&r, work, "round");
}

static void it_works_when_it_is_woken_and_once_more_at_the_end(void **state)
{
    (void)state;
    char remark[UT_ROUNDS_REMARK];
    await_rounds(1);
    ut_rounds_wake(&r);
    await_rounds(2);
    ut_rounds_end(&r, LONG_MS);
    assert_int_equal(atomic_load(&rounds), 3);
    memcpy(remark, r.remark, sizeof remark);
    assert_string_equal(remark, "round 3");
    ut_rounds_end(&r, LONG_MS); /* it has */
}

static void it_works_when_something_is_due(void **state)
{
    (void)state;
    await_rounds(1);
    atomic_store(&next_ms, 1);
    ut_rounds_wake(&r);
    await_rounds(5);
    ut_rounds_end(&r, LONG_MS);
}

static void a_remark_is_heard_once(void **state)
{
    (void)state;
    char remark[UT_ROUNDS_REMARK] = "";
    await_rounds(1);
    for (int tries = 0; remark[0] == '\0' && tries < 60000; tries++) {
        ut_rounds_heard(&r, remark);
        (void)usleep(1000);
    }
    assert_string_equal(remark, "round 1");
    ut_rounds_heard(&r, remark);
    assert_string_equal(remark, "");
    ut_rounds_end(&r, LONG_MS);
}

static void a_round_that_hangs_is_stopped(void **state)
{
    (void)state;
    await_rounds(1);
    atomic_store(&hang, 1);
    ut_rounds_wake(&r);
    await_rounds(2);
    ut_rounds_end(&r, 1);
    assert_false(r.running);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(it_works_when_it_is_woken_and_once_more_at_the_end),
        TEST(it_works_when_something_is_due),
        TEST(a_remark_is_heard_once),
        TEST(a_round_that_hangs_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
