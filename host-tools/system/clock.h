/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for timeouts: it never goes back, and is not the time of day.
 *
 * out   milliseconds since some moment before the program began
 */
#ifndef UT_HOST_CLOCK_H
#define UT_HOST_CLOCK_H

#include <stdint.h>

int64_t ut_clock_ms(void);

#endif
