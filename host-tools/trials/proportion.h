/* SPDX-License-Identifier: Apache-2.0 */
/* A share of n, with Wilson's 95 % interval. Total.
 *
 * in    how many of how many
 * out   the share and its interval; NaN of none
 */
#ifndef UT_HOST_PROPORTION_H
#define UT_HOST_PROPORTION_H

struct ut_proportion {
    double value, low, high;
};

struct ut_proportion ut_proportion(int part, int n);

#endif
