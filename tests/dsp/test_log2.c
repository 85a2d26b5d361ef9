/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/log2.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void matches_libm(void **state)
{
    (void)state;
    uint32_t random = 3;
    for (int i = 0; i < 3000; i++) {
        uint64_t x = (uint64_t)ut_signal_random(&random) << 32 | ut_signal_random(&random);
        x >>= i % 64;
        if (x == 0)
            continue;
        assert_true(fabs(ut_log2_q16(x) / 65536.0 - log2((double)x)) < 0.0001);
        assert_true(fabs(ut_log2_decibel_q8(x) / 256.0 - 10 * log10((double)x)) < 0.003);
    }
}

static void powers_of_two_are_exact(void **state)
{
    (void)state;
    for (int i = 0; i < 64; i++)
        assert_int_equal(ut_log2_q16((uint64_t)1 << i), i * 65536);
}

static void ends_are_defined(void **state)
{
    (void)state;
    assert_int_equal(ut_log2_q16(0), 0);
    assert_int_equal(ut_log2_q16(UINT64_MAX), 64 * 65536);
    assert_int_equal(ut_log2_decibel_q8(0), 0);
    assert_int_equal(ut_log2_semitones_q8(0), 0);
}

static void semitones_match_libm(void **state)
{
    (void)state;
    for (uint32_t f_q4 = 60 * 16; f_q4 <= 500 * 16; f_q4 += 7) {
        int32_t semitones_q8 = ut_log2_semitones_q8(f_q4);
        assert_true(fabs(semitones_q8 / 256.0 - 12 * log2(f_q4 / 880.0)) < 0.006);
    }
    assert_int_equal(ut_log2_semitones_q8(880), 0);
    assert_int_equal(ut_log2_semitones_q8(1760), 12 * 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_libm),
        cmocka_unit_test(powers_of_two_are_exact),
        cmocka_unit_test(ends_are_defined),
        cmocka_unit_test(semitones_match_libm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
