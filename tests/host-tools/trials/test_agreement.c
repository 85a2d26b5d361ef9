/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/agreement.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 64 };

static struct ut_agreement of;

/* Rows are labellers, letters and digits classes, dots what is missing. */
static void judge(const char *const *row, size_t labellers)
{
    signed char value[MOST];
    size_t units = strlen(row[0]);
    for (size_t u = 0; u < units; u++)
        for (size_t l = 0; l < labellers; l++)
            value[u * labellers + l] = (signed char)(row[l][u] == '.' ? UT_AGREEMENT_MISSING : row[l][u] & 7);
    assert_int_equal(ut_agreement(value, units, labellers, &of), 0);
}

static int near(double x, double wanted)
{
    return fabs(x - wanted) < 0.0005;
}

/* K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): A binary, B nominal, C with missing data. */
static void the_published_examples(void **state)
{
    (void)state;
    static const char *const binary[] = {"0100000010", "1110010000"},
                             *const nominal[] = {"aabbdcccedda", "babbbccceddd"},
                             *const missing[] = {"123321412...", "1233224125.3", ".3332342251.", "12332441251."};
    judge(binary, 2);
    assert_true(near(of.alpha, 0.095));
    judge(nominal, 2);
    assert_int_equal(of.values, 24);
    assert_true(near(of.alpha, 0.692));
    judge(missing, 4);
    assert_int_equal(of.units, 11);
    assert_int_equal(of.values, 40);
    assert_true(near(of.alpha, 0.743));
    assert_true(of.low > 0.3 && of.low < of.alpha && of.alpha < of.high && of.high <= 1);
}

static void who_always_agrees_has_one_and_chance_has_none(void **state)
{
    (void)state;
    static const char *const same[] = {"01230123012", "01230123.12"}, *const crossed[] = {"0011001100110011",
                                                                                          "0101010101010101"};
    judge(same, 2);
    assert_true(of.alpha == 1 && of.high == 1);
    judge(crossed, 2);
    assert_true(of.alpha > -0.05 && of.alpha < 0.05);
    assert_true(of.low < 0 && of.high > 0);
}

static void what_says_nothing_is_not_known(void **state)
{
    (void)state;
    static const char *const alone[] = {"01.2", "..0."}, *const one_class[] = {"1111", "1111"},
                             *const one_unit[] = {"1", "1"}, *const one_labeller[] = {"0123"};
    judge(alone, 2);
    assert_true(of.units == 0 && of.values == 0 && isnan(of.alpha) && isnan(of.low));
    judge(one_class, 2);
    assert_true(of.units == 4 && isnan(of.alpha) && isnan(of.low));
    judge(one_unit, 2);
    assert_true(of.units == 1 && isnan(of.alpha));
    judge(one_labeller, 1);
    assert_true(of.units == 0 && isnan(of.alpha) && isnan(of.high));
}

static void an_interval_needs_units(void **state)
{
    (void)state;
    static const char *const nine[] = {"010101010", "010101011"}, *const ten[] = {"0101010101", "0101010111"},
                             *const rare[] = {"0000000001", "0000000001"};
    judge(nine, 2);
    assert_true(!isnan(of.alpha) && isnan(of.low) && isnan(of.high));
    judge(ten, 2);
    assert_true(of.low < of.alpha && of.high >= of.alpha);
    judge(rare, 2);
    assert_true(of.alpha == 1 && isnan(of.low)); /* a third of the draws has one class */
}

static void pairs_are_counted(void **state)
{
    (void)state;
    static const signed char value[] = {0, 0, -1, 1, 2, -1, 2, -1, 2, 1, 1, 1};
    size_t both, same;
    ut_agreement_pair(value, 4, 3, 0, 1, &both, &same);
    assert_true(both == 3 && same == 2);
    ut_agreement_pair(value, 4, 3, 0, 2, &both, &same);
    assert_true(both == 2 && same == 2);
    ut_agreement_pair(value, 4, 3, 1, 2, &both, &same);
    assert_true(both == 1 && same == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_examples),
        cmocka_unit_test(who_always_agrees_has_one_and_chance_has_none),
        cmocka_unit_test(what_says_nothing_is_not_known),
        cmocka_unit_test(an_interval_needs_units),
        cmocka_unit_test(pairs_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
