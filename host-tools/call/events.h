/* SPDX-License-Identifier: Apache-2.0 */
/* CloudEvents 1.0, one JSON object per line, the same bytes wherever they go, and the human line beside each.
 *
 * in    a type, a call time and the data object
 * out   struct ut_event to a sink
 * Ids count within the session and times are start + offset: the same call gives the same bytes. What must not be lost
 * has a sequence number of its own, without gaps, from 1; scores, turns and the headset's status, which not every
 * output carries, have none.
 */
#ifndef UT_HOST_EVENTS_H
#define UT_HOST_EVENTS_H

#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ut_event_type {
    UT_EVENT_SESSION_STARTED,
    UT_EVENT_SESSION_COMPLETED,
    UT_EVENT_SESSION_FAILED,
    UT_EVENT_SESSION_DISCLOSED,
    UT_EVENT_SCORE,
    UT_EVENT_TURN,
    UT_EVENT_CUE_OPENED,
    UT_EVENT_CUE_CLOSED,
    UT_EVENT_FLAG_RAISED,
    UT_EVENT_FLAG_LOWERED,
    UT_EVENT_HOLD_STARTED,
    UT_EVENT_HOLD_ENDED,
    UT_EVENT_DEVICE_STATUS,
    UT_EVENT_SESSION_IDENTIFIED,
    UT_EVENT_SESSION_REFUSED,
    UT_EVENT_CUE_OUTCOME,
    UT_EVENT_HANDOVER,
    UT_EVENT_TYPES
};

/* Valid during the sink's call only. */
struct ut_event {
    enum ut_event_type type;
    const char *session, *contact_id;
    uint32_t sequence; /* within the session, from 1; 0 = not counted */
    int64_t start_ms;  /* Unix time of call time 0 */
    int64_t t_ms;      /* call time */
    const char *json;  /* one line without its newline */
    const char *text;  /* for people: "  12.340 s  customer speaks"; "" = not worth a line; no newline, no colour */
};

typedef void ut_event_sink(void *ctx, const struct ut_event *event);

/* "undertone.score.v1" and so on */
const char *ut_event_type_name(enum ut_event_type type);

/* Whether events of the type have a sequence number. */
bool ut_event_type_counted(enum ut_event_type type);

enum { UT_EVENTS_SESSION = 80 };

struct ut_events {
    char contact_id[128];
    char session[UT_EVENTS_SESSION];
    int64_t start_ms;        /* Unix time of call time 0 */
    uint32_t count, counted; /* sent so far, and those of them with a sequence number */
    ut_event_sink *sink;
    void *ctx;
};

/* session: what tells this call from all others (system/identity.h). */
void ut_events_init(struct ut_events *e, const char *contact_id, const char *session, int64_t start_ms,
                    ut_event_sink *sink, void *ctx);

/* The id of the session's n-th event. Returns text. */
const char *ut_events_id(const struct ut_events *e, uint32_t n, char *text, size_t room);

/* Sends one event; takes the reference to data; text may be NULL. */
void ut_events_send(struct ut_events *e, enum ut_event_type type, int64_t t_ms, json_t *data, const char *text);

#endif
