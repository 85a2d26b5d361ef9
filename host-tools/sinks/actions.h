/* SPDX-License-Identifier: Apache-2.0 */
/* What of a call sets actions off, and the questions that go before them: the agent is asked here, a supervisor by way
 * of the floor. SPEC.md "Actions".
 *
 * in    rules; a call's events and snapshot; answers
 * out   requests in the store, in the transaction of the event that set them off; the open question
 * errors those of the store; an action that cannot be put on record is not asked for
 * All of it in the thread of the call, but for ut_actions_answered.
 */
#ifndef UT_HOST_ACTIONS_H
#define UT_HOST_ACTIONS_H

#include "host-tools/call/events.h"
#include "host-tools/call/snapshot.h"
#include "host-tools/settings/action_rules.h"
#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/floor_message.h"
#include "host-tools/sinks/store.h"

#include <stdatomic.h>

enum { UT_ACTIONS_ASKED = 4 /* questions at once; a further one is answered by its default */ };

struct ut_action_question {
    char id[UT_ACTION_ID], session[UT_EVENTS_SESSION];
    const char *text;
    bool otherwise;
    int64_t until_ms; /* Unix time */
};

/* All zero but for what its owner sets. */
struct ut_actions {
    const struct ut_action_rules *rules;
    const struct ut_snapshot *const *snapshot; /* of the call; what it points to may be NULL */
    const char *store;
    struct ut_sink *audit;          /* sinks/audit.h; NULL = no record is kept */
    _Atomic(struct ut_sink *) work; /* sinks/action_work.h, for which an answer is news; NULL = nobody */
    bool held_out;                  /* the call under way goes without cues, and so without actions */
    double risk;                    /* of its customer, as said when it began; -1 = not known */
    struct ut_action_question question[UT_ACTIONS_ASKED];
    int questions;
};

/* For ut_store_sink_follow; ctx is the struct ut_actions. */
json_t *ut_actions_of(void *ctx, const struct ut_event *event);
int ut_actions_put(void *ctx, struct ut_database *d, json_t *what, struct ut_fault *fault);

/* The question that is open, the oldest; NULL = none. */
const struct ut_action_question *ut_actions_question(struct ut_actions *a, int64_t now_ms);

/* Answers a question, on record. 1, 0 (it is not open, or not stored yet: then it stays), or -1 and *fault. */
int ut_actions_answer(struct ut_actions *a, const char *id, bool yes, const char *by, struct ut_fault *fault);

/* A supervisor's answer, for struct ut_floor_link_options; ctx is the struct ut_actions. In any thread. 0, or -1 and
 * *fault. */
int ut_actions_answered(void *ctx, struct ut_database *d, const struct ut_floor_answer *answer, struct ut_fault *fault);

#endif
