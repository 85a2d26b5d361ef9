/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/proportion.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int near(double x, double wanted)
{
    return fabs(x - wanted) < 0.0005;
}

/* E. B. Wilson, JASA 22 (1927); the numbers are R's prop.test(..., correct = FALSE). */
static void known_intervals(void **state)
{
    (void)state;
    static const struct {
        int part, n;
        double low, high;
    } known[] = {{0, 10, 0, 0.2775},
                 {10, 10, 0.7225, 1},
                 {81, 263, 0.2553, 0.3662},
                 {15, 148, 0.0624, 0.1605},
                 {1, 1, 0.2065, 1}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ut_proportion p = ut_proportion(known[i].part, known[i].n);
        assert_true(near(p.value, (double)known[i].part / known[i].n));
        assert_true(near(p.low, known[i].low));
        assert_true(near(p.high, known[i].high));
    }
}

static void none_of_none_is_not_known(void **state)
{
    (void)state;
    struct ut_proportion p = ut_proportion(0, 0);
    assert_true(isnan(p.value) && isnan(p.low) && isnan(p.high));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_intervals), cmocka_unit_test(none_of_none_is_not_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
