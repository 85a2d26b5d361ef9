/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/calibrating.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 6, SCORES = 2000 };

static struct ut_calibrating_score score[CALLS][SCORES];
static struct ut_calibrating_call call[CALLS];
static uint64_t random_bits = 88172645463325252U;

static double uniform(void)
{
    random_bits ^= random_bits << 13;
    random_bits ^= random_bits >> 7;
    random_bits ^= random_bits << 17;
    return (double)(random_bits >> 11) / 9007199254740992.0;
}

/* Scores whose truth is drawn by what `right` makes of them: what a fit has to find. */
static void draw(const struct ut_calibration *right, int classes)
{
    for (int i = 0; i < CALLS; i++) {
        call[i] = (struct ut_calibrating_call){score[i], SCORES, i % 3};
        for (int k = 0; k < SCORES; k++) {
            double p[UT_CALIBRATION_CLASSES];
            for (int c = 0; c < UT_CALIBRATION_CLASSES; c++)
                score[i][k].log[c] = log(0.02 + uniform());
            ut_calibration_apply(right, score[i][k].log, p);
            double at = uniform();
            score[i][k].truth = at < p[0] ? 0 : at < p[0] + p[1] && classes == 3 ? 1 : 2;
        }
    }
}

static void the_truth_is_found(void **state)
{
    (void)state;
    const struct ut_calibration right = {.temperature = 0.5, .offset = {0, 0, 0}}, none = {.temperature = 1};
    draw(&right, 3);
    struct ut_calibration found = ut_calibrating_fit(call, CALLS, -1);
    assert_true(fabs(found.temperature - 0.5) < 0.06);
    assert_true(fabs(found.offset[0]) < 0.1 && fabs(found.offset[1]) < 0.1 && found.offset[2] == 0);
    struct ut_calibrating_loss before = ut_calibrating_loss(&call[0], &none),
                               after = ut_calibrating_loss(&call[0], &found);
    assert_true(ut_calibrating_mean(&after) < ut_calibrating_mean(&before));
    struct ut_calibration of[2][CALLS];
    for (int i = 0; i < CALLS; i++) {
        of[0][i] = none;
        of[1][i] = found;
    }
    assert_true(ut_calibrating_error(call, CALLS, of[0]) > 0.1);
    assert_true(ut_calibrating_error(call, CALLS, of[1]) < 0.04);
}

static void classes_weigh_alike(void **state)
{
    (void)state;
    const struct ut_calibration right = {.temperature = 1, .offset = {-2, 0, 0}};
    draw(&right, 3); /* frustration is rare: that is no reason to believe in it less */
    struct ut_calibration found = ut_calibrating_fit(call, CALLS, -1);
    assert_true(fabs(found.offset[0]) < 0.35);
}

static void a_fold_is_left_out(void **state)
{
    (void)state;
    const struct ut_calibration right = {.temperature = 0.5}, wrong = {.temperature = 4};
    draw(&wrong, 3);
    struct ut_calibrating_score kept[SCORES];
    memcpy(kept, score[0], sizeof kept);
    draw(&right, 3);
    memcpy(score[0], kept, sizeof kept); /* calls 0 and 3 are fold 0 */
    memcpy(score[3], kept, sizeof kept);
    struct ut_calibration without = ut_calibrating_fit(call, CALLS, 0), with = ut_calibrating_fit(call, CALLS, -1);
    assert_true(fabs(without.temperature - 0.5) < 0.07);
    assert_true(with.temperature > without.temperature + 0.05);
}

static void what_is_never_heard_keeps_its_offset(void **state)
{
    (void)state;
    const struct ut_calibration right = {.temperature = 1};
    draw(&right, 2);
    struct ut_calibration found = ut_calibrating_fit(call, CALLS, -1);
    assert_true(found.offset[1] == 0 && isfinite(found.temperature));
}

static void few_scores_change_little(void **state)
{
    (void)state;
    struct ut_calibrating_score one = {{log(0.98), log(0.01), log(0.01)}, 0};
    struct ut_calibrating_call single = {&one, 1, 0};
    struct ut_calibration found = ut_calibrating_fit(&single, 1, -1);
    assert_true(found.temperature > 0.5 && found.temperature <= 1 && found.offset[0] < 1);
    struct ut_calibrating_call none = {NULL, 0, 0};
    found = ut_calibrating_fit(&none, 1, -1);
    assert_true(fabs(found.temperature - 1) < 1e-9 && found.offset[0] == 0);
    struct ut_calibrating_loss nothing = ut_calibrating_loss(&none, &found);
    assert_true(isnan(ut_calibrating_mean(&nothing)));
}

static void impossible_truths_stay_in_range(void **state)
{
    (void)state;
    struct ut_calibrating_score two[2] = {{{log(0.001), log(0.001), log(0.998)}, 0},
                                          {{log(0.998), log(0.001), log(0.001)}, 2}};
    struct ut_calibrating_call single = {two, 2, 0};
    struct ut_calibration found = ut_calibrating_fit(&single, 1, -1);
    assert_true(found.temperature >= 0.2 && found.temperature <= 5 + 1e-9);
    assert_true(fabs(found.offset[0]) <= 4 && fabs(found.offset[1]) <= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_is_found),       cmocka_unit_test(classes_weigh_alike),
        cmocka_unit_test(a_fold_is_left_out),       cmocka_unit_test(what_is_never_heard_keeps_its_offset),
        cmocka_unit_test(few_scores_change_little), cmocka_unit_test(impossible_truths_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
