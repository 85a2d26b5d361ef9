/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/spectrum.h"

#include "tests/ref/spectrum.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int16_t x8[UT_SPECTRUM_N + 1];

/* Bands within 40 dB of the strongest agree with the judge to 0.5 dB. */
static void compare_with_judge(void)
{
    struct ut_spectrum s;
    double expected[UT_SPECTRUM_BANDS], strongest = -300;
    ut_spectrum_bands(x8, &s);
    ref_spectrum_bands(x8, expected);
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        strongest = fmax(strongest, expected[b]);
    int compared = 0;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        if (expected[b] > strongest - 40 && expected[b] > -105) {
            assert_true(fabs(s.mel_q8[b] / 256.0 - expected[b]) < 0.5);
            compared++;
        }
    assert_true(compared > 0);
}

static void noise_at_every_level(void **state)
{
    (void)state;
    uint32_t random = 21;
    for (int amplitude = 32767; amplitude >= 8; amplitude /= 4) {
        for (int i = 0; i <= UT_SPECTRUM_N; i++)
            x8[i] = ut_signal_noise(&random, amplitude);
        compare_with_judge();
    }
}

static void tones(void **state)
{
    (void)state;
    for (uint32_t hz = 150; hz < 3800; hz += 610) {
        uint32_t phase = 0;
        for (int i = 0; i <= UT_SPECTRUM_N; i++)
            x8[i] = ut_signal_sine(&phase, 2 * hz * 16, 20000); /* the generator runs at 16 kHz */
        compare_with_judge();
    }
}

static void extremes_do_not_overflow(void **state)
{
    (void)state;
    for (int period = 4; period <= 64; period *= 2) {
        for (int i = 0; i <= UT_SPECTRUM_N; i++)
            x8[i] = i % period < period / 2 ? INT16_MIN : INT16_MAX;
        compare_with_judge();
    }
}

static void silence_is_the_floor(void **state)
{
    (void)state;
    struct ut_spectrum s;
    for (int i = 0; i <= UT_SPECTRUM_N; i++)
        x8[i] = 0;
    ut_spectrum_bands(x8, &s);
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        assert_int_equal(s.mel_q8[b], UT_SPECTRUM_FLOOR_Q8);
    assert_int_equal(s.middle_q8, UT_SPECTRUM_FLOOR_Q8);
}

static void middle_is_the_sum_of_its_bands(void **state)
{
    (void)state;
    struct ut_spectrum s;
    uint32_t random = 9;
    for (int i = 0; i <= UT_SPECTRUM_N; i++)
        x8[i] = ut_signal_noise(&random, 9000);
    ut_spectrum_bands(x8, &s);
    double sum = 0;
    for (int b = UT_SPECTRUM_MIDDLE_FIRST; b <= UT_SPECTRUM_MIDDLE_LAST; b++)
        sum += pow(10, s.mel_q8[b] / 2560.0);
    assert_true(fabs(s.middle_q8 / 256.0 - 10 * log10(sum)) < 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_at_every_level),           cmocka_unit_test(tones),
        cmocka_unit_test(extremes_do_not_overflow),       cmocka_unit_test(silence_is_the_floor),
        cmocka_unit_test(middle_is_the_sum_of_its_bands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
