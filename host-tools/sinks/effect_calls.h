/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a store that were drawn to have cues or to go without. SPEC.md "Effect".
 *
 * in    a store, which is one desk's
 * out   what is known of each call that is over and says which of the two it was
 * errors host-tools/system/database.h
 * Calls whose customer refused to be scored are left out: what they were like is erased.
 */
#ifndef UT_HOST_EFFECT_CALLS_H
#define UT_HOST_EFFECT_CALLS_H

#include "host-tools/system/database.h"

#include <stdbool.h>
#include <stdint.h>

struct ut_effect_call {
    int64_t began_ms; /* Unix time */
    bool held;
    double after;   /* Trajectory.AfterCue; NaN = not known, as of the next three */
    double worse;   /* 1 = Trajectory.Change is worse */
    double csat;    /* 1..5 */
    double minutes; /* length */
    bool escalated; /* a handover of that kind, or the CRM says so */
};

/* Those that began then or later; not 0 from `each` ends it. 0, or -1 and *fault, or what `each` returned. */
typedef int ut_effect_calls_each(void *ctx, const struct ut_effect_call *call);
int ut_effect_calls(struct ut_database *d, int64_t since_ms, ut_effect_calls_each *each, void *ctx,
                    struct ut_fault *fault);

#endif
