/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels against 64-bit arithmetic. On the host this judges dsp/dot.c, on the emulated M4 dsp/dot_dsp.c: both give
 * what is computed here, hence the same bits. */
#include "dsp/dot.h"
#include "dsp/q.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 160, TAPS = 16 };

static uint32_t random;
static int16_t a[LONGEST + 8], b[LONGEST + 8];

static void fill(int16_t *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = ut_signal_noise(&random, 32767);
}

/* Modulo 2^32, as the header says. */
static int32_t dot(const int16_t *x, const int16_t *y, int n)
{
    int64_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += (int64_t)x[i] * y[i];
    return (int32_t)(uint32_t)(uint64_t)sum;
}

static void every_length_at_every_alignment(void **state)
{
    (void)state;
    random = 11;
    for (int n = 0; n <= LONGEST; n += 4) {
        fill(a, LONGEST + 8);
        fill(b, LONGEST + 8);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                assert_int_equal(ut_dot_16(a + i, b + j, n), dot(a + i, b + j, n));
    }
}

static void extremes_wrap_like_the_rule(void **state)
{
    (void)state;
    for (int i = 0; i < LONGEST; i++)
        a[i] = INT16_MIN;
    for (int n = 0; n <= LONGEST; n += 4)
        assert_int_equal(ut_dot_16(a, a, n), dot(a, a, n));
    assert_int_equal(ut_dot_16(a, a, 4), 0); /* 4 * 2^30 */
    for (int i = 0; i < LONGEST; i++)
        b[i] = INT16_MAX;
    assert_int_equal(ut_dot_16(a, b, 4), 4 * 32768); /* -4 * 2^30 + 4 * 2^15, modulo 2^32 */
}

/* A filter whose coefficients' magnitudes add up to 1/2, so that any input keeps the sum within int32_t. */
static void fill_filter(int16_t h[TAPS])
{
    for (int i = 0; i < TAPS; i++)
        h[i] = ut_signal_noise(&random, 16384 / TAPS);
}

static void halfband_is_the_written_sum(void **state)
{
    (void)state;
    int16_t h[TAPS], y[LONGEST];
    random = 12;
    for (int n = 1; n <= LONGEST - TAPS; n += 7) {
        fill_filter(h);
        fill(a, LONGEST + 8);
        fill(b, LONGEST + 8);
        ut_dot_halfband(b, a + n % 3, h, y, n);
        for (int j = 0; j < n; j++) {
            int64_t sum = (int64_t)b[j] * 16384;
            for (int i = 0; i < TAPS; i++)
                sum += (int64_t)a[n % 3 + j + i] * h[i];
            assert_int_equal(y[j], ut_q_sat16((int32_t)ut_q_rshift64(sum, 15)));
        }
    }
}

static void halfband_saturates(void **state)
{
    (void)state;
    int16_t h[TAPS], y[1];
    const int16_t lowest = INT16_MIN, highest = INT16_MAX;
    for (int i = 0; i < TAPS; i++) {
        h[i] = i % 2 != 0 ? -1024 : 1024;
        a[i] = i % 2 != 0 ? INT16_MIN : INT16_MAX;
        b[i] = i % 2 != 0 ? INT16_MAX : INT16_MIN;
    }
    ut_dot_halfband(&highest, a, h, y, 1);
    assert_int_equal(y[0], INT16_MAX);
    ut_dot_halfband(&lowest, b, h, y, 1);
    assert_int_equal(y[0], INT16_MIN);
}

static void no_more_is_written_than_asked(void **state)
{
    (void)state;
    int16_t h[TAPS], y[8];
    random = 13;
    fill_filter(h);
    fill(a, LONGEST);
    memset(y, 0x55, sizeof y);
    ut_dot_halfband(b, a, h, y, 3);
    for (int i = 3; i < 8; i++)
        assert_int_equal(y[i], 0x5555);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_at_every_alignment), cmocka_unit_test(extremes_wrap_like_the_rule),
        cmocka_unit_test(halfband_is_the_written_sum),     cmocka_unit_test(halfband_saturates),
        cmocka_unit_test(no_more_is_written_than_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
