/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of recorded calls in a store, as long as they wait for the floor: what is live goes at once or not at all, but
 * a recording is played faster than a floor would take it. SPEC.md "Store".
 *
 * in    score events of calls that the store has (host-tools/sinks/event_table.h)
 * out   the same lines in order of call time
 * errors host-tools/system/database.h
 * They go when the floor has the call's end (host-tools/sinks/outbox.h), and with their call.
 */
#ifndef UT_HOST_SCORE_TABLE_H
#define UT_HOST_SCORE_TABLE_H

#include "host-tools/system/database.h"

#include <stdint.h>

/* Within the caller's transaction; of a call that is not there, or twice, it is nothing. 0, or -1 and *fault. */
int ut_score_table_put(struct ut_database *d, const char *session, int64_t t_ms, const char *json,
                       struct ut_fault *fault);

/* Those of a session behind a call time, `most` at most; not 0 from `each` ends it. 0, or -1 and *fault, or what `each`
 * returned. */
typedef int ut_score_table_each(void *ctx, int64_t t_ms, const char *json);
int ut_score_table_behind(struct ut_database *d, const char *session, int64_t t_ms, int most, ut_score_table_each *each,
                          void *ctx, struct ut_fault *fault);

/* Forgets those of a session of which nothing waits for the receiver. 0, or -1 and *fault. */
int ut_score_table_settle(struct ut_database *d, const char *receiver, const char *session, struct ut_fault *fault);

#endif
