/* SPDX-License-Identifier: Apache-2.0 */
/* How many of what a floor has taken, as Prometheus reads it. SPEC.md "Floor".
 *
 * in    counts of the ingest, the ledger and the brokers
 * out   text; no call, session, device or person is in it
 */
#ifndef UT_HOST_FLOOR_METRICS_H
#define UT_HOST_FLOOR_METRICS_H

#include "host-tools/serve/ingest.h"
#include "host-tools/serve/rollouts.h"

#include <stdio.h>

struct ut_floor_metrics {
    const struct ut_ingest_counts *ingest;
    struct ut_ledger_counts ledger;
    int64_t skew_ms;     /* ut_ingest_skew_ms */
    int64_t lease_epoch; /* 0 = the ledger has no leases, nor do the next two count */
    const char *node, *holder;
    int64_t cpu_ms; /* processor time since the start */
    int brokers_up;
    unsigned connections; /* to brokers, since the start */
    uint64_t not_shown;   /* questions to a supervisor that had no room */
    struct ut_rollouts_counts rollout;
};

void ut_floor_metrics_write(const struct ut_floor_metrics *m, FILE *out);

#endif
