/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 200 };

static int16_t a[N], b[N];
static int8_t bytes[N];

static void fill(uint32_t seed, int extreme)
{
    for (int i = 0; i < N; i++) {
        a[i] = extreme ? INT16_MIN : (int16_t)(ut_signal_random(&seed) >> 16);
        b[i] = extreme ? INT16_MIN : (int16_t)(ut_signal_random(&seed) >> 16);
    }
}

/* Every start, so that words are read at every alignment; sums modulo 2^32 as stated. */
static void products(void **state)
{
    (void)state;
    for (int extreme = 0; extreme <= 1; extreme++) {
        fill(3, extreme);
        for (int at = 0; at < 9; at++)
            for (int n = 0; n <= 96; n += 8) {
                uint32_t expected[2] = {0, 0};
                int32_t sum[2];
                for (int i = 0; i < n; i++) {
                    expected[0] += (uint32_t)(a[at + i] * b[at / 2 + i]);
                    expected[1] += (uint32_t)(a[at + i] * b[at / 2 + i + 1]);
                }
                ut_dot_two(a + at, b + at / 2, n, sum);
                assert_int_equal((uint32_t)sum[0], expected[0]);
                assert_int_equal((uint32_t)sum[1], expected[1]);
            }
    }
}

static void wide_products(void **state)
{
    (void)state;
    for (int extreme = 0; extreme <= 1; extreme++) {
        fill(7, extreme);
        for (int at = 0; at < 9; at++)
            for (int n = 0; n <= 96; n += 4) {
                int64_t sum = 0;
                for (int i = 0; i < n; i++)
                    sum += (int64_t)a[at + i] * b[at / 2 + i];
                assert_true(ut_dot(a + at, b + at / 2, n) == sum);
            }
    }
}

/* Weights as models/train/doubt.py stores them: in each four, the second and the third exchanged. */
static void byte_products(void **state)
{
    (void)state;
    static const int place[4] = {0, 2, 1, 3};
    for (int extreme = 0; extreme <= 1; extreme++) {
        uint32_t seed = 9;
        fill(7, extreme);
        for (int i = 0; i < N; i++)
            bytes[i] = extreme ? INT8_MIN : (int8_t)(ut_signal_random(&seed) >> 24);
        for (int at = 0; at < 9; at++)
            for (int n = 0; n <= 96; n += 4) {
                int64_t sum = 0;
                for (int i = 0; i < n; i++)
                    sum += a[at + i] * bytes[at / 2 + (i & ~3) + place[i & 3]];
                assert_true(ut_dot_bytes(a + at, bytes + at / 2, n) == sum);
            }
    }
}

static void energies(void **state)
{
    (void)state;
    for (int extreme = 0; extreme <= 1; extreme++) {
        fill(5, extreme);
        for (int at = 0; at < 9; at++) {
            uint64_t sum = 0;
            for (int i = 0; i < 160; i++)
                sum += (uint64_t)((int64_t)a[at + i] * a[at + i]);
            assert_true(ut_dot_energy(a + at, 160) == sum);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(wide_products),
        cmocka_unit_test(byte_products),
        cmocka_unit_test(energies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
