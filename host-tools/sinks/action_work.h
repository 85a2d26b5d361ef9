/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever does what rules asked for: a thread beside a call, or a round at once. SPEC.md "Actions".
 *
 * in    the actions of a store that are due
 * out   webhooks, messages, programs, notes; what came of each, in the store
 * errors at the opening: those of the store, of addresses, of keys. Later ones are an action's: it is tried again, and
 *       parked with one remark
 * At least once: a kill between the doing and its row does it again, under the same id.
 */
#ifndef UT_HOST_ACTION_WORK_H
#define UT_HOST_ACTION_WORK_H

#include "host-tools/call/sink.h"
#include "host-tools/settings/action_rules.h"

#include <stdatomic.h>

struct ut_action_work;

/* All outlive it; audit (sinks/audit.h) has what becomes of each before the store has, NULL = no record is kept. NULL
 * and *fault. */
struct ut_action_work *ut_action_work_new(const struct ut_action_rules *rules, const struct ut_config *config,
                                          const char *store, struct ut_sink *audit, struct ut_fault *fault);
void ut_action_work_free(struct ut_action_work *w);

struct ut_action_round {
    int done, failed, parked;
    char remark[400]; /* of the last one parked; "" = none was */
};

/* All that is due. 0, or -1 and *fault of the store. */
int ut_action_work_round(struct ut_action_work *w, atomic_int *stop, struct ut_action_round *round,
                         struct ut_fault *fault);

/* The same in a thread of its own, from the opening on. Likewise. */
struct ut_sink *ut_action_work_sink(const struct ut_action_rules *rules, const struct ut_config *config,
                                    const char *store, struct ut_sink *audit);

/* Something is due that no event has said: an answer. */
void ut_action_work_wake(struct ut_sink *sink);

#endif
