/* SPDX-License-Identifier: Apache-2.0 */
/* What was shown and decided, into a chain of records (host-tools/sinks/audit_chain.h). SPEC.md "Audit".
 *
 * in    events that may not be lost, and cues that were kept from the screen
 * out   a record of each, on the disk before the next thing happens; of what was measured or scored only the event's
 *       hash
 * errors those of the chain. One that can take no more ends a run: what cannot be recorded is not shown
 */
#ifndef UT_HOST_AUDIT_H
#define UT_HOST_AUDIT_H

#include "host-tools/call/sink.h"
#include "host-tools/system/json.h"

/* key_file: who signs what the file holds, into the file beside it whose name ends in .checkpoint; "" = nobody. All
 * outlive the sink. NULL when out of memory. */
struct ut_sink *ut_audit_sink(const char *path, const char *key_file, const struct ut_config *config);

/* A record of something else that was done, before it is; from any thread. Takes the reference to more. 0, or -1 and
 * *fault. */
int ut_audit_sink_add(struct ut_sink *s, const char *kind, json_t *more, struct ut_fault *fault);

#endif
