/* SPDX-License-Identifier: Apache-2.0 */
/* The byte ring against a queue without an end: any portions, full and empty, indexes that wrap, pieces for a DMA. */
#include "boards/cortexm/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE = 64, BYTES = 100000 };

static volatile uint8_t bytes[SIZE];
static struct ut_byte_ring ring = UT_BYTE_RING(bytes);

static uint32_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 16) % limit;
}

/* The byte that is the n-th ever put. */
static uint8_t byte_of(uint32_t n)
{
    return (uint8_t)(n * 31 + n / 256);
}

/* Empty, a few bytes before the indexes wrap. */
static int setup(void **state)
{
    (void)state;
    seed = 7;
    ring.head = ring.tail = UINT32_MAX - 100;
    return 0;
}

static void test_what_goes_in_comes_out(void **state)
{
    (void)state;
    uint32_t in = 0, out = 0;
    int was_full = 0, was_empty = 0;
    while (out < BYTES) {
        uint8_t data[SIZE + 20];
        size_t len = below(sizeof data);
        for (size_t i = 0; i < len; i++)
            data[i] = byte_of(in + (uint32_t)i);
        size_t room = SIZE - (in - out), n = ut_byte_ring_write(&ring, data, len);
        assert_int_equal(n, len < room ? len : room);
        in += (uint32_t)n;
        assert_int_equal(ut_byte_ring_used(&ring), in - out);
        assert_int_equal(ut_byte_ring_full(&ring), in - out == SIZE);
        was_full += ut_byte_ring_full(&ring);
        len = below(sizeof data);
        n = ut_byte_ring_read(&ring, data, len);
        assert_int_equal(n, len < in - out ? len : in - out);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(data[i], byte_of(out + (uint32_t)i));
        out += (uint32_t)n;
        was_empty += in == out;
    }
    assert_true(was_full > 100 && was_empty > 100);
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SIZE; i++) {
        assert_false(ut_byte_ring_full(&ring));
        ut_byte_ring_put(&ring, byte_of(i));
    }
    assert_true(ut_byte_ring_full(&ring));
    for (uint32_t i = 0; i < SIZE; i++)
        assert_int_equal(ut_byte_ring_take(&ring), byte_of(i));
    assert_int_equal(ut_byte_ring_used(&ring), 0);
    ut_byte_ring_put(&ring, 1);
    ut_byte_ring_clear(&ring);
    assert_int_equal(ut_byte_ring_used(&ring), 0);
}

static void test_pieces(void **state)
{
    (void)state;
    uint32_t in = 0, out = 0;
    int cut = 0;
    while (out < BYTES) {
        for (uint32_t n = below(SIZE); n > 0 && !ut_byte_ring_full(&ring); n--)
            ut_byte_ring_put(&ring, byte_of(in++));
        const volatile uint8_t *piece;
        uint32_t n = ut_byte_ring_piece(&ring, &piece);
        assert_true(piece >= bytes && piece + n <= bytes + SIZE);
        assert_true(n == in - out || piece + n == bytes + SIZE); /* no shorter than it could be */
        cut += n < in - out;
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(piece[i], byte_of(out + i));
        assert_int_equal(ut_byte_ring_used(&ring), in - out); /* still there */
        n = n > 0 ? below(n + 1) : 0;                         /* a DMA that fails has sent a part */
        ut_byte_ring_drop(&ring, n);
        out += n;
    }
    assert_true(cut > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_goes_in_comes_out, setup),
        cmocka_unit_test_setup(test_byte_by_byte, setup),
        cmocka_unit_test_setup(test_pieces, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
