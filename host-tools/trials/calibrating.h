/* SPDX-License-Identifier: Apache-2.0 */
/* The temperature and offsets that make scores of labelled calls most probable, and how probable they are.
 *
 * in    per call the scores of the customer's speech as logs (host-tools/cues/calibration.h), each with its truth
 * out   a calibration; log loss and expected calibration error, in both of which the classes present weigh alike
 * A class without a score gets no offset. The fit leans towards no change by UT_CALIBRATING_LEAN, so that few scores
 * change little. Same scores, same numbers. SPEC.md "Adapt".
 */
#ifndef UT_HOST_CALIBRATING_H
#define UT_HOST_CALIBRATING_H

#include "host-tools/cues/calibration.h"

#include <stddef.h>

#define UT_CALIBRATING_LEAN 0.01 /* of the squares of 1/T - 1 and of the offsets, beside a log loss of about 1 */

struct ut_calibrating_score {
    double log[UT_CALIBRATION_CLASSES];
    int truth;
};

struct ut_calibrating_call {
    struct ut_calibrating_score *score;
    size_t n;
    int fold; /* which part of the calls it is in */
};

/* From all calls but those of fold `without` (-1 = from all). */
struct ut_calibration ut_calibrating_fit(const struct ut_calibrating_call *call, size_t calls, int without);

/* Sums of a call's log loss and numbers of its scores, per class of truth. */
struct ut_calibrating_loss {
    double sum[UT_CALIBRATION_CLASSES];
    double n[UT_CALIBRATION_CLASSES];
};

struct ut_calibrating_loss ut_calibrating_loss(const struct ut_calibrating_call *call, const struct ut_calibration *c);

/* The mean of the classes' mean losses; NaN without a score. */
double ut_calibrating_mean(const struct ut_calibrating_loss *loss);

/* Over ten bins of the largest probability; of[i] is call i's calibration. */
double ut_calibrating_error(const struct ut_calibrating_call *call, size_t calls, const struct ut_calibration *of);

#endif
