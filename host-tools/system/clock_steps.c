/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/clock_steps.h"

#include "host-tools/system/clock.h"
#include "host-tools/system/fault.h"

int64_t ut_clock_steps_look(struct ut_clock_steps *c, int64_t unix_ms, int64_t ms)
{
    int64_t apart = unix_ms - ms, step = c->begun ? apart - c->apart : 0;
    *c = (struct ut_clock_steps){true, apart};
    return step >= UT_CLOCK_STEP_MS || step <= -UT_CLOCK_STEP_MS ? step : 0;
}

int64_t ut_clock_steps_watch(struct ut_clock_steps *c)
{
    int64_t step = ut_clock_steps_look(c, ut_clock_unix_ms(), ut_clock_ms());
    if (step != 0)
        ut_note("the time of day was put %s by %.1f s", step > 0 ? "forward" : "back",
                (double)(step > 0 ? step : -step) / 1000.0);
    return step;
}
