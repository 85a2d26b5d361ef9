/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks: one for timeouts, which never goes back and is not the time of day; the time of day; and what was worked.
 *
 * out   milliseconds, since some moment before the program began, or since 1970-01-01T00:00Z
 */
#ifndef UT_HOST_CLOCK_H
#define UT_HOST_CLOCK_H

#include <stdint.h>

int64_t ut_clock_ms(void);
int64_t ut_clock_unix_ms(void);

/* Processor time of this program since it began. */
int64_t ut_clock_cpu_ms(void);

#endif
