/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_state.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

/* A member of an event's data, or null. */
static json_t *member(const json_t *data, const char *name)
{
    json_t *value = json_object_get(data, name);
    return value != NULL ? json_incref(value) : json_null();
}

/* What a score says of the customer; its members of the agent stay behind. */
static json_t *mood_of(const struct ut_ledger_call *c)
{
    static const char *const kept[] = {"Score", "ScoreFast", "ScoreSlow",      "Abstain",
                                       "Slope", "Forecast",  "EndOffsetMillis"};
    json_t *event = json_loads(c->snapshot, 0, NULL), *data = json_object_get(event, "data");
    if (!json_is_object(data)) {
        json_decref(event);
        return json_null();
    }
    json_t *mood = json_pack("{s:o}", "Updated", ut_json_time(c->updated));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        (void)json_object_set_new(mood, kept[i], member(data, kept[i]));
    json_decref(event);
    return mood;
}

static json_t *flag_of(const struct ut_ledger_call *c)
{
    static const char *const kept[] = {"Title", "Text", "Severity", "Rule", "Explanation"};
    if (c->flag == 0)
        return json_null();
    json_t *event = json_loads(c->flag_event, 0, NULL), *data = json_object_get(event, "data");
    json_t *flag =
        json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "Id", (json_int_t)c->flag, "Raised", ut_json_time(c->raised),
                  "Lowered", ut_json_time(c->lowered), "Acknowledged", ut_json_time(c->acked), "AcknowledgedBy",
                  text_or_null(c->acked_by), "Acted", ut_json_time(c->acted), "Action", text_or_null(c->action));
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        (void)json_object_set_new(flag, kept[i], member(data, kept[i]));
    json_decref(event);
    return flag;
}

static json_t *call_of(const struct ut_ledger_call *c)
{
    static const char *const links[] = {"connected", "closed", "lost"};
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:I, s:{s:s, s:o}, s:o, s:o}", "Session", c->session, "ContactId",
                     c->contact, "State", c->state, "Begin", ut_json_time(c->began), "End", ut_json_time(c->ended),
                     "Events", (json_int_t)c->events, "Cues", (json_int_t)c->cues, "Link", "State",
                     links[c->link <= UT_FLOOR_LOST ? c->link : UT_FLOOR_LOST], "Since", ut_json_time(c->link_since),
                     "Mood", mood_of(c), "Flag", flag_of(c));
}

struct calls {
    json_t *list;
    const char *device; /* NULL = any */
    int64_t events;
};

static int add_call(void *ctx, const struct ut_ledger_call *c)
{
    struct calls *a = ctx;
    if (a->device != NULL && strcmp(a->device, c->device) != 0)
        return 0;
    (void)json_array_append_new(a->list, call_of(c));
    a->events += c->events;
    return 0;
}

/* Takes the reference; NULL and *fault when out of memory. */
static char *text_of(json_t *value, struct ut_fault *fault)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(value);
    if (text == NULL)
        (void)ut_fault_no_memory(fault);
    return text;
}

char *ut_floor_state(struct ut_ledger *l, const char *device, int64_t since_ms, json_t *more, struct ut_fault *fault)
{
    struct calls a = {.list = json_array(), .device = device};
    if (l->kind->calls(l, NULL, since_ms, add_call, &a, fault) != 0) {
        json_decref(a.list);
        json_decref(more);
        return NULL;
    }
    (void)json_object_set_new(more, "Calls", a.list);
    return text_of(more, fault);
}

static int keep_call(void *ctx, const struct ut_ledger_call *c)
{
    *(json_t **)ctx = call_of(c);
    return 1;
}

int ut_floor_state_call(struct ut_ledger *l, const char *session, char **text, struct ut_fault *fault)
{
    json_t *call = NULL;
    int r = l->kind->calls(l, session, 0, keep_call, &call, fault);
    if (r == 1 && (*text = text_of(call, fault)) == NULL)
        r = -1;
    return r;
}

static int add_event(void *ctx, int64_t sequence, const char *json)
{
    json_t *event = json_loads(json, 0, NULL);
    (void)sequence;
    if (event != NULL)
        (void)json_array_append_new(ctx, event);
    return 0;
}

static int add_score(void *ctx, int64_t t, const char *json)
{
    static const char *const kept[] = {"Frustration", "Delight", "Confidence"};
    json_t *event = json_loads(json, 0, NULL), *row = json_pack("[I]", (json_int_t)t);
    const json_t *score = json_object_get(json_object_get(event, "data"), "Score");
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        (void)json_array_append_new(row, member(score, kept[i]));
    (void)json_array_append_new(ctx, row);
    json_decref(event);
    return 0;
}

int ut_floor_state_detail(struct ut_ledger *l, const char *session, int64_t after, int64_t t, char **text,
                          struct ut_fault *fault)
{
    json_t *call = NULL, *list = json_array(), *curve = json_array();
    int r = l->kind->calls(l, session, 0, keep_call, &call, fault);
    if (r == 1 && (l->kind->events(l, session, after, UT_FLOOR_STATE_MOST, add_event, list, fault) != 0 ||
                   l->kind->scores(l, session, t, UT_FLOOR_STATE_MOST, add_score, curve, fault) != 0))
        r = -1;
    if (r == 1) {
        *text = text_of(json_pack("{s:O, s:O, s:O}", "Call", call, "Events", list, "Scores", curve), fault);
        r = *text != NULL ? 1 : -1;
    }
    json_decref(call);
    json_decref(list);
    json_decref(curve);
    return r;
}

int ut_floor_state_customer(struct ut_ledger *l, const char *customer, bool events, char **text, int64_t *count,
                            struct ut_fault *fault)
{
    struct calls a = {.list = json_array()};
    int r = l->kind->calls_of(l, customer, add_call, &a, fault);
    for (size_t i = 0; events && r == 0 && i < json_array_size(a.list); i++) {
        json_t *call = json_array_get(a.list, i), *list = json_array();
        const char *session = json_string_value(json_object_get(call, "Session"));
        r = l->kind->events(l, session, 0, INT_MAX, add_event, list, fault);
        (void)json_object_set_new(call, "Events", list);
    }
    int n = (int)json_array_size(a.list);
    *count = a.events;
    if (r == 0)
        *text = text_of(json_pack("{s:s, s:O}", "Customer", customer, "Calls", a.list), fault);
    json_decref(a.list);
    return r == 0 && *text != NULL ? n : -1;
}
