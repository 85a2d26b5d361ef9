/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of merit of a classifier on labelled clips, and how two classifiers differ on the same ones.
 *
 * in    per clip: its class and the posteriors of all classes
 * out   recall per class, their mean (UAR), one-against-rest AUC, confusion, expected calibration error; of two
 *       classifiers the second's figure less the first's, with a 95 % interval by drawing clips with replacement
 * SPEC.md "Evaluation".
 */
#ifndef UT_HOST_FIGURES_H
#define UT_HOST_FIGURES_H

#include "models/model.h"

#include <stddef.h>

enum { UT_FIGURES_BINS = 10, UT_FIGURES_DRAWS = 1000 };

struct ut_clip {
    int truth;                          /* class */
    double posterior[UT_MODEL_CLASSES]; /* sums to 1 */
};

struct ut_figures {
    size_t n;
    double uar;                                        /* mean recall of the classes present */
    double recall[UT_MODEL_CLASSES];                   /* -1 = class absent */
    double auc[UT_MODEL_CLASSES];                      /* of that class's posterior, ties count half; -1 = undefined */
    int confusion[UT_MODEL_CLASSES][UT_MODEL_CLASSES]; /* [truth][decision] */
    double ece;                                        /* over UT_FIGURES_BINS equal bins of the decision's posterior */
};

/* The decision: the class of the largest posterior, the first one among equals. */
int ut_figures_decide(const struct ut_clip *clip);

/* 0, or -1 when out of memory. */
int ut_figures(const struct ut_clip *clip, size_t n, struct ut_figures *out);

/* Second less first; NaN where either is not defined. */
struct ut_figures_difference {
    double value, low, high;
};

struct ut_figures_differences {
    struct ut_figures_difference uar, auc[UT_MODEL_CLASSES], ece;
};

/* clip a[i] and clip b[i] are the same recording. Paired: both are drawn together, from a fixed seed. 0, or -1 when out
 * of memory. */
int ut_figures_compare(const struct ut_clip *a, const struct ut_clip *b, size_t n, struct ut_figures_differences *out);

#endif
