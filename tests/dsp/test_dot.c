/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/dot.h"

#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 200 };

static int16_t a[N], b[N];

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

static void decimation(void **state)
{
    (void)state;
    int16_t h[16], y[80];
    for (int i = 0; i < 16; i++)
        h[i] = (int16_t)(i * 150 - 900);
    fill(7, 0);
    ut_dot_halfband(b, a, h, y, 80);
    for (int j = 0; j < 80; j++) {
        int64_t sum = (int64_t)b[j] * 16384;
        for (int i = 0; i < 16; i++)
            sum += (int64_t)h[i] * a[j + i];
        sum = (sum + 16384) >> 15;
        assert_int_equal(y[j], sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products),
        cmocka_unit_test(energies),
        cmocka_unit_test(decimation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
