/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/bins.h"

#include "dsp/tables.h"
#include "tests/signal.h"

#include <kiss_fft.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N = UT_BINS_N };

static int16_t x8[UT_BINS_WINDOW + 1];
static uint64_t largest, largest_sum; /* of all frames compared */

static int64_t rounded(int64_t x, int bits)
{
    return bits <= 0 ? x * ((int64_t)1 << -bits) : (x + ((int64_t)1 << (bits - 1))) >> bits;
}

/* SPEC.md "Spectrum" word for word in 64 bits, around kissfft. */
static int define(int64_t power[N])
{
    int64_t y[UT_BINS_WINDOW], most = 0;
    kiss_fft_cpx packed[N], z[N];
    int shift = UT_BINS_HEADROOM_BITS;
    for (int i = 0; i < UT_BINS_WINDOW; i++) {
        y[i] = 32 * (int64_t)x8[i + 1] - 31 * (int64_t)x8[i];
        int64_t size = y[i] < 0 ? -1 - y[i] : y[i];
        most = size > most ? size : most;
    }
    if (most == 0)
        return UT_BINS_SILENT;
    for (; most > 0; most /= 2)
        shift--;
    for (int i = 0; i < UT_BINS_WINDOW; i++) {
        int16_t v = (int16_t)rounded(rounded(y[i], -shift) * ut_tables_hann_q15[i], 15);
        if (i % 2 == 0)
            packed[i / 2].r = v;
        else
            packed[i / 2].i = v;
    }
    kiss_fft((kiss_fft_cfg)(uintptr_t)&ut_tables_fft, packed, z);
    for (int k = 1; k < N; k++) {
        int m = k <= N / 2 ? k : N - k, sign = k <= N / 2 ? 1 : -1; /* 2 X(128 - m) = (F1 - W(m) F2)* */
        int64_t wr = ut_tables_real_twiddle_q15[2 * m - 2], wi = ut_tables_real_twiddle_q15[2 * m - 1];
        int64_t f1r = z[m].r + z[N - m].r, f1i = z[m].i - z[N - m].i;
        int64_t f2r = z[m].r - z[N - m].r, f2i = z[m].i + z[N - m].i;
        if (m == N / 2)
            sign = -1; /* its own mirror, written last */
        int64_t re = f1r + sign * rounded(wr * f2r - wi * f2i, 15), im = f1i + sign * rounded(wr * f2i + wi * f2r, 15);
        power[k] = re * re + im * im;
    }
    return shift;
}

static void compare(void)
{
    static uint32_t power[N];
    int64_t expected[N];
    uint64_t sum = 0;
    int shift = define(expected);
    assert_int_equal(ut_bins_powers(x8, power), shift);
    for (int k = 1; shift != UT_BINS_SILENT && k < N; k++) {
        assert_true(power[k] == expected[k]);
        sum += power[k];
        largest = power[k] > largest ? power[k] : largest;
    }
    largest_sum = sum > largest_sum ? sum : largest_sum;
}

static void noise_at_every_level(void **state)
{
    (void)state;
    uint32_t random = 11;
    for (int amplitude = 32767; amplitude >= 1; amplitude = amplitude * 2 / 3)
        for (int frame = 0; frame < 4; frame++) {
            for (int i = 0; i <= UT_BINS_WINDOW; i++)
                x8[i] = ut_signal_noise(&random, amplitude);
            compare();
        }
}

static void sparse_noise(void **state)
{
    (void)state;
    uint32_t random = 12;
    for (int frame = 0; frame < 60; frame++) {
        for (int i = 0; i <= UT_BINS_WINDOW; i++)
            x8[i] = ut_signal_random(&random) % 16 == 0 ? (int16_t)(ut_signal_random(&random) >> 16) : 0;
        compare();
    }
}

/* First y = +-32767 with the signs of one bin's wave, as nearly as integers get there: nothing makes |2 X| larger. */
static void extremes(void **state)
{
    (void)state;
    uint32_t random = 13;
    for (int k = 0; k <= N; k++) {
        uint32_t phase = ut_signal_random(&random);
        int32_t x = 0;
        for (int i = 0; i <= UT_BINS_WINDOW; i++) {
            x = (31 * x + (ut_signal_sin_q15(phase) < 0 ? -INT16_MAX : INT16_MAX)) / 32;
            x8[i] = (int16_t)x;
            phase += (uint32_t)k << 24;
        }
        compare();
    }
    for (int period = 1; period <= 128; period *= 2)
        for (int offset = 0; offset < period; offset += period / 4 + 1) {
            for (int i = 0; i <= UT_BINS_WINDOW; i++)
                x8[i] = (i + offset) % (2 * period) < period ? INT16_MIN : INT16_MAX;
            compare();
        }
}

static void one_sample(void **state)
{
    (void)state;
    for (int at = 0; at <= UT_BINS_WINDOW; at += 5)
        for (int bit = 0; bit < 16; bit++) {
            for (int i = 0; i <= UT_BINS_WINDOW; i++)
                x8[i] = (int16_t)(i == at ? -(1 << bit) : 0);
            compare();
        }
}

/* x(i) = 31/32 x(i - 1) and what rounding leaves: y is far smaller than x, so the frame is scaled up. */
static void slow_decay(void **state)
{
    (void)state;
    int scaled_most = 0;
    for (int start = 1; start < 32768; start = start * 3 / 2 + 1) {
        uint32_t power[N];
        int32_t x = start;
        for (int i = 0; i <= UT_BINS_WINDOW; i++) {
            x8[i] = (int16_t)x;
            x = (31 * x + 31) / 32;
        }
        compare();
        int shift = ut_bins_powers(x8, power);
        scaled_most = shift > scaled_most ? shift : scaled_most;
    }
    assert_true(scaled_most > 8);
}

static void silence(void **state)
{
    (void)state;
    static uint32_t power[N];
    for (int level = -1; level <= 1; level++) { /* y = level: 0 and -1 are silent */
        for (int i = 0; i <= UT_BINS_WINDOW; i++)
            x8[i] = (int16_t)level;
        assert_int_equal(ut_bins_powers(x8, power), level == 1 ? 13 : UT_BINS_SILENT);
        compare();
    }
}

/* What callers rely on, over all the frames above. */
static void bounds(void **state)
{
    (void)state;
    assert_true(largest > 530000000 && largest < 1U << 29);
    assert_true(largest_sum > 800000000 && largest_sum < 3U << 28);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_at_every_level),
        cmocka_unit_test(sparse_noise),
        cmocka_unit_test(extremes),
        cmocka_unit_test(one_sample),
        cmocka_unit_test(slow_decay),
        cmocka_unit_test(silence),
        cmocka_unit_test(bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
