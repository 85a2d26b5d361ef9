/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/mlp.h"

#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { INPUTS = 12, HIDDEN = 5 };

static int16_t small(uint32_t *seed)
{
    return (int16_t)((int32_t)ut_signal_random(seed) >> 18); /* 14 bits */
}

static void against_the_definition(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int turn = 0; turn < 200; turn++) {
        int16_t x[INPUTS], w1[HIDDEN][INPUTS], w2[HIDDEN];
        int32_t b1[HIDDEN];
        int64_t expected = 0;
        int quiet = 0;
        for (int i = 0; i < INPUTS; i++)
            x[i] = small(&seed);
        for (int h = 0; h < HIDDEN; h++) {
            b1[h] = (int32_t)ut_signal_random(&seed);
            w2[h] = small(&seed);
            int64_t sum = b1[h];
            for (int i = 0; i < INPUTS; i++) {
                w1[h][i] = small(&seed);
                sum += (int64_t)x[i] * w1[h][i];
            }
            quiet += sum <= 0;
            expected += sum > 0 ? sum * w2[h] : 0;
        }
        assert_true(ut_mlp(x, INPUTS, &w1[0][0], b1, w2, HIDDEN) == expected);
        if (turn == 0)
            assert_in_range(quiet, 1, HIDDEN - 1); /* both sides of the hinge */
    }
}

static void extremes(void **state)
{
    (void)state;
    int16_t x[4], w1[2][4], w2[2] = {INT16_MIN, INT16_MAX};
    int32_t b1[2] = {INT32_MAX, INT32_MIN};
    for (int i = 0; i < 4; i++)
        x[i] = w1[0][i] = w1[1][i] = INT16_MIN;
    int64_t products = 4 * ((int64_t)INT16_MIN * INT16_MIN);
    int64_t expected = (products + INT32_MAX) * INT16_MIN + (products + INT32_MIN) * INT16_MAX;
    assert_true(ut_mlp(x, 4, &w1[0][0], b1, w2, 2) == expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_the_definition),
        cmocka_unit_test(extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
