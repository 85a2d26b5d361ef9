/* SPDX-License-Identifier: Apache-2.0 */
#include "models/lanes.h"

#include "tests/ref/infer.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { INPUTS_MAX = 144, OUTPUTS = 2 * UT_LANES };

static void sums_match_the_definition(void **state)
{
    (void)state;
    static int8_t w[OUTPUTS * INPUTS_MAX];
    static int16_t x[INPUTS_MAX + 1];
    static const int32_t bias[OUTPUTS] = {1000, -1000, 7, -7, 0, 1 << 28, -(1 << 28), 1};
    uint32_t random = 9;
    for (int inputs = 2; inputs <= INPUTS_MAX; inputs += 2)
        for (int extreme = 0; extreme <= 1; extreme++) {
            for (int i = 0; i < OUTPUTS * inputs; i++)
                w[i] = extreme ? -127 : (int8_t)(ut_signal_random(&random) >> 24);
            for (int i = 0; i <= inputs; i++)
                x[i] = extreme ? INT16_MIN : (int16_t)(ut_signal_random(&random) >> 16);
            const int16_t *from = x + inputs / 2 % 2; /* both alignments */
            int32_t sum[OUTPUTS + 1];
            for (int outputs = UT_LANES; outputs <= OUTPUTS; outputs += UT_LANES) {
                sum[outputs] = 4711;
                ut_lanes_sum(w, from, inputs, bias, outputs, sum);
                assert_int_equal(sum[outputs], 4711);
                for (int k = 0; k < outputs; k++) {
                    int32_t expected = bias[k];
                    for (int i = 0; i < inputs; i++)
                        expected += w[ut_ref_infer_at(k, i, inputs)] * from[i];
                    assert_int_equal(sum[k], expected);
                }
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_match_the_definition)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
