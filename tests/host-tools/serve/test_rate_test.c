/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/rate_test.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void known_values(void **state)
{
    (void)state;
    /* The binomial's upper tail, to be had by fractions: P(X >= k) of n with p. */
    static const struct {
        int64_t here, there;
        double seen_here, seen_there, ratio, p;
    } known[] = {
        {10, 0, 1, 1, 1, 1.0 / 1024},                  /* 2^-10 */
        {9, 1, 1, 1, 1, 11.0 / 1024},                  /* (1 + 10) / 2^10 */
        {3, 0, 1, 3, 1, 1.0 / 64},                     /* 4^-3 */
        {2, 1, 1, 3, 1, 10.0 / 64},                    /* (3 * 3 + 1) / 4^3 */
        {5, 0, 1, 100, 1, 1.0 / 10510100501.0},        /* 101^-5 */
        {4, 0, 1, 1, 2, 16.0 / 81},                    /* (2/3)^4: twice as often is none too many */
        {8, 2, 2, 2, 3, 0.5255928039550781},           /* of 10 with 3/4: (45 * 3^8 + 10 * 3^9 + 3^10) / 4^10 */
        {60, 40, 5, 5, 1, 0.02844396682049},           /* of 100 with 1/2 */
        {1, 0, 1, 999, 1, 0.001},                      /* one of one */
        {300, 10000, 1, 99, 1, 9.656398864840204e-57}, /* far out, of 10,300 with 1/100 */
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double p = ut_rate_test(known[i].here, known[i].seen_here, known[i].there, known[i].seen_there, known[i].ratio);
        if (fabs(p / known[i].p - 1.0) > 1e-9)
            fail_msg("row %zu: %.15g, not %.15g", i, p, known[i].p);
    }
}

static void nothing_can_be_said(void **state)
{
    (void)state;
    assert_true(ut_rate_test(0, 1, 0, 1, 1) == 1.0);
    assert_true(ut_rate_test(0, 1, 50, 1, 1) == 1.0);
    assert_true(ut_rate_test(5, 1, 5, 1, 1) == 1.0);
    assert_true(ut_rate_test(9, 1, 5, 1, 2) == 1.0);
    assert_true(ut_rate_test(9, 0, 5, 1, 1) == 1.0);
    assert_true(ut_rate_test(9, 1, 0, 0, 1) == 1.0);
}

/* A fleet's day: no overflow, and soon. */
static void large_counts(void **state)
{
    (void)state;
    assert_true(ut_rate_test(1000000, 1, 1000000, 1, 1) == 1.0);
    double p = ut_rate_test(1002000, 1, 1000000, 1, 1);
    assert_true(p > 0.05 && p < 0.1); /* 1.41 standard deviations: 0.0787 */
    assert_true(ut_rate_test(1200000, 1, 1000000, 1, 1) < 1e-100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(nothing_can_be_said),
        cmocka_unit_test(large_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
