/* SPDX-License-Identifier: Apache-2.0 */
/* What is usual for a voice: running median and median absolute deviation (MAD) of a code.
 *
 * in    values 0..255, in any order
 * out   the median (of two middle values their mean) and the MAD (of two the lower); 0 when there are none
 * SPEC.md "Cues".
 */
#ifndef UT_HOST_BASELINE_H
#define UT_HOST_BASELINE_H

#include <stdint.h>

struct ut_baseline {
    uint32_t count[256];
    uint32_t n;
};

void ut_baseline_add(struct ut_baseline *b, uint8_t value);
double ut_baseline_median(const struct ut_baseline *b);
double ut_baseline_mad(const struct ut_baseline *b);

/* A standard deviation from a median absolute deviation, of normally distributed values. */
#define UT_SIGMA_OF_MAD 1.4826

#endif
