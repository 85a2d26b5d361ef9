/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_metrics.h"

#include "firmware/version.h"

#include <inttypes.h>

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    (void)fprintf(out, "# HELP undertone_%s %s\n# TYPE undertone_%s %s\n", name, help, name, type);
}

static void one(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
    head(out, name, type, help);
    (void)fprintf(out, "undertone_%s %" PRIu64 "\n", name, value);
}

static void write_rollout(const struct ut_rollouts_counts *r, FILE *out)
{
    one(out, "rollout_number", "gauge", "Of the newest roll-out; 0: there was none.", r->number);
    one(out, "rollout_ring", "gauge", "The last ring of it that opened: 0 canary, 1 early, 2 all.", (uint64_t)r->ring);
    one(out, "rollout_state", "gauge", "Of that ring: 0 there is none, 1 open, 2 passed, 3 stopped.",
        (uint64_t)r->state);
    one(out, "rollout_open_seconds", "gauge", "Since when that ring is open; 0: it is not.", (uint64_t)r->ring_s);
    one(out, "rollout_hold_seconds", "gauge", "For how long at least; 0: it is not open.", (uint64_t)r->hold_s);
    head(out, "rollout_desks", "gauge", "Desks by what they said last of the newest roll-out.");
    for (int i = 0; i < UT_FLOOR_ROLLOUT_STATES; i++)
        (void)fprintf(out, "undertone_rollout_desks{state=\"%s\"} %" PRId64 "\n",
                      ut_floor_rollout_state_name((enum ut_floor_rollout_state)i), r->desks[i]);
    one(out, "rollout_stopped_total", "counter", "Roll-outs that were stopped.", r->stopped);
}

void ut_floor_metrics_write(const struct ut_floor_metrics *m, FILE *out)
{
    head(out, "build_info", "gauge", "Always 1; the labels say which program this is.");
    (void)fputs("undertone_build_info{version=\"" UT_VERSION "\"} 1\n", out);
    one(out, "ingest_events_total", "counter", "Events committed.", m->ingest->taken);
    one(out, "ingest_scores_total", "counter", "Scores committed.", m->ingest->scores);
    one(out, "ingest_duplicates_total", "counter", "Events that were there.", m->ingest->again);
    one(out, "ingest_commits_total", "counter", "Batches committed.", m->ingest->commits);
    head(out, "ingest_rejected_total", "counter", "Messages that were not taken, by reason.");
    for (int i = 0; i < UT_INGEST_REASONS; i++)
        (void)fprintf(out, "undertone_ingest_rejected_total{reason=\"%s\"} %" PRIu64 "\n",
                      ut_ingest_reason_name((enum ut_ingest_reason)i), m->ingest->rejected[i]);
    one(out, "broker_connections_total", "counter", "Connections made to brokers.", m->connections);
    one(out, "brokers_up", "gauge", "Brokers with a connection.", (uint64_t)m->brokers_up);
    one(out, "calls_live", "gauge", "Calls in progress.", (uint64_t)m->ledger.calls_live);
    one(out, "flags_open", "gauge", "Flags for the supervisor that are up.", (uint64_t)m->ledger.flags_open);
    one(out, "flags_unacknowledged", "gauge", "Those of them that nobody has acknowledged.",
        (uint64_t)m->ledger.flags_unseen);
    head(out, "clock_skew_seconds", "gauge",
         "By how much the desk's clock that differs most is ahead of this one (below 0: behind), in the last 5 to 10 "
         "min.");
    (void)fprintf(out, "undertone_clock_skew_seconds %" PRId64 "\n", m->skew_ms / 1000);
    one(out, "devices_connected", "gauge", "Desks with a connection.", (uint64_t)m->ledger.devices_connected);
    (void)fprintf(out,
                  "# HELP process_cpu_seconds_total Processor time of this program, its own and the system's.\n"
                  "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total %.3f\n",
                  (double)m->cpu_ms / 1000.0);
    one(out, "questions_not_shown_total", "counter", "Questions to a supervisor that had no room on the page.",
        m->not_shown);
    write_rollout(&m->rollout, out);
    if (m->lease_epoch == 0)
        return;
    one(out, "replica_reads_total", "counter", "Questions that the replica answered.",
        (uint64_t)m->ledger.replica_reads);
    one(out, "replica_behind_total", "counter", "Questions that the ledger answered, since the replica was behind.",
        (uint64_t)m->ledger.replica_behind);
    one(out, "lease_epoch", "gauge", "How often the site has changed hands.", (uint64_t)m->lease_epoch);
    head(out, "lease_info", "gauge", "Always 1; the labels say which program holds the site, and on which machine.");
    (void)fprintf(out, "undertone_lease_info{node=\"%s\",holder=\"%s\"} 1\n", m->node, m->holder);
}
