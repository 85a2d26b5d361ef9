/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/handover.h"

#include "host-tools/call/evidence.h"
#include "host-tools/cues/readings.h"
#include "host-tools/cues/rules.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *ut_handover_kind_name(enum ut_handover_kind kind)
{
    static const char *const names[] = {[UT_HANDOVER_TRANSFER] = "transfer",
                                        [UT_HANDOVER_CONFERENCE] = "conference",
                                        [UT_HANDOVER_ESCALATION] = "escalation"};
    return names[kind];
}

void ut_handover_opened(struct ut_handover_cue cue[UT_HANDOVER_CUES], int *count, const struct ut_cue_change *c,
                        uint32_t event, enum ut_language language)
{
    if (*count == UT_HANDOVER_CUES) {
        memmove(cue, cue + 1, (UT_HANDOVER_CUES - 1) * sizeof *cue);
        (*count)--;
    }
    struct ut_handover_cue *own = &cue[(*count)++];
    *own = (struct ut_handover_cue){.cue = c->cue, .event = event, .begin_ms = c->begin_ms, .end_ms = -1};
    (void)snprintf(own->title, sizeof own->title, "%s", c->title);
    (void)ut_evidence_why(language, c, own->reason, sizeof own->reason);
}

void ut_handover_closed(struct ut_handover_cue *cue, int count, const struct ut_cue_change *c)
{
    for (int i = count; c->what == UT_CUE_CLOSED && i-- > 0;)
        if (cue[i].cue == c->cue && cue[i].end_ms < 0) {
            cue[i].end_ms = c->t_ms;
            cue[i].shown_ms = c->shown_ms;
            cue[i].dismissed = c->dismissed;
            return;
        }
}

void ut_handover_unscore(struct ut_handover_cue *cue, int *count)
{
    int kept = 0;
    for (int i = 0; i < *count; i++)
        if (!ut_cue_rules_scored(cue[i].cue))
            cue[kept++] = cue[i];
    *count = kept;
}

/* Means of the scored speech in equal parts of the call; parts without any are left out. */
static json_t *trajectory(const struct ut_handover *h)
{
    json_t *list = json_array();
    size_t at = 0;
    for (int64_t i = 1; i <= UT_HANDOVER_POINTS && h->scores != NULL; i++) {
        int64_t end_ms = h->t_ms * i / UT_HANDOVER_POINTS;
        int32_t frustration = 0, delight = 0, n = 0;
        for (; at < h->score_count && h->scores[at].t_ms <= end_ms; at++) {
            if (!ut_wire_scored(&h->scores[at]))
                continue;
            frustration += h->scores[at].frustration;
            delight += h->scores[at].delight;
            n++;
        }
        if (n > 0)
            json_array_append_new(list, json_pack("{s:I, s:o, s:o}", "OffsetMillis", (json_int_t)end_ms, "Frustration",
                                                  ut_json_number(ut_readings_mean_share(frustration, n), 2), "Delight",
                                                  ut_json_number(ut_readings_mean_share(delight, n), 2)));
    }
    return list;
}

static json_t *open_cues(const struct ut_handover *h)
{
    json_t *list = json_array();
    for (int i = 0; i < h->cues; i++)
        if (h->cue[i].end_ms < 0)
            json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I}", "Cue", ut_cue_info[h->cue[i].cue].name,
                                                  "Title", h->cue[i].title, "Reason", h->cue[i].reason,
                                                  "BeginOffsetMillis", (json_int_t)h->cue[i].begin_ms));
    return list;
}

/* What the agent saw, and what came of it. */
static json_t *tried(const struct ut_handover *h)
{
    json_t *list = json_array();
    int first = h->cues;
    for (int n = 0; first > 0 && n < UT_HANDOVER_TRIED; first--)
        n += h->cue[first - 1].shown_ms > 0 || h->cue[first - 1].outcome[0] != '\0';
    for (int i = first; i < h->cues; i++) {
        const struct ut_handover_cue *c = &h->cue[i];
        if (c->shown_ms == 0 && c->outcome[0] == '\0')
            continue;
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:b, s:s*}", "Cue", ut_cue_info[c->cue].name, "Title",
                                              c->title, "BeginOffsetMillis", (json_int_t)c->begin_ms, "Dismissed",
                                              c->dismissed, "Outcome", c->outcome[0] != '\0' ? c->outcome : NULL));
    }
    return list;
}

json_t *ut_handover_data(const struct ut_event_origin *o, const struct ut_handover *h, char line[UT_EVENT_LINE])
{
    char when[UT_TIMESTAMP_TEXT], to[UT_HANDOVER_TO + 1];
    json_t *data = ut_event_data_common(o);
    bool on_hold = h->hold->open;
    int64_t hold_ms = h->hold->total_ms + (on_hold ? h->t_ms - h->hold->span.begin_ms : 0);
    (void)snprintf(to, sizeof to, "%s", h->to);
    ut_utf8_clean(to);
    json_object_set_new(data, "Kind", json_string(ut_handover_kind_name(h->kind)));
    json_object_set_new(data, "OffsetMillis", json_integer(h->t_ms));
    if (to[0] != '\0')
        json_object_set_new(data, "To", json_string(to));
    if (h->contact[0] != '\0')
        json_object_set_new(data, "Contact", json_string(h->contact));
    if (h->customer[0] != '\0')
        json_object_set_new(data, "Customer", json_string(h->customer));
    json_object_set_new(data, "Session", json_string(h->session->session));
    json_object_set_new(data, "Trajectory", trajectory(h));
    json_object_set_new(data, "OpenCues", open_cues(h));
    json_object_set_new(data, "Holds",
                        json_pack("{s:I, s:I, s:b}", "Count", (json_int_t)h->hold->count, "TotalTimeMillis",
                                  (json_int_t)(hold_ms > 0 ? hold_ms : 0), "OnHold", on_hold));
    json_object_set_new(data, "Tried", tried(h));
    (void)snprintf(line, UT_EVENT_LINE, "%s  handover     %s%s%s", ut_timestamp_call(h->t_ms, when),
                   ut_handover_kind_name(h->kind), to[0] != '\0' ? " to " : "", to);
    return data;
}
