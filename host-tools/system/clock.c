/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/clock.h"

#include <time.h>

static int64_t ms(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t ut_clock_ms(void)
{
    return ms(CLOCK_MONOTONIC);
}

int64_t ut_clock_unix_ms(void)
{
    return ms(CLOCK_REALTIME);
}

int64_t ut_clock_cpu_ms(void)
{
    return ms(CLOCK_PROCESS_CPUTIME_ID);
}
