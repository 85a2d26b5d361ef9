/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives at a floor, on its way into the ledger: checked, counted, committed in batches, acknowledged.
 * SPEC.md "Floor".
 *
 * in    topics and messages, as brokers bring them
 * out   rows of the ledger; then, and not before, an acknowledgement of each session that came
 * errors those of the ledger: what was to be committed is dropped then, since its desk sends it again
 */
#ifndef UT_HOST_INGEST_H
#define UT_HOST_INGEST_H

#include "host-tools/serve/ledger.h"

#include <stdio.h>

enum {
    UT_INGEST_BATCH = UT_LEDGER_SESSIONS_MAX,
    UT_INGEST_DEVICES = 10000, /* that have said something since the start */
    UT_INGEST_RATE = 1000,     /* messages a second of a device */
    UT_INGEST_BURST = 2000,    /* beyond that, after a silence */
    UT_INGEST_SKEW_MS = 300000 /* pieces of time for ut_ingest_skew_ms */
};

enum ut_ingest_reason {
    UT_INGEST_TOPIC, /* none of this floor, or one that desks do not write to */
    UT_INGEST_SIZE,
    UT_INGEST_JSON,
    UT_INGEST_ENVELOPE,
    UT_INGEST_TYPE,
    UT_INGEST_DATA,
    UT_INGEST_RATE_LIMIT,
    UT_INGEST_AHEAD,      /* UT_LEDGER_TOO_FAR */
    UT_INGEST_FOREIGN,    /* UT_LEDGER_FOREIGN */
    UT_INGEST_STALE,      /* the state of an older boot or connection */
    UT_INGEST_CHECKPOINT, /* of an audit file, and contradicts an earlier one */
    UT_INGEST_STORE,      /* the ledger could not take it */
    UT_INGEST_REASONS
};
const char *ut_ingest_reason_name(enum ut_ingest_reason reason);

struct ut_ingest_counts {
    uint64_t taken, again, scores, commits;
    uint64_t rejected[UT_INGEST_REASONS];
};

struct ut_ingest_options {
    struct ut_ledger *ledger;
    const char *site;
    void *ctx;
    void (*ack)(void *ctx, const char *device, const struct ut_floor_ack *ack);
    /* One of a device's audit file came; why NULL: it is kept, else it was refused; NULL = nobody asks */
    void (*checkpoint)(void *ctx, const char *device, const char *why);
    /* A supervisor is asked before an action in a call of that device; NULL = nobody hears it */
    void (*asked)(void *ctx, const char *device, const struct ut_floor_question *question);
    /* A desk says how far it has come with a roll-out, and that is news; NULL = nobody hears it */
    void (*rollout)(void *ctx, const char *device, const struct ut_floor_rollout_report *report);
    void (*taken)(void *ctx, const struct ut_ledger_event *e); /* is new and committed; NULL = nobody asks */
};

struct ut_ingest;

/* The options' pointers outlive it. NULL when out of memory. */
struct ut_ingest *ut_ingest_new(const struct ut_ingest_options *options);
void ut_ingest_free(struct ut_ingest *i);

/* retained: the broker had it from before. now: of a clock that never goes back; ms. 0; 1 when the batch is full:
 * commit; or -1 and *fault. */
int ut_ingest_message(struct ut_ingest *i, const char *topic, const char *bytes, size_t n, bool retained, int64_t now,
                      int64_t unix_ms, struct ut_fault *fault);

/* All that has come since. The number of events and scores, or -1 and *fault. */
int ut_ingest_commit(struct ut_ingest *i, int64_t unix_ms, struct ut_fault *fault);

/* Now and then, so that what was long ago counts no more. now: of a clock that never goes back; ms. */
void ut_ingest_turn(struct ut_ingest *i, int64_t now);

/* Events and scores that the next commit takes. */
size_t ut_ingest_waiting(const struct ut_ingest *i);

/* The clock of a desk that differs most from this one: by how much it is ahead (below 0: behind), ms, as told in this
 * piece of time and the last one. 0 = none differs, or nobody has told. */
int64_t ut_ingest_skew_ms(const struct ut_ingest *i);

const struct ut_ingest_counts *ut_ingest_counts(const struct ut_ingest *i);

#endif
