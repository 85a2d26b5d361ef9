/* SPDX-License-Identifier: Apache-2.0 */
/* Events that may not be lost, into a store on this machine (host-tools/sinks/event_table.h). SPEC.md "Store".
 *
 * in    events of any number of calls
 * out   rows of the store, each committed when its hook returns; an event that is there already is left as it is
 * errors at the opening those of the store. Later ones disturb no other sink: what could not be stored is kept, up to
 *       UT_STORE_KEPT events, and tried again with each event that follows and at the close, whose fault says what is
 *       left; of a call in progress they are remarked upon at once
 */
#ifndef UT_HOST_STORE_H
#define UT_HOST_STORE_H

#include "host-tools/call/sink.h"
#include "host-tools/system/database.h"
#include "host-tools/system/json.h"

enum { UT_STORE_KEPT = 10000, UT_STORE_RECEIVERS = 2 };

/* What follows from an event and is stored with it, all or nothing. */
struct ut_store_follow {
    json_t *(*of)(void *ctx, const struct ut_event *event); /* NULL = nothing; when it happens */
    /* of what `of` gave, within the transaction of the event, which may be a later one. 0, or -1 and *fault */
    int (*put)(void *ctx, struct ut_database *d, json_t *what, struct ut_fault *fault);
    void *ctx;
};

/* Before the first event; *follow outlives the sink. NULL = nothing follows. */
void ut_store_sink_follow(struct ut_sink *store, const struct ut_store_follow *follow);

/* receivers: into their outboxes goes each event as well that did not before, all or nothing
 * (host-tools/sinks/outbox.h), and of a recording that is for the floor its scores (sinks/score_table.h); closed by
 * NULL, UT_STORE_RECEIVERS at most; NULL = nobody's. path and the names outlive the sink. NULL when out of memory. */
struct ut_sink *ut_store_sink(const char *path, const char *const *receivers);

#endif
