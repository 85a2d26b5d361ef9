/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/frame.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void push_hop(struct ut_frame *f, const int16_t hop[UT_FRAME_HOP])
{
    int complete = 0;
    assert_int_equal(ut_frame_push(f, hop, 1, UT_FRAME_HOP, &complete), UT_FRAME_HOP);
    assert_int_equal(complete, 1);
}

static void takes_any_chunk_and_stride(void **state)
{
    (void)state;
    static struct ut_frame whole, bits;
    uint32_t random = 11;
    ut_frame_init(&whole);
    ut_frame_init(&bits);
    for (int hop = 0; hop < 20; hop++) {
        int16_t x[UT_FRAME_HOP], pairs[2 * UT_FRAME_HOP];
        for (int i = 0; i < UT_FRAME_HOP; i++) {
            x[i] = ut_signal_noise(&random, 32767);
            pairs[2 * i] = x[i];
            pairs[2 * i + 1] = 77;
        }
        push_hop(&whole, x);
        int complete = 0;
        for (int at = 0; at < UT_FRAME_HOP;) {
            int n = 1 + (int)(ut_signal_random(&random) % 9);
            if (n > UT_FRAME_HOP - at)
                n = UT_FRAME_HOP - at;
            assert_int_equal(complete, 0);
            at += ut_frame_push(&bits, pairs + 2 * at, 2, n, &complete);
        }
        assert_int_equal(complete, 1);
        assert_memory_equal(&whole, &bits, sizeof whole);
    }
}

static void stops_at_the_end_of_a_hop(void **state)
{
    (void)state;
    struct ut_frame f;
    int16_t x[400] = {0};
    int complete = 0;
    ut_frame_init(&f);
    assert_int_equal(ut_frame_push(&f, x, 1, 400, &complete), UT_FRAME_HOP);
    assert_int_equal(complete, 1);
    assert_int_equal(ut_frame_push(&f, x, 1, 0, &complete), 0);
    assert_int_equal(complete, 0);
}

static void removes_dc(void **state)
{
    (void)state;
    struct ut_frame f;
    int16_t x[UT_FRAME_HOP];
    ut_frame_init(&f);
    for (int i = 0; i < UT_FRAME_HOP; i++)
        x[i] = INT16_MIN;
    for (int hop = 0; hop < 100; hop++)
        push_hop(&f, x);
    for (int i = 0; i < UT_FRAME_HOP / 2; i++)
        assert_true(abs(f.even[UT_FRAME_EVEN + i]) <= 1 && abs(f.odd[UT_FRAME_ODD + i]) <= 1);
    assert_int_equal(f.clipped, UT_FRAME_HOP);
}

static void counts_clipped_samples(void **state)
{
    (void)state;
    struct ut_frame f;
    int16_t x[UT_FRAME_HOP] = {0};
    ut_frame_init(&f);
    x[3] = INT16_MAX;
    x[4] = INT16_MIN;
    x[5] = INT16_MIN + 1;
    push_hop(&f, x);
    assert_int_equal(f.clipped, 2);
    memset(x, 0, sizeof x);
    push_hop(&f, x);
    assert_int_equal(f.clipped, 0);
}

/* Amplitude of the sine left in the last `n` samples, relative to the input's. */
static double gain(uint32_t hz, int quarter_rate)
{
    struct ut_frame f;
    uint32_t phase = 0;
    ut_frame_init(&f);
    for (int hop = 0; hop < 30; hop++) {
        int16_t x[UT_FRAME_HOP];
        for (int i = 0; i < UT_FRAME_HOP; i++)
            x[i] = ut_signal_sine(&phase, hz * 16, 16000);
        push_hop(&f, x);
    }
    int n = quarter_rate ? UT_FRAME_X4 : UT_FRAME_X8;
    const int16_t *y = quarter_rate ? f.x4 : f.x8;
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += (double)y[i] * y[i];
    return sqrt(2 * sum / n) / 16000;
}

static void decimators_pass_and_stop(void **state)
{
    (void)state;
    assert_true(fabs(gain(300, 0) - 1) < 0.02);
    assert_true(fabs(gain(3000, 0) - 1) < 0.0035); /* 0.03 dB: SPEC.md "Frame" */
    assert_true(gain(5000, 0) < 0.0029);           /* -51 dB */
    assert_true(gain(7000, 0) < 0.01);
    assert_true(fabs(gain(100, 1) - 1) < 0.03);
    assert_true(fabs(gain(1200, 1) - 1) < 0.03);
    assert_true(gain(3000, 1) < 0.009); /* -41 dB */
}

static void delays_are_as_stated(void **state)
{
    (void)state;
    struct ut_frame f;
    int16_t x[UT_FRAME_HOP] = {0};
    ut_frame_init(&f);
    for (int hop = 0; hop < 4; hop++) {
        x[0] = hop == 3 ? 20000 : 0; /* at 16 kHz index 480: 8 kHz index 240, 4 kHz index 120 */
        push_hop(&f, x);
    }
    int top8 = 0, top4 = 0;
    for (int i = 0; i < UT_FRAME_X8; i++)
        if (abs(f.x8[i]) > abs(f.x8[top8]))
            top8 = i;
    for (int i = 0; i < UT_FRAME_X4; i++)
        if (abs(f.x4[i]) > abs(f.x4[top4]))
            top4 = i;
    /* with n = 4 hops x8[287] has index 80 n - 1 - delay */
    assert_int_equal(80 * 4 - 1 - UT_FRAME_DELAY8 - (UT_FRAME_X8 - 1) + top8, 240);
    assert_int_equal(40 * 4 - 1 - UT_FRAME_DELAY4 - (UT_FRAME_X4 - 1) + top4, 120);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_any_chunk_and_stride),
        cmocka_unit_test(stops_at_the_end_of_a_hop),
        cmocka_unit_test(removes_dc),
        cmocka_unit_test(counts_clipped_samples),
        cmocka_unit_test(decimators_pass_and_stop),
        cmocka_unit_test(delays_are_as_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
