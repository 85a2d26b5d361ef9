/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/double_rate.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 4000 };

static const double pi = 3.14159265358979323846;

static struct ut_double_rate d;
static int16_t in[2 * N], out[4 * N + 4 * UT_DOUBLE_RATE_TAPS];

/* All of in[] through, in chunks; the number of pairs out. */
static int run(int n, int chunk)
{
    int made = 0;
    ut_double_rate_init(&d);
    for (int at = 0; at < n; at += chunk)
        made += ut_double_rate_push(&d, in + 2 * at, n - at < chunk ? n - at : chunk, out + 2 * made);
    return made + ut_double_rate_end(&d, out + 2 * made);
}

static void tone(double hz, double amplitude)
{
    for (int i = 0; i < N; i++) {
        in[2 * i] = (int16_t)lrint(amplitude * sin(2 * pi * hz * i / 8000));
        in[2 * i + 1] = 0;
    }
}

/* Amplitude of a frequency in the customer's output, ends left out. */
static double strength(double hz)
{
    double re = 0, im = 0;
    int from = 200, until = 2 * N - 200;
    for (int i = from; i < until; i++) {
        double window = 0.5 - 0.5 * cos(2 * pi * (i - from) / (until - from));
        re += window * out[2 * i] * cos(2 * pi * hz * i / 16000);
        im += window * out[2 * i] * sin(2 * pi * hz * i / 16000);
    }
    return 4 * hypot(re, im) / (until - from);
}

static void samples_stay_and_their_number_doubles(void **state)
{
    (void)state;
    uint32_t random = 9;
    for (int i = 0; i < 2 * N; i++)
        in[i] = (int16_t)(ut_signal_random(&random) >> 16);
    static const int lengths[] = {0, 1, 2, 47, 48, 49, 96, 97, N};
    for (size_t k = 0; k < sizeof lengths / sizeof lengths[0]; k++) {
        assert_int_equal(run(lengths[k], UT_DOUBLE_RATE_CHUNK), 2 * lengths[k]);
        for (int i = 0; i < lengths[k]; i++)
            assert_memory_equal(out + 4 * i, in + 2 * i, 2 * sizeof in[0]);
    }
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    static int16_t whole[4 * N];
    static const int chunks[] = {1, 2, 47, 97, 160, 1000};
    uint32_t random = 77;
    for (int i = 0; i < 2 * N; i++)
        in[i] = (int16_t)(ut_signal_random(&random) >> 16);
    run(N, UT_DOUBLE_RATE_CHUNK);
    memcpy(whole, out, sizeof whole);
    for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++) {
        assert_int_equal(run(N, chunks[k]), 2 * N);
        assert_memory_equal(out, whole, sizeof whole);
    }
}

static void the_telephone_band_is_flat_and_its_images_are_gone(void **state)
{
    (void)state;
    for (double hz = 100; hz <= 3700; hz += 150) {
        tone(hz, 16000);
        run(N, UT_DOUBLE_RATE_CHUNK);
        double gain_db = 20 * log10(strength(hz) / 16000), image_db = 20 * log10(strength(8000 - hz) / 16000);
        assert_true(fabs(gain_db) < 0.03);
        assert_true(image_db < -65);
    }
}

static void levels_are_kept(void **state)
{
    (void)state;
    static const int16_t levels[] = {0, 1, -1, 12345, INT16_MAX, INT16_MIN};
    for (size_t k = 0; k < sizeof levels / sizeof levels[0]; k++) {
        for (int i = 0; i < 2 * N; i++)
            in[i] = levels[k];
        run(N, UT_DOUBLE_RATE_CHUNK);
        for (int i = 2 * UT_DOUBLE_RATE_TAPS; i < 2 * N - 2 * UT_DOUBLE_RATE_TAPS; i++)
            assert_true(out[2 * i] == levels[k] && out[2 * i + 1] == levels[k]);
    }
    /* the worst input: full scale with the taps' own signs; saturated, not wrapped */
    ut_double_rate_init(&d);
    for (int i = 0; i < UT_DOUBLE_RATE_TAPS; i++)
        in[2 * i] = in[2 * i + 1] = d.tap_q14[i] < 0 ? INT16_MIN : INT16_MAX;
    run(UT_DOUBLE_RATE_TAPS, UT_DOUBLE_RATE_CHUNK);
    assert_int_equal(out[4 * (UT_DOUBLE_RATE_SIDE - 1) + 2], INT16_MAX);
}

static void parties_stay_apart(void **state)
{
    (void)state;
    tone(440, 20000);
    run(N, 500);
    for (int i = 0; i < 2 * N; i++)
        assert_int_equal(out[2 * i + 1], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_stay_and_their_number_doubles),
        cmocka_unit_test(chunks_do_not_matter),
        cmocka_unit_test(the_telephone_band_is_flat_and_its_images_are_gone),
        cmocka_unit_test(levels_are_kept),
        cmocka_unit_test(parties_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
