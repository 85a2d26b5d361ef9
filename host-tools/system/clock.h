/* SPDX-License-Identifier: Apache-2.0 */
/* Time for waiting by: it never goes back, and says nothing of the time of day.
 *
 * out   milliseconds since some moment before the program began
 */
#ifndef UT_HOST_CLOCK_H
#define UT_HOST_CLOCK_H

#include <stdint.h>

int64_t ut_clock_ms(void);

#endif
