/* SPDX-License-Identifier: Apache-2.0 */
/* Whether something happens more often here than there, by two counts. Of all that happened, those here are a binomial
 * number when both are Poisson processes (Przyborowski and Wilenski 1940): the test needs no rate that is known, and is
 * exact for small counts.
 *
 * in    counts, and how long each was seen, in any unit that is the same
 * out   a probability
 */
#ifndef UT_HOST_RATE_TEST_H
#define UT_HOST_RATE_TEST_H

#include <stdint.h>

/* How likely as many of them are here, or more, where the rate here is at most `ratio` times the rate there. 1 where
 * nothing can be said: one of the two was not seen at all, or there are not more than `ratio` times as many. */
double ut_rate_test(int64_t here, double seen_here, int64_t there, double seen_there, double ratio);

#endif
