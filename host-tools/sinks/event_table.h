/* SPDX-License-Identifier: Apache-2.0 */
/* Calls and their events in a store, a file of tables that lasts. SPEC.md "Store".
 *
 * in    events that may not be lost, each once or again (host-tools/call/events.h)
 * out   the same bytes, by call; what is known of a call
 * errors host-tools/system/database.h; UT_EXIT_STORE_OTHER the session is there with another event of that number
 */
#ifndef UT_HOST_EVENT_TABLE_H
#define UT_HOST_EVENT_TABLE_H

#include "host-tools/system/database.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_EVENT_TABLE_ID = 33 };

extern const struct ut_database_kind ut_event_table_kind;

/* One event, as it is stored. */
struct ut_event_row {
    const char *session, *contact_id, *type, *json;
    int64_t sequence;  /* from 1 */
    int64_t start_ms;  /* of the call, Unix time of its time 0; 0 = not known */
    int64_t at_ms;     /* Unix time */
    const char *state; /* of the call from here on: "COMPLETED", "FAILED"; NULL = as before */
};

/* Within the caller's transaction. 1 when it was added, 0 when it was there, or -1 and *fault. stored_ms: now. */
int ut_event_table_put(struct ut_database *d, const struct ut_event_row *e, int64_t stored_ms, struct ut_fault *fault);

/* Whether it has the session, or one that a further call of its connection would get: "-" and digits behind it.
 * 1, 0, or -1 and *fault. */
int ut_event_table_has(struct ut_database *d, const char *session, struct ut_fault *fault);

/* What is known of a call. */
struct ut_event_table_call {
    const char *session, *contact_id, *state;
    bool dated;                  /* began_ms, and ended_ms of one that has ended, are of the calendar */
    int64_t began_ms, ended_ms;  /* from call time 0 where they are not; ended_ms -1 = has not ended */
    int64_t stored_ms;           /* when its first event was stored */
    int64_t events, cues, flags; /* stored, opened, raised */
};

/* Every call, the oldest first; not 0 from `each` ends it. 0, or -1 and *fault. */
typedef int ut_event_table_each(void *ctx, const struct ut_event_table_call *call);
int ut_event_table_calls(struct ut_database *d, ut_event_table_each *each, void *ctx, struct ut_fault *fault);

/* The calls of a customer, by the hash that their events have (host-tools/system/site_key.h), likewise. */
int ut_event_table_calls_of(struct ut_database *d, const char *customer, ut_event_table_each *each, void *ctx,
                            struct ut_fault *fault);

/* Those that ended (or, of those whose day is not known, were stored) before a time, likewise. */
int ut_event_table_calls_before(struct ut_database *d, int64_t unix_ms, ut_event_table_each *each, void *ctx,
                                struct ut_fault *fault);

/* The same of a row that begins with these columns, of calls `c` and their events `e`; the text is the row's. */
#define UT_EVENT_TABLE_CALL_COLUMNS                                                                                    \
    "c.session, c.contact, c.state, c.start, c.ended, c.stored, count(*),"                                             \
    " sum(e.type = 'undertone.cue.opened.v1'), sum(e.type = 'undertone.flag.raised.v1')"
struct ut_event_table_call ut_event_table_call_of(const struct ut_database_row *row);

/* The same as JSON, of a file that may be anybody's: text as text, times without overflow. The caller's reference. */
json_t *ut_event_table_call_json(const struct ut_event_table_call *call);

/* The events of a call in order of their numbers, each as one line of JSON. The number of them, or -1 and *fault. */
typedef void ut_event_table_line(void *ctx, const char *json);
int ut_event_table_events(struct ut_database *d, const char *session, ut_event_table_line *line, void *ctx,
                          struct ut_fault *fault);

/* Erases a call, or all of a customer, or all that ended (or, of those whose day is not known, were stored) before a
 * time: events too, in the log as well. The number of calls, or -1 and *fault. */
int ut_event_table_erase(struct ut_database *d, const char *session, struct ut_fault *fault);
int ut_event_table_erase_of(struct ut_database *d, const char *customer, struct ut_fault *fault);
int ut_event_table_erase_before(struct ut_database *d, int64_t unix_ms, struct ut_fault *fault);

/* Takes out of a call's events what came from scores, within the caller's transaction: cues of feelings, and handovers,
 * keep number, type and time, and say Erased. 0, or -1 and *fault. */
int ut_event_table_unscore(struct ut_database *d, const char *session, struct ut_fault *fault);

/* A name that this store alone has, for the caches of what was put into it. 0, or -1 and *fault. */
int ut_event_table_id(struct ut_database *d, char id[UT_EVENT_TABLE_ID], struct ut_fault *fault);

#endif
