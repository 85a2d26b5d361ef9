/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a sweep: recall against false alarms per hour, a dot per setting, the front drawn through.
 *
 * in    points with their intervals
 * out   a PNG
 */
#ifndef UT_HOST_CURVE_H
#define UT_HOST_CURVE_H

#include "host-tools/system/fault.h"

#include <stddef.h>

struct ut_curve_point {
    double alarms, alarms_low, alarms_high; /* per hour; NaN = the point is left out */
    double recall, recall_low, recall_high; /* 0..1 */
    int front, chosen;
    int in_force;      /* the setting as it is now */
    const char *label; /* the setting, short */
};

struct ut_curve {
    const char *title, *subtitle;
    const struct ut_curve_point *point;
    size_t n;
};

/* 0, or -1 and *fault. */
int ut_curve_png(const struct ut_curve *c, const char *path, struct ut_fault *fault);

/* The step of a scale's marks (1, 2 or 5 times a power of ten) that gives at most `marks` up to `top`, top > 0. */
double ut_curve_step(double top, int marks);

#endif
