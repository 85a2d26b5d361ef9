/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/drawn_calls.h"

#include "host-tools/system/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ended {
    char session[UT_FLOOR_SESSION], device[UT_FLOOR_NAME];
    int64_t began, ended;
};

/* The calls first and their events behind them: a ledger is asked one thing at a time. */
struct list {
    struct ended *call;
    size_t n, room;
    int64_t since_ms;
    struct ut_fault *fault;
};

static int take_ended(void *ctx, const struct ut_ledger_call *c)
{
    struct list *l = ctx;
    if (c->began == 0 || c->began < l->since_ms || c->ended < c->began)
        return 0;
    if (l->n == l->room) {
        size_t room = l->room > 0 ? 2 * l->room : 1024;
        struct ended *more = realloc(l->call, room * sizeof *more);
        if (more == NULL)
            return ut_fault_no_memory(l->fault);
        l->call = more;
        l->room = room;
    }
    struct ended *one = &l->call[l->n++];
    *one = (struct ended){.began = c->began, .ended = c->ended};
    (void)snprintf(one->session, sizeof one->session, "%s", c->session);
    (void)snprintf(one->device, sizeof one->device, "%s", c->device);
    return 0;
}

/* By desk, then by time, so that each kind of database gives the same figures. */
static int compare(const void *a, const void *b)
{
    const struct ended *x = a, *y = b;
    int order = strcmp(x->device, y->device);
    if (order == 0)
        order = x->began < y->began ? -1 : x->began > y->began;
    return order != 0 ? order : strcmp(x->session, y->session);
}

struct course {
    struct ut_effect_call call;
    bool drawn, over, refused;
};

static void take_started(struct course *c, const json_t *data)
{
    const char *arm = json_string_value(json_object_get(data, "Arm"));
    c->call.held = arm != NULL && strcmp(arm, "held_out") == 0;
    c->drawn = c->call.held || (arm != NULL && strcmp(arm, "shown") == 0);
}

static void take_completed(struct course *c, const json_t *data)
{
    const json_t *t = json_object_get(data, "Trajectory"), *after = json_object_get(t, "AfterCue");
    const char *change = json_string_value(json_object_get(t, "Change"));
    c->over = true;
    c->call.after = json_is_number(after) ? json_number_value(after) : (double)NAN;
    c->call.worse = change == NULL ? (double)NAN : strcmp(change, "worse") == 0 ? 1.0 : 0.0;
}

/* Most events are cues, which say nothing here. */
static int take_event(void *ctx, int64_t key, const char *line)
{
    struct course *c = ctx;
    (void)key;
    if (strstr(line, "undertone.session.") == NULL && strstr(line, "undertone.handover.") == NULL)
        return 0;
    json_t *event = json_loads(line, 0, NULL); /* no JSON says nothing */
    const json_t *data = json_object_get(event, "data");
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *kind = json_string_value(json_object_get(data, "Kind"));
    if (type == NULL)
        type = "";
    if (strcmp(type, "undertone.session.started.v1") == 0)
        take_started(c, data);
    else if (strcmp(type, "undertone.session.completed.v1") == 0)
        take_completed(c, data);
    else if (strcmp(type, "undertone.session.refused.v1") == 0)
        c->refused = true;
    else if (strcmp(type, "undertone.handover.v1") == 0 && kind != NULL && strcmp(kind, "escalation") == 0)
        c->call.escalated = true;
    json_decref(event);
    return 0;
}

int ut_drawn_calls(struct ut_ledger *l, int64_t since_ms, ut_drawn_calls_each *each, void *ctx, struct ut_fault *fault)
{
    struct list list = {.since_ms = since_ms, .fault = fault};
    int r = l->kind->calls(l, NULL, since_ms, take_ended, &list, fault);
    if (list.n > 0)
        qsort(list.call, list.n, sizeof *list.call, compare);
    for (size_t i = 0; i < list.n && r == 0; i++) {
        const struct ended *one = &list.call[i];
        struct course c = {.call = {.began_ms = one->began,
                                    .after = (double)NAN,
                                    .worse = (double)NAN,
                                    .csat = (double)NAN,
                                    .minutes = (double)(one->ended - one->began) / 60000}};
        r = l->kind->events(l, one->session, 0, INT_MAX, take_event, &c, fault);
        if (r == 0 && c.drawn && c.over && !c.refused)
            r = each(ctx, one->device, &c.call);
    }
    free(list.call);
    return r;
}
