/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ring.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_ring ring;
static int16_t in[2 * UT_RING_PAIRS + 2], out[2 * UT_RING_PAIRS + 2];

static int setup(void **state)
{
    (void)state;
    ut_ring_init(&ring);
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        in[i] = (int16_t)i;
    memset(out, 0, sizeof out);
    return 0;
}

static void test_empty(void **state)
{
    (void)state;
    assert_int_equal(ut_ring_get(&ring, out, UT_RING_PAIRS), 0);
    assert_int_equal(ring.ended, 0);
}

/* Whatever is put comes out once, in order, for any pattern of sizes and over many turns of the ring. */
static void test_order(void **state)
{
    (void)state;
    uint32_t random = 1, written = 0, read = 0;
    while (read < 20 * UT_RING_PAIRS) {
        size_t n = 1 + ut_signal_random(&random) % 300;
        if (n <= UT_RING_PAIRS - (written - read)) {
            for (size_t i = 0; i < n; i++) {
                in[2 * i] = (int16_t)(written + i);
                in[2 * i + 1] = (int16_t) ~(written + i);
            }
            ut_ring_put(&ring, in, n);
            written += (uint32_t)n;
        }
        size_t got = ut_ring_get(&ring, out, ut_signal_random(&random) % 300);
        for (size_t i = 0; i < got; i++) {
            assert_int_equal(out[2 * i], (int16_t)(read + i));
            assert_int_equal(out[2 * i + 1], (int16_t) ~(read + i));
        }
        read += (uint32_t)got;
    }
    assert_int_equal(ring.overruns, 0);
}

/* A block that does not fit goes whole; what was in stays; room made later is used. */
static void test_overrun(void **state)
{
    (void)state;
    ut_ring_put(&ring, in, UT_RING_PAIRS - 100);
    ut_ring_put(&ring, in, 101);
    assert_int_equal(ring.overruns, 1);
    ut_ring_put(&ring, in + 2, 100);
    assert_int_equal(ring.overruns, 1);
    ut_ring_put(&ring, in, 1);
    assert_int_equal(ring.overruns, 2);
    assert_int_equal(ut_ring_get(&ring, out, UT_RING_PAIRS + 1), UT_RING_PAIRS);
    assert_memory_equal(out, in, (UT_RING_PAIRS - 100) * 4);
    assert_memory_equal(out + 2 * (UT_RING_PAIRS - 100), in + 2, 400);
    ut_ring_put(&ring, in, UT_RING_PAIRS);
    assert_int_equal(ring.overruns, 2);
}

static void test_larger_than_the_ring(void **state)
{
    (void)state;
    ut_ring_put(&ring, in, UT_RING_PAIRS + 1);
    assert_int_equal(ring.overruns, 1);
    assert_int_equal(ut_ring_get(&ring, out, 1), 0);
}

static void test_end(void **state)
{
    (void)state;
    ut_ring_put(&ring, in, 10);
    ut_ring_put(&ring, NULL, 0);
    assert_int_equal(ring.ended, 1);
    assert_int_equal(ut_ring_get(&ring, out, 100), 10);
}

/* The counters run modulo 2^32: nothing happens where they wrap. */
static void test_counter_wrap(void **state)
{
    (void)state;
    ring.head = ring.tail = UINT32_MAX - 50;
    ut_ring_put(&ring, in, 300);
    assert_int_equal(ut_ring_get(&ring, out, 300), 300);
    assert_memory_equal(out, in, 1200);
    ut_ring_put(&ring, in, UT_RING_PAIRS);
    assert_int_equal(ring.overruns, 0);
}

/* A block that the board lost counts like one that did not fit, and leaves what is there. */
static void test_lost_by_the_board(void **state)
{
    (void)state;
    ut_ring_put(&ring, in, 5);
    ut_ring_put(&ring, NULL, 160);
    ut_ring_put(&ring, in + 10, 5);
    assert_int_equal(ring.overruns, 1);
    assert_int_equal(ring.ended, 0);
    assert_int_equal(ut_ring_get(&ring, out, UT_RING_PAIRS), 10);
    assert_memory_equal(out, in, 2 * 10 * sizeof *in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_empty, setup),
        cmocka_unit_test_setup(test_order, setup),
        cmocka_unit_test_setup(test_overrun, setup),
        cmocka_unit_test_setup(test_larger_than_the_ring, setup),
        cmocka_unit_test_setup(test_end, setup),
        cmocka_unit_test_setup(test_counter_wrap, setup),
        cmocka_unit_test_setup(test_lost_by_the_board, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
