/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/drift.h"

#include <math.h>

static double within(double x, double limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

void ut_drift_init(struct ut_drift *d)
{
    *d = (struct ut_drift){.last_us = -1, .ratio = 1};
}

static void judge(struct ut_drift *d)
{
    double seconds = (double)d->sum_us * 1e-6;
    double ahead_s = d->sum / (double)d->sum_us / UT_DRIFT_SAMPLES_S;
    double wanted = d->drift + 2 * ahead_s / UT_DRIFT_TIME_S;
    double slower = within(wanted, UT_DRIFT_MAX_PPM * 1e-6);
    if (fabs(wanted) <= UT_DRIFT_MAX_PPM * 1e-6) /* else it is the limit that leaves a difference, and no drift */
        d->drift = within(d->drift + seconds * ahead_s / UT_DRIFT_TIME_S / UT_DRIFT_TIME_S, UT_DRIFT_LAST_PPM * 1e-6);
    d->ratio = 1 - slower;
    d->sum = 0;
    d->sum_us = 0;
}

double ut_drift_step(struct ut_drift *d, int64_t now_us, size_t customer_waits, size_t agent_waits)
{
    int64_t us = now_us - d->last_us;
    if (d->last_us >= 0 && us >= 0 && us <= UT_DRIFT_SECOND_US) {
        d->sum += d->difference * (double)us;
        d->sum_us += us;
    }
    d->last_us = now_us;
    d->difference = (double)agent_waits - (double)customer_waits;
    if (d->sum_us >= UT_DRIFT_SECOND_US)
        judge(d);
    return d->ratio;
}

void ut_drift_gap(struct ut_drift *d)
{
    d->last_us = -1;
    d->sum = 0;
    d->sum_us = 0;
}

double ut_drift_ppm(const struct ut_drift *d)
{
    return d->drift * 1e6;
}
