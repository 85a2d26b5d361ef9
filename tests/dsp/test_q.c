/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/q.h"

#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void rounds_half_up(void **state)
{
    (void)state;
    assert_int_equal(ut_q_rshift(3, 1), 2);
    assert_int_equal(ut_q_rshift(-3, 1), -1);
    assert_int_equal(ut_q_rshift(5, 2), 1);
    assert_int_equal(ut_q_rshift(6, 2), 2);
    assert_int_equal(ut_q_rshift(-6, 2), -1);
    assert_int_equal(ut_q_rshift(-7, 2), -2);
    assert_int_equal(ut_q_rshift(7, 0), 7);
    uint32_t random = 3;
    for (int n = 1; n <= 31; n++)
        for (int i = 0; i < 40; i++) {
            int32_t x = (int32_t)ut_signal_random(&random) >> (i % 20);
            assert_true(ut_q_rshift_by(x, n) == ut_q_rshift64(x, n));
        }
    assert_true(ut_q_rshift_by(INT32_MAX, 31) == 1 && ut_q_rshift_by(INT32_MIN, 1) == -(1 << 30));
    assert_true(ut_q_rshift_by(INT32_MAX - 1, 1) == (1 << 30) - 1 && ut_q_rshift_by(INT32_MAX, 2) == 1 << 29);
    assert_true(ut_q_rshift64(-3, 1) == -1);
    assert_true(ut_q_rshift64((int64_t)1 << 61, 62) == 1);
}

static void saturates(void **state)
{
    (void)state;
    assert_int_equal(ut_q_sat16(32768), 32767);
    assert_int_equal(ut_q_sat16(-32769), -32768);
    assert_int_equal(ut_q_sat32((int64_t)1 << 40), INT32_MAX);
    assert_int_equal(ut_q_sat32(-((int64_t)1 << 40)), INT32_MIN);
    assert_int_equal(ut_q_clamp(5, -2, 3), 3);
    assert_int_equal(ut_q_clamp(-5, -2, 3), -2);
}

static void counts_leading_zeros(void **state)
{
    (void)state;
    assert_int_equal(ut_q_clz32(0), 32);
    assert_int_equal(ut_q_clz64(0), 64);
    for (int i = 0; i < 64; i++)
        assert_int_equal(ut_q_clz64((uint64_t)1 << i), 63 - i);
}

static void square_root_is_the_floor(void **state)
{
    (void)state;
    uint32_t random = 7;
    assert_int_equal(ut_q_sqrt32(0), 0);
    assert_int_equal(ut_q_sqrt32(UINT32_MAX), 65535);
    for (int i = 0; i < 2000; i++) {
        uint32_t x = ut_signal_random(&random) >> (i % 32);
        uint64_t root = ut_q_sqrt32(x);
        assert_true(root * root <= x && (root + 1) * (root + 1) > x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_half_up),
        cmocka_unit_test(saturates),
        cmocka_unit_test(counts_leading_zeros),
        cmocka_unit_test(square_root_is_the_floor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
