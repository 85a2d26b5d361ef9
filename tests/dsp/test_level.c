/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/level.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOP16 = 160, HOP8 = 80, HOPS = 8 };

/* The level after HOPS hops of x16 (and of x8 for what lies below 4 kHz). */
static struct ut_level after(const int16_t *x16, const int16_t *x8)
{
    struct ut_level l;
    ut_level_init(&l);
    for (int hop = 0; hop < HOPS; hop++) {
        int16_t even[HOP16 / 2], odd[HOP16 / 2];
        for (int i = 0; i < HOP16 / 2; i++) {
            even[i] = x16[hop * HOP16 + 2 * i];
            odd[i] = x16[hop * HOP16 + 2 * i + 1];
        }
        ut_level_hop(&l, even, odd, x8 + hop * HOP8);
    }
    return l;
}

static int16_t x16[HOPS * HOP16], x8[HOPS * HOP8];

static void fill(int16_t high, int16_t low)
{
    for (int i = 0; i < HOPS * HOP16; i++)
        x16[i] = high;
    for (int i = 0; i < HOPS * HOP8; i++)
        x8[i] = low;
}

static void full_scale_and_silence(void **state)
{
    (void)state;
    fill(INT16_MIN, INT16_MIN);
    assert_true(after(x16, x8).level_q8 >= -1);
    fill(0, 0);
    assert_int_equal(after(x16, x8).level_q8, UT_LEVEL_FLOOR_Q8);
    assert_int_equal(after(x16, x8).high_q8, UT_LEVEL_FLOOR_Q8);
    fill(1, 1);
    assert_true(fabs(after(x16, x8).level_q8 / 256.0 + 90.309) < 0.02);
}

static void matches_the_definition(void **state)
{
    (void)state;
    uint32_t random = 5;
    for (int amplitude = 32767; amplitude > 30; amplitude /= 2) {
        double sum = 0;
        for (int i = 0; i < HOPS * HOP16; i++)
            x16[i] = ut_signal_noise(&random, amplitude);
        /* the window: six blocks of 80, the newest block left out */
        for (int i = (HOPS * 2 - 7) * 80; i < (HOPS * 2 - 1) * 80; i++)
            sum += (double)x16[i] * x16[i];
        double expected = 10 * log10(sum / 480 / 32768 / 32768);
        assert_true(fabs(after(x16, x8).level_q8 / 256.0 - expected) < 0.02);
    }
}

static void doubling_adds_six_decibels(void **state)
{
    (void)state;
    fill(3000, 3000);
    int16_t once = after(x16, x8).level_q8;
    fill(6000, 6000);
    assert_true(fabs((after(x16, x8).level_q8 - once) / 256.0 - 6.0206) < 0.01);
}

static void high_is_what_the_low_band_lacks(void **state)
{
    (void)state;
    fill(4000, 0);
    struct ut_level l = after(x16, x8);
    assert_int_equal(l.high_q8, l.level_q8);
    fill(4000, 4000);
    l = after(x16, x8);
    assert_int_equal(l.high_q8, l.level_q8 - 40 * 256);
    fill(0, 4000); /* more below 4 kHz than in all: filter ripple at its worst */
    l = after(x16, x8);
    assert_int_equal(l.high_q8, UT_LEVEL_FLOOR_Q8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_scale_and_silence),
        cmocka_unit_test(matches_the_definition),
        cmocka_unit_test(doubling_adds_six_decibels),
        cmocka_unit_test(high_is_what_the_low_band_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
