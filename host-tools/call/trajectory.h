/* SPDX-License-Identifier: Apache-2.0 */
/* How the customer's feelings went through a call: quarters, begin and end, peak, time above, recovery. SPEC.md
 * "Trajectory".
 *
 * in    score records as they are used, with the averages of the memory behind each
 * out   one JSON object; null where nothing was scored
 * Of the agent there is nothing in it.
 */
#ifndef UT_HOST_TRAJECTORY_H
#define UT_HOST_TRAJECTORY_H

#include "firmware/wire.h"
#include "host-tools/cues/memory.h"
#include "host-tools/system/json.h"

#include <stddef.h>
#include <stdint.h>

struct ut_trajectory {
    struct ut_cue_means first, last; /* slow averages */
    double peak, delight_peak;       /* of the fast averages; -1 = never valid */
    int64_t peak_ms;                 /* when it was reached */
    int64_t above_ms;                /* scored speech with the fast average at empathy_cue.on or more */
    int64_t recovered_ms;            /* first time behind the peak that it was at empathy_cue.off or less; -1 = not */
    int64_t cue_ms;                  /* when the first cue about feelings opened; -1 = none yet */
    double after;                    /* the fast average 60 s later; -1 = not known */
    double on, change;               /* empathy_cue.on, trajectory.change, as in force at the newest score */
};

void ut_trajectory_init(struct ut_trajectory *t);

/* A score record that the memory has used. */
void ut_trajectory_score(struct ut_trajectory *t, const struct ut_wire_score *score,
                         const struct ut_cue_memory *memory);

/* A cue about feelings opens. */
void ut_trajectory_cue(struct ut_trajectory *t, int64_t t_ms);

/* scores: of the call, which lasted until end_ms; for the quarters. */
json_t *ut_trajectory_json(const struct ut_trajectory *t, const struct ut_wire_score *scores, size_t n, int64_t end_ms);

#endif
