/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/figures.h"

#include <math.h>
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
