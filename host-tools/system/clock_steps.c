/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/clock_steps.h"

int64_t ut_clock_steps_look(struct ut_clock_steps *c, int64_t unix_ms, int64_t ms)
{
    int64_t apart = unix_ms - ms, step = c->begun ? apart - c->apart : 0;
    *c = (struct ut_clock_steps){true, apart};
    return step >= UT_CLOCK_STEP_MS || step <= -UT_CLOCK_STEP_MS ? step : 0;
}
