/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/figures.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double x, double y)
{
    assert_true(fabs(x - y) < 1e-12);
}

static void worked_by_hand(void **state)
{
    (void)state;
    static const struct ut_clip clips[] = {
        {0, {0.7, 0.2, 0.1}}, {0, {0.4, 0.5, 0.1}}, {1, {0.3, 0.6, 0.1}},
        {2, {0.5, 0.1, 0.4}}, {2, {0.2, 0.2, 0.6}}, {2, {0.1, 0.1, 0.8}},
    };
    struct ut_figures f;
    assert_int_equal(ut_figures(clips, 6, &f), 0);
    assert_int_equal(f.n, 6);
    near(f.recall[0], 0.5);
    near(f.recall[1], 1);
    near(f.recall[2], 2.0 / 3);
    near(f.uar, (0.5 + 1 + 2.0 / 3) / 3);
    assert_int_equal(f.confusion[0][1], 1);
    assert_int_equal(f.confusion[2][0], 1);
    assert_int_equal(f.confusion[2][2], 2);
    /* frustration: positives 0.7, 0.4 against 0.3, 0.5, 0.2, 0.1: 4 + 3 of 8 */
    near(f.auc[0], 7.0 / 8);
    near(f.auc[1], 1);
    /* bins of the winner's posterior: 0.5 (2 clips, none right), 0.6 (2, both right), 0.7 (1 right), 0.8 (1 right) */
    near(f.ece, (fabs(1.0 - 0) + fabs(1.2 - 2) + fabs(0.7 - 1) + fabs(0.8 - 1)) / 6);
}

static void ties_count_half(void **state)
{
    (void)state;
    static const struct ut_clip clips[] = {{0, {0.5, 0.5, 0}}, {1, {0.5, 0.5, 0}}};
    struct ut_figures f;
    assert_int_equal(ut_figures(clips, 2, &f), 0);
    near(f.auc[0], 0.5);
    assert_int_equal(ut_figures_decide(&clips[0]), 0);
    near(f.uar, 0.5);
}

static void absent_classes_are_left_out(void **state)
{
    (void)state;
    static const struct ut_clip clips[] = {{2, {0.1, 0.1, 0.8}}, {2, {0.8, 0.1, 0.1}}};
    struct ut_figures f;
    assert_int_equal(ut_figures(clips, 2, &f), 0);
    assert_true(f.recall[0] < 0 && f.recall[1] < 0 && f.auc[0] < 0 && f.auc[2] < 0);
    near(f.uar, 0.5);
    assert_int_equal(ut_figures(clips, 0, &f), 0);
    assert_true(f.uar == 0 && f.ece == 0);
}

/* AUC against its definition, over all pairs. */
static void auc_equals_pair_counting(void **state)
{
    (void)state;
    enum { N = 200 };
    static struct ut_clip clips[N];
    uint32_t seed = 12345;
    for (int i = 0; i < N; i++) {
        double total = 0;
        seed = seed * 1664525 + 1013904223;
        clips[i].truth = (int)(seed >> 16) % 3;
        for (int c = 0; c < 3; c++) {
            seed = seed * 1664525 + 1013904223;
            clips[i].posterior[c] = (seed >> 24) % 16 + (clips[i].truth == c ? 4 : 0) + 1; /* coarse: many ties */
            total += clips[i].posterior[c];
        }
        for (int c = 0; c < 3; c++)
            clips[i].posterior[c] /= total;
    }
    struct ut_figures f;
    assert_int_equal(ut_figures(clips, N, &f), 0);
    for (int c = 0; c < 3; c++) {
        double won = 0, pairs = 0;
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < N; j++) {
                if (clips[i].truth != c || clips[j].truth == c)
                    continue;
                double d = clips[i].posterior[c] - clips[j].posterior[c];
                won += d > 0 ? 1 : d < 0 ? 0 : 0.5;
                pairs++;
            }
        }
        assert_true(fabs(f.auc[c] - won / pairs) < 1e-9);
    }
}

static void clips_at_random(struct ut_clip *clip, int n, double lift)
{
    uint32_t seed = 4321;
    for (int i = 0; i < n; i++) {
        double total = 0;
        clip[i].truth = i % 3;
        for (int c = 0; c < 3; c++) {
            seed = seed * 1664525 + 1013904223;
            clip[i].posterior[c] = (seed >> 8) / (double)(1 << 24) + (clip[i].truth == c ? lift : 0);
            total += clip[i].posterior[c];
        }
        for (int c = 0; c < 3; c++)
            clip[i].posterior[c] /= total;
    }
}

static void a_difference_has_its_sign_and_interval(void **state)
{
    (void)state;
    enum { N = 240 };
    static struct ut_clip weak[N], strong[N];
    struct ut_figures a, b;
    struct ut_figures_differences d, back;
    clips_at_random(weak, N, 0.1);
    clips_at_random(strong, N, 0.5);
    assert_int_equal(ut_figures(weak, N, &a), 0);
    assert_int_equal(ut_figures(strong, N, &b), 0);
    assert_int_equal(ut_figures_compare(weak, strong, N, &d), 0);
    near(d.uar.value, b.uar - a.uar);
    near(d.auc[1].value, b.auc[1] - a.auc[1]);
    near(d.ece.value, b.ece - a.ece);
    assert_true(d.uar.low > 0.05 && d.uar.low < d.uar.value && d.uar.value < d.uar.high && d.uar.high < 0.6);
    assert_true(d.auc[0].low > 0 && d.auc[0].low < d.auc[0].value && d.auc[0].value < d.auc[0].high);
    assert_int_equal(ut_figures_compare(strong, weak, N, &back), 0);
    near(back.uar.value, -d.uar.value);
    assert_int_equal(ut_figures_compare(weak, strong, N, &back), 0);
    assert_memory_equal(&back, &d, sizeof d); /* drawn from a fixed seed */
}

static void drawing_is_paired(void **state)
{
    (void)state;
    enum { N = 60 };
    static struct ut_clip clips[N];
    struct ut_figures_differences d;
    clips_at_random(clips, N, 0.2);
    assert_int_equal(ut_figures_compare(clips, clips, N, &d), 0);
    near(d.uar.low, 0); /* unpaired draws would spread */
    near(d.uar.high, 0);
    near(d.auc[2].high, 0);
}

static void one_clip_gives_no_interval(void **state)
{
    (void)state;
    static const struct ut_clip clip = {2, {0.1, 0.1, 0.8}};
    struct ut_figures_differences d;
    assert_int_equal(ut_figures_compare(&clip, &clip, 1, &d), 0);
    near(d.uar.value, 0);
    assert_true(isnan(d.uar.low) && isnan(d.uar.high) && isnan(d.ece.low));
}

static void no_difference_where_a_class_is_absent(void **state)
{
    (void)state;
    static const struct ut_clip clips[] = {{2, {0.1, 0.1, 0.8}}, {2, {0.8, 0.1, 0.1}}};
    struct ut_figures_differences d;
    assert_int_equal(ut_figures_compare(clips, clips, 2, &d), 0);
    assert_true(isnan(d.auc[0].value) && isnan(d.auc[0].low));
    near(d.uar.value, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_by_hand),
        cmocka_unit_test(ties_count_half),
        cmocka_unit_test(absent_classes_are_left_out),
        cmocka_unit_test(auc_equals_pair_counting),
        cmocka_unit_test(a_difference_has_its_sign_and_interval),
        cmocka_unit_test(drawing_is_paired),
        cmocka_unit_test(one_clip_gives_no_interval),
        cmocka_unit_test(no_difference_where_a_class_is_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
