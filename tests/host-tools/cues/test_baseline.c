/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/baseline.h"

#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void baseline_is_median_and_mad(void **state)
{
    (void)state;
    static struct ut_baseline b;
    memset(&b, 0, sizeof b);
    assert_true(ut_baseline_median(&b) == 0 && ut_baseline_mad(&b) == 0);
    static const uint8_t values[] = {10, 250, 12, 14, 16, 13};
    for (size_t i = 0; i < sizeof values; i++)
        ut_baseline_add(&b, values[i]);
    assert_true(ut_baseline_median(&b) == 13.5);
    /* distances 3.5, 236.5, 1.5, 0.5, 2.5, 0.5: the lower middle one */
    assert_true(ut_baseline_mad(&b) == 1.5);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The lower of the two middle ones, or their mean. */
static double middle(double *x, size_t n, int mean)
{
    qsort(x, n, sizeof *x, ascending);
    return mean ? (x[(n - 1) / 2] + x[n / 2]) / 2 : x[(n - 1) / 2];
}

static void any_values_give_what_sorting_them_gives(void **state)
{
    (void)state;
    static struct ut_baseline b;
    uint32_t random = 7;
    double sorted[200], distance[200];
    for (int round = 0; round < 50; round++) {
        size_t n = 1 + ut_signal_random(&random) % 200;
        uint32_t spread = 1 + ut_signal_random(&random) % 256;
        memset(&b, 0, sizeof b);
        for (size_t i = 0; i < n; i++) {
            uint8_t value = (uint8_t)(ut_signal_random(&random) % spread);
            ut_baseline_add(&b, value);
            sorted[i] = value;
        }
        double median = middle(sorted, n, 1);
        for (size_t i = 0; i < n; i++)
            distance[i] = fabs(sorted[i] - median);
        assert_true(ut_baseline_median(&b) == median);
        assert_true(ut_baseline_mad(&b) == middle(distance, n, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(baseline_is_median_and_mad),
        cmocka_unit_test(any_values_give_what_sorting_them_gives),
    };
    return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
