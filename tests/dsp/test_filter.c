/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/filter.h"

#include "dsp/tables.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = 200, UNTOUCHED = 4711 };

static int16_t a[N], b[N];

static int16_t saturated(int64_t x)
{
    return (int16_t)(x > INT16_MAX ? INT16_MAX : x < INT16_MIN ? INT16_MIN : x);
}

/* extreme: the ends of the range and one before, with a bias so that a running mean has somewhere to go */
static void fill(uint32_t seed, int extreme)
{
    for (int i = 0; i < N; i++) {
        uint32_t r = ut_signal_random(&seed), s = ut_signal_random(&seed);
        int16_t near = (int16_t)(r >> 28 == 0);
        a[i] = (int16_t)(extreme ? (r >> 16) % 3 == 0 ? INT16_MIN + near : INT16_MAX - near : (int16_t)(r >> 16));
        b[i] = extreme ? (s >> 16) % 3 == 0 ? INT16_MAX : INT16_MIN : (int16_t)(s >> 16);
    }
}

static void the_mean_is_taken_off(void **state)
{
    (void)state;
    int clipped_ever = 0, saturated_ever = 0;
    for (int extreme = 0; extreme <= 1; extreme++)
        for (int stride = 1; stride <= 2; stride++)
            for (int n = 0; n <= 99; n += n < 12 ? 1 : 29) {
                int16_t out[2][52];
                int64_t mean = extreme ? -100000000 : 4711, ours = mean;
                int32_t theirs = (int32_t)mean, clipped = 0;
                fill((uint32_t)(n + 7), extreme);
                out[0][(n + 1) / 2] = UNTOUCHED;
                out[1][n / 2] = UNTOUCHED;
                int32_t said = ut_filter_mean(a, stride, n, &theirs, out[0], out[1]);
                for (int i = 0; i < n; i++) {
                    int64_t x = a[i * stride];
                    ours += (x * 4096 - ours) >> 8;
                    int64_t y = x - ((ours + 2048) >> 12);
                    assert_int_equal(out[i % 2][i / 2], saturated(y));
                    saturated_ever |= saturated(y) != y;
                    clipped += x == INT16_MAX || x == INT16_MIN;
                }
                assert_int_equal(theirs, ours);
                assert_int_equal(said, clipped);
                assert_int_equal(out[0][(n + 1) / 2], UNTOUCHED);
                assert_int_equal(out[1][n / 2], UNTOUCHED);
                clipped_ever |= clipped > 0;
            }
    assert_true(clipped_ever && saturated_ever);
}

static void half31(void **state)
{
    (void)state;
    const int16_t *h = ut_tables_halfband31_q15;
    int saturated_ever = 0;
    for (int extreme = 0; extreme <= 1; extreme++)
        for (uint32_t seed = 1; seed < 20; seed++)
            for (int at = 0; at <= 1; at++) {
                int16_t y[81];
                fill(seed, extreme);
                for (int i = 0; i < 16 && extreme; i++) /* the largest sum */
                    a[at + i] = h[i < 8 ? i : 15 - i] < 0 ? INT16_MIN : INT16_MAX;
                b[at] = extreme ? INT16_MAX : b[at];
                y[80] = UNTOUCHED;
                ut_filter_half31(b + at, a + at, y, 80);
                for (int j = 0; j < 80; j++) {
                    int64_t sum = (int64_t)b[at + j] * 16384;
                    for (int i = 0; i < 16; i++)
                        sum += (int64_t)h[i < 8 ? i : 15 - i] * a[at + j + i];
                    assert_true(sum + 16384 <= INT32_MAX && sum >= INT32_MIN);
                    sum = (sum + 16384) >> 15;
                    assert_int_equal(y[j], saturated(sum));
                    saturated_ever |= saturated(sum) != sum;
                }
                assert_int_equal(y[80], UNTOUCHED);
            }
    assert_true(saturated_ever);
}

static void half15(void **state)
{
    (void)state;
    const int16_t *h = ut_tables_halfband15_q15;
    int saturated_ever = 0;
    for (int extreme = 0; extreme <= 1; extreme++)
        for (uint32_t seed = 1; seed < 20; seed++)
            for (int at = 0; at <= 1; at++) {
                int16_t y[41];
                fill(seed, extreme);
                for (int i = 0; i < 8 && extreme; i++) /* the largest sum */
                    a[at + 2 * i] = h[i < 4 ? i : 7 - i] < 0 ? INT16_MIN : INT16_MAX;
                a[at + 7] = extreme ? INT16_MAX : a[at + 7];
                y[40] = UNTOUCHED;
                ut_filter_half15(a + at, y, 40);
                for (int j = 0; j < 40; j++) {
                    int64_t sum = (int64_t)a[at + 2 * j + 7] * 16384;
                    for (int i = 0; i < 8; i++)
                        sum += (int64_t)h[i < 4 ? i : 7 - i] * a[at + 2 * j + 2 * i];
                    assert_true(sum + 16384 <= INT32_MAX && sum >= INT32_MIN);
                    sum = (sum + 16384) >> 15;
                    assert_int_equal(y[j], saturated(sum));
                    saturated_ever |= saturated(sum) != sum;
                }
                assert_int_equal(y[40], UNTOUCHED);
            }
    assert_true(saturated_ever);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mean_is_taken_off),
        cmocka_unit_test(half31),
        cmocka_unit_test(half15),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
