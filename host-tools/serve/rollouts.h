/* SPDX-License-Identifier: Apache-2.0 */
/* The roll-outs of a site as `undertone serve` sees to them: announces what the ledger has, judges the open ring, opens
 * the next one, stops, and puts each of it on record. SPEC.md "Roll-outs".
 *
 * in    rows of the ledger, which other programs write too; the verifier of whoever may roll out
 * out   announcements of the three rings; moves in the ledger; counts, JSON and files for whoever asks
 * errors UT_EXIT_CONFIG_KEY a verifier that is none; those of the ledger
 * What was opened is announced once it is on record; a stop is announced at once, and goes on record when it can. A
 * note that the verifier does not know is neither announced nor judged.
 */
#ifndef UT_HOST_ROLLOUTS_H
#define UT_HOST_ROLLOUTS_H

#include "host-tools/serve/floor_audit.h"
#include "host-tools/serve/ledger.h"
#include "host-tools/serve/rollout_judge.h"
#include "host-tools/settings/rollout.h"

enum {
    UT_ROLLOUTS_LOOK_MS = 2000,
    UT_ROLLOUTS_JUDGE_MS = 5000,
    UT_ROLLOUTS_COUNT_MS = 60000, /* desks, while no ring is open */
    UT_ROLLOUTS_MOST = 100        /* of the newest that are looked at */
};

struct ut_rollouts;

/* Strings outlive it. */
struct ut_rollouts_options {
    struct ut_ledger *ledger;
    struct ut_floor_audit *audit;
    const char *site;
    const char *verifier; /* of [fleet]; "" = nothing is rolled out */
    const char *from;     /* where desks fetch files: "https://floor.example:8443"; "" = nowhere */
    bool page;            /* there is one, also where `from` cannot be known */
    bool here;            /* all brokers are on this machine: so may `from` be */
    void *ctx;
    void (*announce)(void *ctx, enum ut_rollout_ring ring, const char *text);
};

/* NULL and *fault. */
struct ut_rollouts *ut_rollouts_new(const struct ut_rollouts_options *options, struct ut_fault *fault);
void ut_rollouts_free(struct ut_rollouts *r);

/* Whatever is due. now_ms: of a clock that never goes back. 0, or -1 and *fault. */
int ut_rollouts_step(struct ut_rollouts *r, int64_t now_ms, int64_t unix_ms, struct ut_fault *fault);

/* What was announced last, for a broker that is there again; NULL = nothing was. */
const char *ut_rollouts_announced(const struct ut_rollouts *r, enum ut_rollout_ring ring);

/* By a person, for good. 1; 0 where it is not the newest, or was stopped; or -1 and *fault. It is announced with the
 * next step. */
int ut_rollouts_stop(struct ut_rollouts *r, uint32_t number, const char *by, const char *why, int64_t unix_ms,
                     struct ut_fault *fault);

/* The newest, for metrics. */
struct ut_rollouts_counts {
    uint32_t number;                 /* 0 = there was none */
    int ring;                        /* the last one that opened */
    enum ut_ledger_ring_state state; /* of that */
    int64_t ring_s, hold_s;          /* since when it is open, and for how long it is in force at least; else 0 */
    int64_t desks[UT_FLOOR_ROLLOUT_STATES]; /* by what they said last of it */
    uint64_t stopped;                       /* since the start */
};
void ut_rollouts_count(const struct ut_rollouts *r, int64_t unix_ms, struct ut_rollouts_counts *c);

/* The newest 20, the newest first. The caller's; NULL and *fault. */
char *ut_rollouts_json(struct ut_rollouts *r, struct ut_fault *fault);

/* A file that desks may still take: `bytes`, valid until the next call. 1, 0 there is none, or -1 and *fault. */
int ut_rollouts_file(struct ut_rollouts *r, const char *sha256, const unsigned char **bytes, size_t *n,
                     struct ut_fault *fault);

/* As the ledger keeps a file. The caller's; NULL when out of memory. */
char *ut_rollouts_hex(const unsigned char *bytes, size_t n);

#endif
