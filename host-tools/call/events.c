/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/events.h"

#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[UT_EVENT_TYPES] = {
    [UT_EVENT_SESSION_STARTED] = "undertone.session.started.v1",
    [UT_EVENT_SESSION_COMPLETED] = "undertone.session.completed.v1",
    [UT_EVENT_SESSION_FAILED] = "undertone.session.failed.v1",
    [UT_EVENT_SESSION_DISCLOSED] = "undertone.session.disclosed.v1",
    [UT_EVENT_SCORE] = "undertone.score.v1",
    [UT_EVENT_TURN] = "undertone.turn.v1",
    [UT_EVENT_CUE_OPENED] = "undertone.cue.opened.v1",
    [UT_EVENT_CUE_CLOSED] = "undertone.cue.closed.v1",
    [UT_EVENT_FLAG_RAISED] = "undertone.flag.raised.v1",
    [UT_EVENT_FLAG_LOWERED] = "undertone.flag.lowered.v1",
    [UT_EVENT_HOLD_STARTED] = "undertone.hold.started.v1",
    [UT_EVENT_HOLD_ENDED] = "undertone.hold.ended.v1",
    [UT_EVENT_DEVICE_STATUS] = "undertone.device.status.v1",
    [UT_EVENT_SESSION_IDENTIFIED] = "undertone.session.identified.v1",
    [UT_EVENT_SESSION_REFUSED] = "undertone.session.refused.v1",
    [UT_EVENT_CUE_OUTCOME] = "undertone.cue.outcome.v1",
    [UT_EVENT_HANDOVER] = "undertone.handover.v1",
};

const char *ut_event_type_name(enum ut_event_type type)
{
    return names[type];
}

bool ut_event_type_counted(enum ut_event_type type)
{
    return type != UT_EVENT_SCORE && type != UT_EVENT_TURN && type != UT_EVENT_DEVICE_STATUS;
}

void ut_events_init(struct ut_events *e, const char *contact_id, const char *session, int64_t start_ms,
                    ut_event_sink *sink, void *ctx)
{
    memset(e, 0, sizeof *e);
    snprintf(e->contact_id, sizeof e->contact_id, "%s", contact_id);
    ut_utf8_clean(e->contact_id);
    snprintf(e->session, sizeof e->session, "%s", session);
    e->start_ms = start_ms;
    e->sink = sink;
    e->ctx = ctx;
}

const char *ut_events_id(const struct ut_events *e, uint32_t n, char *text, size_t room)
{
    (void)snprintf(text, room, "%s-%06u", e->session, (unsigned)n);
    return text;
}

void ut_events_send(struct ut_events *e, enum ut_event_type type, int64_t t_ms, json_t *data, const char *text)
{
    char id[160], source[160], when[UT_TIMESTAMP_TEXT], sequence[16];
    uint32_t number = ut_event_type_counted(type) ? ++e->counted : 0;
    e->count++;
    (void)ut_events_id(e, e->count, id, sizeof id);
    snprintf(sequence, sizeof sequence, "%010u", (unsigned)number);
    snprintf(source, sizeof source, "/undertone/calls/%s", e->contact_id);
    ut_timestamp_text(e->start_ms + t_ms, when);
    json_t *event = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s*, s:s, s:o}", "specversion", "1.0", "id", id,
                              "source", source, "type", names[type], "time", when, "session", e->session, "sequence",
                              number > 0 ? sequence : NULL, "datacontenttype", "application/json", "data", data);
    char *line = event == NULL ? NULL : json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (line != NULL) {
        struct ut_event out = {.type = type,
                               .session = e->session,
                               .contact_id = e->contact_id,
                               .sequence = number,
                               .start_ms = e->start_ms,
                               .t_ms = t_ms,
                               .json = line,
                               .text = text != NULL ? text : ""};
        e->sink(e->ctx, &out);
        free(line);
    }
    json_decref(event);
}
