/* SPDX-License-Identifier: Apache-2.0 */
/* When the time of day is put forward or back: against the clock that never goes back, from look to look.
 *
 * in    both clocks, in ms
 * out   the step; a machine that slept has one forward. A clock that is steered, by less at a look, has none
 */
#ifndef UT_HOST_CLOCK_STEPS_H
#define UT_HOST_CLOCK_STEPS_H

#include <stdbool.h>
#include <stdint.h>

enum { UT_CLOCK_STEP_MS = 2000 };

struct ut_clock_steps {
    bool begun;
    int64_t apart; /* the time of day less the other clock, at the last look */
};

/* In ms, below 0 = back; 0 = none, or less than UT_CLOCK_STEP_MS, or the first look. */
int64_t ut_clock_steps_look(struct ut_clock_steps *c, int64_t unix_ms, int64_t ms);

/* The same by this machine's clocks; a step is remarked upon. */
int64_t ut_clock_steps_watch(struct ut_clock_steps *c);

#endif
