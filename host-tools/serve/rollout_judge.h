/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a ring of a roll-out goes on, has passed, or is to be stopped: desks that have taken it against the site's
 * others, since the ring opened. SPEC.md "Roll-outs" has the numbers and where they are from.
 *
 * in    each desk of the site, as the ledger has it (serve/ledger.h), and its draw
 * out   a verdict, and for people which figure it is, of how many, against what
 */
#ifndef UT_HOST_ROLLOUT_JUDGE_H
#define UT_HOST_ROLLOUT_JUDGE_H

#include "host-tools/serve/ledger.h"

enum { UT_VERDICT_WHY = 300 };

enum ut_rollout_verdict { UT_ROLLOUT_GOES_ON, UT_ROLLOUT_PASSES, UT_ROLLOUT_STOPS };

/* One of the two sides. Times in ms. */
struct ut_rollout_side {
    int64_t desks, lost, cues;
    double there_ms, call_ms;
};

struct ut_rollout_judge {
    int64_t began_ms;  /* when the first ring opened: what was said before is not of this roll-out */
    int64_t opened_ms; /* when this one did */
    int64_t steady_ms; /* since when the time of day has not been put forward or back: no hold began before */
    int64_t hold_ms, now_ms;
    unsigned share;
    struct ut_rollout_side ring, others;
    /* Of the ring's desks: those that are there or have said something of it; of these, those it was in force at for
     * hold_ms, and those that have said something, and failed. */
    int64_t asked, held, reported, failures;
    int64_t desks[UT_FLOOR_ROLLOUT_STATES]; /* of the whole site, by what they said */
    double scatter;                         /* sum of squares of the others' cues, each over its desk's time in calls */
    int64_t others_in_calls;
    char failed[UT_VERDICT_WHY]; /* the first desk that failed: that refused or reverted it, not told to, and not for
                                  * what it sets itself; "" = none has */
};

void ut_rollout_judge_begin(struct ut_rollout_judge *j, const struct ut_ledger_ring *ring, int64_t began_ms,
                            int64_t steady_ms, int64_t now_ms);

/* draw: 0 to 9999 (settings/rollout.h). */
void ut_rollout_judge_desk(struct ut_rollout_judge *j, const struct ut_ledger_desk *desk, unsigned draw);

/* why: of a ring that goes on, what it waits for. */
enum ut_rollout_verdict ut_rollout_judge_end(const struct ut_rollout_judge *j, char why[UT_VERDICT_WHY]);

#endif
