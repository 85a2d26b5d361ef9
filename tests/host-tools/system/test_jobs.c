/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/jobs.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { PIECES = 1000 };

static atomic_int times[PIECES];
static atomic_size_t at_once, most_at_once;

static void count(void *ctx, size_t i, atomic_size_t *done)
{
    assert_ptr_equal(ctx, times);
    atomic_fetch_add(&times[i], 1);
    atomic_fetch_add(done, 1);
}

static void each_piece_is_done_once(void **state)
{
    (void)state;
    static const int threads[] = {0, 1, 7, UT_JOBS_MAX, UT_JOBS_MAX + 1};
    for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
        memset(times, 0, sizeof times);
        ut_jobs_run(&(struct ut_jobs){.label = "", .pieces = PIECES, .steps = PIECES, .work = count, .ctx = times},
                    threads[k]);
        for (int i = 0; i < PIECES; i++)
            assert_int_equal(atomic_load(&times[i]), 1);
    }
    ut_jobs_run(&(struct ut_jobs){.label = "", .pieces = 0, .work = count, .ctx = times}, 2);
    assert_int_equal(atomic_load(&times[0]), 1);
}

static void linger(void *ctx, size_t i, atomic_size_t *done)
{
    (void)ctx;
    (void)i;
    (void)done;
    const struct timespec pause = {.tv_nsec = 20000000};
    size_t now = atomic_fetch_add(&at_once, 1) + 1, most = atomic_load(&most_at_once);
    while (now > most && !atomic_compare_exchange_weak(&most_at_once, &most, now))
        ;
    nanosleep(&pause, NULL);
    atomic_fetch_sub(&at_once, 1);
}

static void as_many_threads_as_asked_for(void **state)
{
    (void)state;
    static const int threads[] = {1, 3};
    for (size_t k = 0; k < sizeof threads / sizeof threads[0]; k++) {
        atomic_store(&most_at_once, 0);
        ut_jobs_run(&(struct ut_jobs){.label = "", .pieces = 12, .work = linger}, threads[k]);
        assert_in_range(atomic_load(&most_at_once), threads[k] > 1 ? 2 : 1, threads[k]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_is_done_once),
        cmocka_unit_test(as_many_threads_as_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
