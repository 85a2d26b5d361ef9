/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/rollout_judge.h"

#include "host-tools/serve/rate_test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The numbers; SPEC.md "Roll-outs" says where each is from. */
static const double P_MAX = 0.001;   /* as likely by chance, a ring is stopped */
static const double LOST_RATIO = 1;  /* desks lost: as often as elsewhere is well */
static const double CUE_RATIO = 2;   /* cues: twice as often, or half, may be what the new settings are for */
static const double SCATTER_MIN = 2; /* of cues, where the other desks have not shown it yet */
enum {
    FAILED_PART = 50,         /* one of so many that failed stops it: of fewer desks a single one does */
    GONE_MS = 10 * 60 * 1000, /* away so long since it began with it, it does not start any more */
    LOST_LEAST = 2,           /* one lost desk is a cable */
    OTHERS_LEAST = 3          /* desks with calls, below which they are nothing to compare with */
};

static const double HOUR_MS = 3600000.0;

void ut_rollout_judge_begin(struct ut_rollout_judge *j, const struct ut_ledger_ring *ring, int64_t began_ms,
                            int64_t steady_ms, int64_t now_ms)
{
    *j = (struct ut_rollout_judge){.began_ms = began_ms,
                                   .opened_ms = ring->opened,
                                   .steady_ms = steady_ms,
                                   .hold_ms = 1000 * ring->hold_s,
                                   .now_ms = now_ms,
                                   .share = ring->share};
}

/* For how long a desk was there to be lost, since a time: until it left, or since it came, where it was not there
 * before. */
static int64_t there_ms(const struct ut_rollout_judge *j, const struct ut_ledger_desk *d, int64_t since, bool lost)
{
    bool connected = d->link == UT_FLOOR_CONNECTED;
    int64_t from = connected && !lost && d->since > since ? d->since : since;
    int64_t to = connected ? j->now_ms : d->since;
    return to > from ? to - from : 0;
}

static void add_failed(struct ut_rollout_judge *j, const struct ut_ledger_desk *d)
{
    bool told = d->state == UT_FLOOR_REVERTED && strcmp(d->why, UT_FLOOR_STOPPED) == 0;
    bool own = strncmp(d->why, UT_FLOOR_OWN_SETTINGS, sizeof UT_FLOOR_OWN_SETTINGS - 1) == 0;
    if ((d->state != UT_FLOOR_REFUSED && d->state != UT_FLOOR_REVERTED) || told || own)
        return;
    if (j->failures++ == 0)
        (void)snprintf(j->failed, sizeof j->failed, "desk %s has %s it: %s", d->device,
                       ut_floor_rollout_state_name(d->state), d->why[0] != '\0' ? d->why : "it does not say why");
}

/* For how long it was in force at a desk: until the desk left. */
static int64_t in_force_ms(const struct ut_rollout_judge *j, const struct ut_ledger_desk *d)
{
    int64_t from = d->reached > j->steady_ms ? d->reached : j->steady_ms;
    return (d->link == UT_FLOOR_CONNECTED ? j->now_ms : d->since) - from;
}

/* A desk of the ring that has said something of this roll-out. */
static void add_reported(struct ut_rollout_judge *j, const struct ut_ledger_desk *d)
{
    j->reported++;
    j->held += d->state == UT_FLOOR_CONFIRMED && in_force_ms(j, d) >= j->hold_ms;
    add_failed(j, d);
}

void ut_rollout_judge_desk(struct ut_rollout_judge *j, const struct ut_ledger_desk *d, unsigned draw)
{
    bool in_ring = draw < j->share, there = d->link == UT_FLOOR_CONNECTED;
    bool reported = in_ring && d->reported && d->reached >= j->began_ms;
    /* it begins again to have it in force, which closes its link first */
    bool gone = reported && (d->state == UT_FLOOR_FETCHING || d->state == UT_FLOOR_TRYING) && !there &&
                j->now_ms - d->since > GONE_MS;
    bool taken = reported && (d->taken >= 0 || gone);
    struct ut_rollout_side *side = taken ? &j->ring : &j->others;
    int64_t since = taken && d->taken > j->opened_ms ? d->taken : j->opened_ms;
    bool lost = gone || d->lost >= since;
    if (d->reported)
        j->desks[d->state]++;
    if (reported)
        add_reported(j, d);
    j->asked += reported || (in_ring && there);
    side->desks++;
    side->lost += lost;
    side->there_ms += (double)there_ms(j, d, since, lost);
    side->cues += d->cues;
    side->call_ms += (double)d->call_ms;
    if (!taken && d->call_ms > 0) {
        j->others_in_calls++;
        j->scatter += (double)d->cues * (double)d->cues / (double)d->call_ms;
    }
}

/* Cues come together, in some calls and at some desks more than in others: by how much their counts scatter more than
 * those of a Poisson process would, as the other desks show it: the index of dispersion. */
static double dispersion(const struct ut_rollout_judge *j)
{
    if (j->others.cues == 0)
        return SCATTER_MIN;
    double rate = (double)j->others.cues / j->others.call_ms;
    double index = (j->scatter / rate - (double)j->others.cues) / (double)(j->others_in_calls - 1);
    return index > SCATTER_MIN ? index : SCATTER_MIN;
}

static bool lost_too_often(const struct ut_rollout_judge *j, char why[UT_VERDICT_WHY])
{
    const struct ut_rollout_side *a = &j->ring, *b = &j->others;
    double p = ut_rate_test(a->lost, a->there_ms, b->lost, b->there_ms, LOST_RATIO);
    if (p >= P_MAX || a->lost < LOST_LEAST)
        return false;
    (void)snprintf(why, UT_VERDICT_WHY,
                   "%" PRId64 " of %" PRId64 " desks that took it were lost in %.1f h, %" PRId64 " of %" PRId64
                   " others in %.1f h (p %.1g)",
                   a->lost, a->desks, a->there_ms / HOUR_MS, b->lost, b->desks, b->there_ms / HOUR_MS, p);
    return true;
}

static bool cues_differ(const struct ut_rollout_judge *j, char why[UT_VERDICT_WHY])
{
    const struct ut_rollout_side *a = &j->ring, *b = &j->others;
    if (j->others_in_calls < OTHERS_LEAST)
        return false;
    double by = dispersion(j);
    int64_t here = (int64_t)((double)a->cues / by), there = (int64_t)((double)b->cues / by);
    double more = ut_rate_test(here, a->call_ms, there, b->call_ms, CUE_RATIO);
    double fewer = ut_rate_test(there, b->call_ms, here, a->call_ms, CUE_RATIO);
    if (more >= P_MAX && fewer >= P_MAX)
        return false;
    (void)snprintf(why, UT_VERDICT_WHY,
                   "%" PRId64 " cues in %.1f h of calls at %" PRId64 " desks that took it, %" PRId64
                   " in %.1f h at %" PRId64 " others: %s (p %.1g, scatter %.1f)",
                   a->cues, a->call_ms / HOUR_MS, a->desks, b->cues, b->call_ms / HOUR_MS, b->desks,
                   more < P_MAX ? "more than twice as often" : "less than half as often", more < P_MAX ? more : fewer,
                   by);
    return true;
}

enum ut_rollout_verdict ut_rollout_judge_end(const struct ut_rollout_judge *j, char why[UT_VERDICT_WHY])
{
    if (j->failures > 0 && FAILED_PART * j->failures >= j->reported) {
        (void)snprintf(why, UT_VERDICT_WHY, "%.200s (%" PRId64 " of %" PRId64 " that have begun with it failed)",
                       j->failed, j->failures, j->reported);
        return UT_ROLLOUT_STOPS;
    }
    if (lost_too_often(j, why) || cues_differ(j, why))
        return UT_ROLLOUT_STOPS;
    bool enough = j->held > 0 && 2 * j->held >= j->asked && j->now_ms - j->opened_ms >= j->hold_ms;
    (void)snprintf(why, UT_VERDICT_WHY,
                   "in force for %.0f s at %" PRId64 " of %" PRId64
                   " desks that are there or have said something of it",
                   (double)j->hold_ms / 1000.0, j->held, j->asked);
    return enough ? UT_ROLLOUT_PASSES : UT_ROLLOUT_GOES_ON;
}
