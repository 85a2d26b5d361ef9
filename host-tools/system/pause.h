/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next attempt: doubled from one in vain to the next, and a fifth more or less, so that
 * many who wait for the same do not come at one moment.
 *
 * in    ms; any number, as chance has it
 * out   ms
 */
#ifndef UT_HOST_PAUSE_H
#define UT_HOST_PAUSE_H

#include <stdint.h>

/* 0.8 to 1.2 of ms, in steps of a thousandth. */
int64_t ut_pause_about_ms(int64_t ms, uint32_t chance);

/* About `first`, doubled n times (n <= 0: not at all), `most` at most. */
int ut_pause_ms(int first, int most, int n, uint32_t chance);

#endif
