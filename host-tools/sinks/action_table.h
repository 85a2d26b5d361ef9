/* SPDX-License-Identifier: Apache-2.0 */
/* Actions in a store, from the request to what came of them. SPEC.md "Actions".
 *
 * in    what a rule asks for, an agent's answer, what a try came to
 * out   one row for each, with its steps; none is lost or begun anew by a kill between two of them
 * errors host-tools/system/database.h
 */
#ifndef UT_HOST_ACTION_TABLE_H
#define UT_HOST_ACTION_TABLE_H

#include "host-tools/system/database.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    UT_ACTION_ID = 33, /* 32 hexadecimal digits */
    UT_ACTION_ERROR = 200,
    UT_ACTION_LEASE_MS = 60000 /* that one who has taken it has for it, above all that a try may take */
};

/* The id of what a rule makes of an event: the same whenever it is asked. */
void ut_action_id(char id[UT_ACTION_ID], const char *session, int64_t sequence, const char *name);

struct ut_action_request {
    const char *id, *session, *name, *json;
    bool asks, otherwise; /* somebody has to say yes before until_ms; what counts without an answer */
    int64_t until_ms;
    int limit; /* of the name in an hour; 0 = none */
};

/* Within the caller's transaction. 1; 0 it is there, or the hour's limit is reached, or its name is parked; -1 and
 * *fault. */
int ut_action_request(struct ut_database *d, const struct ut_action_request *r, int64_t now, struct ut_fault *fault);

/* An answer. 1, 0 (nobody asks that, or no more), or -1 and *fault. */
int ut_action_answer(struct ut_database *d, const char *id, bool yes, int64_t now, struct ut_fault *fault);

/* Whether somebody may answer it still at now, and that is who its event says: "supervisor". 1, 0, or -1 and *fault. */
int ut_action_asks(struct ut_database *d, const char *id, const char *consent, int64_t now, struct ut_fault *fault);

/* Ends what nobody has answered in time, also where the clock was set back meanwhile. 0, or -1 and *fault. */
int ut_action_expire(struct ut_database *d, int64_t now, struct ut_fault *fault);

struct ut_action_due {
    char id[UT_ACTION_ID], name[40];
    int tries;  /* that have failed */
    char *json; /* the caller's to free */
};

/* The next one to be done, taken for a while. 1, 0 there is none, or -1 and *fault. */
int ut_action_take(struct ut_database *d, int64_t now, struct ut_action_due *due, struct ut_fault *fault);

/* It was left off, and is no failure: somebody else may do it at once. 0, or -1 and *fault. */
int ut_action_untake(struct ut_database *d, const struct ut_action_due *due, struct ut_fault *fault);

/* It is done. 0, or -1 and *fault. */
int ut_action_done(struct ut_database *d, const struct ut_action_due *due, int64_t now, struct ut_fault *fault);

/* A try failed. After `park` of them the action is parked with all that wait of its name: 1. Else it is tried again
 * after a pause: 0. -1 and *fault. */
int ut_action_failed(struct ut_database *d, const struct ut_action_due *due, int park, const char *error, int64_t now,
                     struct ut_fault *fault);

/* Parked ones, of that id or name, are done after all. How many, or -1 and *fault. */
int ut_action_retry(struct ut_database *d, const char *which, int64_t now, struct ut_fault *fault);

/* What waits is due now, but for what somebody has taken. 0, or -1 and *fault. */
int ut_action_hurry(struct ut_database *d, struct ut_fault *fault);

/* When something is due next, or is answered by nobody; -1 = nothing waits. 0, or -1 and *fault. */
int ut_action_next(struct ut_database *d, int64_t *unix_ms, struct ut_fault *fault);

/* Those of a session whose customer refused, done or not. 0, or -1 and *fault. */
int ut_action_forget(struct ut_database *d, const char *session, struct ut_fault *fault);

/* A row, for people; steps: "REQUESTED 1700000000000 CONFIRMED 1700000003000". */
struct ut_action_row {
    const char *id, *session, *name, *state, *steps, *error, *json;
    int64_t requested_ms;
    int tries;
    bool waits;       /* for a try */
    bool otherwise;   /* what counts without an answer */
    int64_t until_ms; /* that an answer has; 0 = nobody is asked */
};

/* All, the oldest first; not 0 from `each` ends it. 0, or -1 and *fault. */
typedef int ut_action_each(void *ctx, const struct ut_action_row *row);
int ut_action_list(struct ut_database *d, ut_action_each *each, void *ctx, struct ut_fault *fault);

/* Those that somebody is asked about, likewise. */
int ut_action_list_asked(struct ut_database *d, ut_action_each *each, void *ctx, struct ut_fault *fault);

/* Whether its time is over at now, also where the clock was set back meanwhile. */
bool ut_action_expires(const struct ut_action_row *row, int64_t now);

/* Those of a session, likewise. */
int ut_action_list_of(struct ut_database *d, const char *session, ut_action_each *each, void *ctx,
                      struct ut_fault *fault);

/* {Id, Session, Action, State, Waits, Failures, Error, Steps}, and with `whole` Sent, what its receiver gets; the
 * caller's reference. The store may be anybody's: what is no text or no JSON of it is left out. */
json_t *ut_action_json(const struct ut_action_row *row, bool whole);

#endif
