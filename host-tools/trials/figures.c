/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/figures.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int ut_figures_decide(const struct ut_clip *clip)
{
    int best = 0;
    for (int c = 1; c < UT_MODEL_CLASSES; c++)
        if (clip->posterior[c] > clip->posterior[best])
            best = c;
    return best;
}

struct ranked {
    double x;
    int positive;
};

static int by_value(const void *a, const void *b)
{
    double x = ((const struct ranked *)a)->x, y = ((const struct ranked *)b)->x;
    return (x > y) - (x < y);
}

/* Probability that a positive ranks above a negative, ties half. */
static double area(struct ranked *r, size_t n)
{
    double below = 0, pairs = 0, positives = 0;
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0; i < n;) {
        size_t j = i;
        double p = 0, q = 0;
        for (; j < n && !(r[j].x > r[i].x); j++) {
            p += r[j].positive;
            q += !r[j].positive;
        }
        pairs += p * (below + 0.5 * q);
        below += q;
        positives += p;
        i = j;
    }
    return positives > 0 && below > 0 ? pairs / (positives * below) : -1;
}

int ut_figures(const struct ut_clip *clip, size_t n, struct ut_figures *out)
{
    struct {
        double sure, right, n;
    } bin[UT_FIGURES_BINS] = {{0}};
    memset(out, 0, sizeof *out);
    out->n = n;
    for (size_t i = 0; i < n; i++) {
        int decision = ut_figures_decide(&clip[i]);
        out->confusion[clip[i].truth][decision]++;
        double sure = clip[i].posterior[decision];
        int b = (int)(sure * UT_FIGURES_BINS);
        b = b < 0 ? 0 : b >= UT_FIGURES_BINS ? UT_FIGURES_BINS - 1 : b;
        bin[b].sure += sure;
        bin[b].right += decision == clip[i].truth;
        bin[b].n++;
    }
    for (int b = 0; b < UT_FIGURES_BINS; b++)
        out->ece += n > 0 ? fabs(bin[b].sure - bin[b].right) / (double)n : 0;
    int classes = 0;
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        int all = 0;
        for (int d = 0; d < UT_MODEL_CLASSES; d++)
            all += out->confusion[c][d];
        out->recall[c] = all > 0 ? (double)out->confusion[c][c] / all : -1;
        if (all > 0) {
            out->uar += out->recall[c];
            classes++;
        }
    }
    if (classes > 0)
        out->uar /= classes;
    struct ranked *r = malloc((n > 0 ? n : 1) * sizeof *r);
    if (r == NULL)
        return -1;
    for (int c = 0; c < UT_MODEL_CLASSES; c++) {
        for (size_t i = 0; i < n; i++) {
            r[i].x = clip[i].posterior[c];
            r[i].positive = clip[i].truth == c;
        }
        out->auc[c] = area(r, n);
    }
    free(r);
    return 0;
}

enum { UAR, ECE, AUC, MEASURES = AUC + UT_MODEL_CLASSES };

static void subtract(const struct ut_figures *a, const struct ut_figures *b, double difference[MEASURES])
{
    difference[UAR] = b->uar - a->uar;
    difference[ECE] = b->ece - a->ece;
    for (int c = 0; c < UT_MODEL_CLASSES; c++)
        difference[AUC + c] = a->auc[c] < 0 || b->auc[c] < 0 ? (double)NAN : b->auc[c] - a->auc[c];
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void interval(struct ut_figures_difference *d, double value, double *drawn, size_t n)
{
    *d = (struct ut_figures_difference){value, (double)NAN, (double)NAN};
    if (isnan(value) || n == 0)
        return;
    qsort(drawn, n, sizeof *drawn, by_size);
    d->low = drawn[n * 25 / 1000];
    d->high = drawn[(n * 975 - 1) / 1000];
}

int ut_figures_compare(const struct ut_clip *a, const struct ut_clip *b, size_t n, struct ut_figures_differences *out)
{
    struct ut_figures of_a, of_b;
    double point[MEASURES], one[MEASURES];
    size_t drawn[MEASURES] = {0};
    uint64_t random = 0x9E3779B97F4A7C15U;
    double(*draws)[UT_FIGURES_DRAWS] = malloc(MEASURES * sizeof *draws);
    struct ut_clip *some_a = malloc((n > 0 ? n : 1) * sizeof *some_a);
    struct ut_clip *some_b = malloc((n > 0 ? n : 1) * sizeof *some_b);
    int result = draws == NULL || some_a == NULL || some_b == NULL ? -1 : 0;
    if (result == 0)
        result = ut_figures(a, n, &of_a) != 0 || ut_figures(b, n, &of_b) != 0 ? -1 : 0;
    if (result == 0)
        subtract(&of_a, &of_b, point);
    for (int draw = 0; result == 0 && n > 1 && draw < UT_FIGURES_DRAWS; draw++) {
        for (size_t i = 0; i < n; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            size_t pick = (random >> 32) * n >> 32;
            some_a[i] = a[pick];
            some_b[i] = b[pick];
        }
        if (ut_figures(some_a, n, &of_a) != 0 || ut_figures(some_b, n, &of_b) != 0)
            result = -1;
        subtract(&of_a, &of_b, one);
        for (int m = 0; m < MEASURES; m++)
            if (!isnan(one[m]))
                draws[m][drawn[m]++] = one[m];
    }
    if (result == 0) {
        interval(&out->uar, point[UAR], draws[UAR], drawn[UAR]);
        interval(&out->ece, point[ECE], draws[ECE], drawn[ECE]);
        for (int c = 0; c < UT_MODEL_CLASSES; c++)
            interval(&out->auc[c], point[AUC + c], draws[AUC + c], drawn[AUC + c]);
    }
    free(draws);
    free(some_a);
    free(some_b);
    return result;
}
