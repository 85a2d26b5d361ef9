/* SPDX-License-Identifier: Apache-2.0 */
/* It only rises: through torn records, rot and a full area. */
#include "firmware/boot/counter.h"
#include "tests/firmware/boot/slots_memory.h"

#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int setup(void **state)
{
    (void)state;
    memory_clear(1);
    return 0;
}

static void rises(void **state)
{
    (void)state;
    assert_int_equal(ut_counter_read(), 0);
    assert_int_equal(ut_counter_raise(0), 0);
    assert_int_equal(memory.ops, 0);
    assert_int_equal(ut_counter_raise(70001), 0);
    assert_int_equal(ut_counter_read(), 70001);
    assert_memory_equal(memory.area[BOARD_COUNTER], "\x71\x11\1\0\x8E\xEE\xFE\xFF\x71\x11\1\0\x8E\xEE\xFE\xFF\xFF", 17);
    long ops = memory.ops;
    assert_int_equal(ut_counter_raise(70000), 0);
    assert_int_equal(ut_counter_raise(70001), 0);
    assert_int_equal(memory.ops, ops);
    assert_int_equal(ut_counter_read(), 70001);
}

static void full(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= COUNTER_BYTES / 16; i++)
        assert_int_equal(ut_counter_raise(i), 0);
    assert_int_equal(ut_counter_raise(COUNTER_BYTES / 16 + 1), -1);
    assert_int_equal(ut_counter_read(), COUNTER_BYTES / 16);
}

static void no_bit_that_rots_lowers_or_raises_it(void **state)
{
    (void)state;
    assert_int_equal(ut_counter_raise(2), 0);
    assert_int_equal(ut_counter_raise(6), 0);
    for (unsigned bit = 0; bit < 8 * COUNTER_BYTES; bit++) {
        memory.area[BOARD_COUNTER][bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(ut_counter_read(), 6);
        memory.area[BOARD_COUNTER][bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void torn(void **state)
{
    (void)state;
    for (volatile uint32_t seed = 0; seed < 500; seed++) {
        memory_clear(seed);
        assert_int_equal(ut_counter_raise(3), 0);
        memory.cut = memory.ops + 1 + (long)(seed % 4);
        if (setjmp(memory.off) == 0) {
            ut_counter_raise(9);
            fail();
        }
        memory.cut = 0;
        assert_true(ut_counter_read() == 3 || ut_counter_read() == 9);
        assert_int_equal(ut_counter_raise(9), 0);
        assert_int_equal(ut_counter_read(), 9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rises, setup),
        cmocka_unit_test_setup(full, setup),
        cmocka_unit_test_setup(no_bit_that_rots_lowers_or_raises_it, setup),
        cmocka_unit_test_setup(torn, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
