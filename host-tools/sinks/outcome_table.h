/* SPDX-License-Identifier: Apache-2.0 */
/* What became of calls and cues, in a store. SPEC.md "Outcomes".
 *
 * in    what a CRM says of a call; what agents said of cues, which are events (host-tools/sinks/event_table.h)
 * out   the same by call, and by opening of a cue
 * errors host-tools/system/database.h
 */
#ifndef UT_HOST_OUTCOME_TABLE_H
#define UT_HOST_OUTCOME_TABLE_H

#include "host-tools/system/database.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

/* "resolved unresolved escalated churned stayed csat1 ... csat5", for people. */
#define UT_OUTCOMES "resolved, unresolved, escalated, churned, stayed, csat1 to csat5"

/* What the outcome is about (resolution, escalation, loyalty, satisfaction); NULL: there is no such outcome. */
const char *ut_outcome_about(const char *outcome);

/* The outcome of a call, by its session, or else by the contact that others have for it, the newest of that name: takes
 * the place of what was said about the same; the same again changes nothing. 1, 0: there is no such call, or -1 and
 * *fault. */
int ut_outcome_put(struct ut_database *d, const char *call, const char *outcome, int64_t at_ms, const char *by,
                   struct ut_fault *fault);

/* The same by MQTT, of a message that may come more than once: an id that a stored call's outcome had changes nothing
 * and is 1. The caller has no transaction. */
int ut_outcome_put_once(struct ut_database *d, const char *id, const char *call, const char *outcome, int64_t at_ms,
                        struct ut_fault *fault);

/* What was said of a call: {Session, About, Outcome, At, By}, the oldest first; `each` has the reference. 0, or -1 and
 * *fault. */
typedef void ut_outcome_line(void *ctx, json_t *outcome);
int ut_outcome_of(struct ut_database *d, const char *session, ut_outcome_line *each, void *ctx, struct ut_fault *fault);

/* An opening of a cue that somebody said the outcome of. */
struct ut_outcome_cue {
    const char *cue, *outcome; /* as in its events; the last word */
    int64_t at_ms;             /* Unix time of the opening */
    bool has_value;
    double value; /* of its first piece of evidence: what was held against the on-threshold */
};

/* Each of them, in order of storing; not 0 from `each` ends it. 0, or -1 and *fault, or what `each` returned. */
typedef int ut_outcome_each(void *ctx, const struct ut_outcome_cue *one);
int ut_outcome_cues(struct ut_database *d, ut_outcome_each *each, void *ctx, struct ut_fault *fault);

#endif
