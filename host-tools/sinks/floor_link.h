/* SPDX-License-Identifier: Apache-2.0 */
/* A desk's connection to the floor: events of a store's outbox go to a broker until `undertone serve` says that it has
 * committed them. SPEC.md "Floor".
 *
 * in    a store, brokers, who this desk is; the call in progress and its newest score; outcomes from a CRM, and a
 *       supervisor's answers, each perhaps more than once; roll-outs
 * out   events at least once, those of a session in order; the desk's state, retained; scores while there is a
 *       connection; questions to a supervisor until they are answered; outcomes in the store, then their receipts
 * errors those of the store and of the broker's settings; brokers that fail are none: events wait
 * One program at a time is a device. Of two the one that began later goes on; the other stands back for good.
 */
#ifndef UT_HOST_FLOOR_LINK_H
#define UT_HOST_FLOOR_LINK_H

#include "host-tools/sinks/desk_rollout.h"
#include "host-tools/sinks/floor_message.h"
#include "host-tools/sinks/outbox.h"
#include "host-tools/system/broker.h"

#include <stdatomic.h>
#include <stdbool.h>

/* The receiver's name in the outbox. */
#define UT_FLOOR_RECEIVER "mqtt"

/* What became of the scores of calls in progress, one a second: sent; a newer one came before it went; there was no
 * connection. Read from any thread. */
struct ut_floor_scores {
    atomic_ullong sent, replaced, no_link;
};

/* Strings outlive the link. */
struct ut_floor_link_options {
    const char *store, *brokers, *site, *device, *password_file, *ca_file, *cert_file, *key_file;
    const char *checkpoint, *sign_key_file; /* of the audit file, and who signs it; "" or NULL = none */
    struct ut_floor_scores *live;           /* counted there, and outlives the link; NULL = nobody asks */
    /* Takes what a supervisor says to a question that the store has, in the thread of the link, perhaps more than once.
     * 0, or -1 and *fault. NULL: none is asked */
    int (*answered)(void *ctx, struct ut_database *d, const struct ut_floor_answer *answer, struct ut_fault *fault);
    void *ctx;
    /* Hears for people, in the thread of the link, of each outcome that is refused, and of roll-outs; NULL: nobody
     * does */
    void (*remark)(void *remark_ctx, const char *text);
    void *remark_ctx;
    struct ut_desk_rollout *rollout; /* outlives the link; NULL = roll-outs are not listened to */
    /* Puts on record what becomes of them, before it does; as in sinks/desk_rollout.h */
    int (*record)(void *record_ctx, const char *kind, json_t *more, struct ut_fault *fault);
    void *record_ctx;
};

struct ut_floor_link;

/* NULL and *fault. */
struct ut_floor_link *ut_floor_link_new(const struct ut_floor_link_options *options, struct ut_fault *fault);
void ut_floor_link_free(struct ut_floor_link *l);

/* Waits up to ms, or until there is something to read at other_fd (-1 = none); sends and takes what there is. 0, or -1
 * and *fault of the store. */
int ut_floor_link_step(struct ut_floor_link *l, int other_fd, int ms, struct ut_fault *fault);

/* The call in progress; "" = none. */
void ut_floor_link_session(struct ut_floor_link *l, const char *session);

/* A score event's line. 0, or -1: without a connection nobody sees it. */
int ut_floor_link_score(struct ut_floor_link *l, const char *json);

struct ut_floor_link_state {
    bool up, replaced; /* replaced: another program is this device now */
    const char *host;
    const char *error; /* why it is not up */
    uint64_t taken;    /* events that have arrived, so far */
    uint64_t scores;   /* of recordings, sent so far */
};
struct ut_floor_link_state ut_floor_link_state(const struct ut_floor_link *l);

/* What is left. 0, or -1 and *fault. */
int ut_floor_link_counts(struct ut_floor_link *l, struct ut_outbox_counts *counts, struct ut_fault *fault);

/* Says that this desk has closed, and ends the connection. What comes meanwhile is not passed on (answered, remark):
 * who takes it may have closed. */
void ut_floor_link_leave(struct ut_floor_link *l);

#endif
