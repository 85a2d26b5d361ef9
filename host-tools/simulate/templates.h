/* SPDX-License-Identifier: Apache-2.0 */
/* The events that a desk makes of a scripted call, by the same session as any call's (call/session.h), with gaps for
 * who sends them and when: one call serves thousands of desks.
 *
 * in    a call's records; a session's name, a contact, times
 * out   events' lines as a desk sends them to a floor: those with a sequence, and scores
 */
#ifndef UT_HOST_EVENT_TEMPLATES_H
#define UT_HOST_EVENT_TEMPLATES_H

#include "host-tools/call/events.h"
#include "host-tools/settings/config.h"
#include "host-tools/simulate/records.h"
#include "host-tools/sinks/floor_message.h"

#include <stdbool.h>

struct ut_template {
    enum ut_event_type type;
    enum ut_floor_kind kind;
    uint32_t sequence; /* 0 of a score */
    uint32_t t_ms;     /* when the event is known; never goes back */
    char *json;
};

struct ut_templates {
    const char *name; /* the script's call */
    uint32_t end_ms;
    struct ut_template *event;
    size_t n, room;
    uint32_t counted; /* of them have a sequence: 1 to this */
    size_t *durable;  /* where number 1, 2, ... stand */
    bool failed;
};

/* Of a call of a script. The config's thresholds say which cues open. 0; -1 when out of memory, and nothing to free. */
int ut_templates_make(struct ut_templates *t, const struct ut_simulated_call *call, const struct ut_config *config);
void ut_templates_free(struct ut_templates *t);

/* The line of an event of a session that began at unix_ms. The caller frees it; NULL when out of memory. */
char *ut_template_line(const struct ut_template *t, const char *session, const char *contact, int64_t unix_ms);

#endif
