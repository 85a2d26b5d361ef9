/* SPDX-License-Identifier: Apache-2.0 */
/* A headset that plays scripted calls on a line, one behind the other. SPEC.md "Simulated headsets".
 *
 * in    calls as records, a line, the time
 * out   frames on the line when their time has come; what was sent, to the truth
 * Its first call begins when somebody listens. The numbers of records go on from call to call.
 */
#ifndef UT_HOST_SIMULATED_HEADSET_H
#define UT_HOST_SIMULATED_HEADSET_H

#include "host-tools/simulate/line.h"
#include "host-tools/simulate/records.h"
#include "host-tools/simulate/truth.h"

#include <stdbool.h>

enum { UT_HEADSET_PAUSE_MS = 2000, UT_HEADSET_NAME = 24 };

struct ut_headset_plan {
    const struct ut_simulated_call *call;
    size_t calls;
    unsigned most; /* calls of each headset; 0 = without end */
    double speed;  /* call time per time; 0 = as fast as the line takes it */
};

struct ut_headset {
    const struct ut_headset_plan *plan;
    struct ut_truth *truth;
    struct ut_line line;
    char name[UT_HEADSET_NAME];
    size_t first;     /* of the plan's calls */
    unsigned number;  /* of the call under way, from 1; 0 = none has begun */
    size_t at;        /* its next item */
    int64_t began_ms; /* by the clock that never goes back */
    int64_t back_ms;  /* when the line returns; 0 = it is there */
    uint32_t lose;
    uint32_t chance; /* of garbage */
    uint8_t sequence;
    bool over;
};

/* Does what is due. now: ms, of a clock that never goes back. When to come again, ms from now; -1: it has played all
 * its calls, and nobody need listen any more; -2 and *fault. */
int ut_headset_step(struct ut_headset *h, int64_t now, int64_t unix_ms, struct ut_fault *fault);

#endif
