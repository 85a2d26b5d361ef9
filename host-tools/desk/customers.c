/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/customers.h"

#include "host-tools/reports/archive_kept.h"
#include "host-tools/settings/customer.h"
#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/sinks/score_table.h"
#include "host-tools/system/json.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORE_WAIT_MS = 1000 }; /* for other programs: a call goes on meanwhile */

struct found {
    json_t *calls;
    int64_t events;
};

static int add_call(void *ctx, const struct ut_event_table_call *c)
{
    struct found *f = ctx;
    (void)json_array_append_new(f->calls, ut_event_table_call_json(c));
    f->events += c->events;
    return 0;
}

static void add_event(void *ctx, const char *json)
{
    json_t *event = json_loads(json, 0, NULL);
    if (event != NULL)
        (void)json_array_append_new(ctx, event);
}

static const char *session_of(const struct found *f, size_t i)
{
    return json_string_value(json_object_get(json_array_get(f->calls, i), "Session"));
}

static bool has(const struct found *f, const char *session)
{
    for (size_t i = 0; i < json_array_size(f->calls); i++)
        if (strcmp(session_of(f, i), session) == 0)
            return true;
    return false;
}

static int add_score(void *ctx, int64_t t_ms, const char *json)
{
    (void)t_ms;
    add_event(ctx, json);
    return 0;
}

static int add_action(void *ctx, const struct ut_action_row *row)
{
    (void)json_array_append_new(ctx, ut_action_json(row, true));
    return 0;
}

static void add_outcome(void *ctx, json_t *outcome)
{
    (void)json_array_append_new(ctx, outcome);
}

/* All that is kept of each call. 0, or -1 and *fault. */
static int add_events(struct ut_database *d, struct found *f, struct ut_fault *fault)
{
    for (size_t i = 0; i < json_array_size(f->calls); i++) {
        json_t *list = json_array(), *scores = json_array(), *actions = json_array(), *outcomes = json_array();
        const char *session = session_of(f, i);
        int n = ut_event_table_events(d, session, add_event, list, fault);
        if (n < 0 || ut_score_table_behind(d, session, -1, INT_MAX, add_score, scores, fault) != 0 ||
            ut_action_list_of(d, session, add_action, actions, fault) != 0 ||
            ut_outcome_of(d, session, add_outcome, outcomes, fault) != 0)
            n = -1;
        json_object_update_new(json_array_get(f->calls, i),
                               json_pack("{s:o, s:o, s:o, s:o}", "Events", list, "Scores", scores, "Actions", actions,
                                         "Outcomes", outcomes));
        if (n < 0)
            return -1;
    }
    return 0;
}

/* What a replay of a folder left of them beside the store. 0, or -1 and *fault. */
static int erase_kept(const struct ut_desk_customers *c, const struct found *f, struct ut_fault *fault)
{
    char folder[UT_ARCHIVE_KEPT_PATH];
    size_t n = json_array_size(f->calls);
    char **session = calloc(n + 1, sizeof *session);
    if (session == NULL)
        return ut_fault_no_memory(fault);
    for (size_t i = 0; i < n; i++)
        session[i] = (char *)(uintptr_t)session_of(f, i);
    ut_archive_kept_folder(c->store, folder);
    int r = ut_archive_kept_erase(folder, session, n, fault);
    free(session);
    return r < 0 ? -1 : 0;
}

static bool recorded(const struct ut_desk_customers *c, const char *kind, const char *customer, const struct found *f,
                     struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    json_t *more = json_pack("{s:s, s:I, s:I, s:s}", "Customer", customer, "Calls",
                             (json_int_t)json_array_size(f->calls), "Events", (json_int_t)f->events, "By", "http");
    if (c->audit == NULL)
        json_decref(more);
    else if (ut_audit_sink_add(c->audit, kind, more, &fault) != 0) {
        ut_web_refuse(a, 503, "%s", fault.text);
        return false;
    }
    return true;
}

static void give(json_t *value, struct ut_web_answer *a)
{
    ut_web_json(a, 200, json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)));
    json_decref(value);
}

static void fail(const struct ut_fault *fault, struct ut_web_answer *a)
{
    ut_web_refuse(a, 500, "%s", fault->text);
}

static void forget(const struct ut_desk_customers *c, struct ut_database *d, const char *customer,
                   const struct found *f, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    if (!recorded(c, "customer_forgotten", customer, f, a))
        return;
    if (erase_kept(c, f, &fault) != 0 || ut_event_table_erase_of(d, customer, &fault) < 0) {
        fail(&fault, a);
        return;
    }
    for (size_t i = 0; i < json_array_size(f->calls); i++)
        ut_event_ring_forget(c->ring, session_of(f, i));
    give(json_pack("{s:s, s:I, s:I}", "Customer", customer, "Calls", (json_int_t)json_array_size(f->calls), "Events",
                   (json_int_t)f->events),
         a);
}

static void show(const struct ut_desk_customers *c, struct ut_database *d, const char *customer, bool whole,
                 struct found *f, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    if (!recorded(c, whole ? "customer_exported" : "customer_shown", customer, f, a))
        return;
    if (whole && add_events(d, f, &fault) != 0)
        fail(&fault, a);
    else
        give(json_pack("{s:s, s:O}", "Customer", customer, "Calls", f->calls), a);
}

static void work(const struct ut_desk_customers *c, const struct ut_web_request *q, const char *customer,
                 const char *under_way, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    struct found f = {.calls = json_array()};
    const char *events = ut_web_query(q, "events");
    struct ut_database *d = ut_database_open(c->store, &ut_event_table_kind, false, &fault);
    bool deletion = strcmp(q->method, "DELETE") == 0;
    if (d != NULL)
        ut_database_wait(d, STORE_WAIT_MS);
    if (d == NULL || ut_event_table_calls_of(d, customer, add_call, &f, &fault) != 0)
        fail(&fault, a);
    else if (json_array_size(f.calls) == 0)
        ut_web_refuse(a, 404, "there is no call with that customer");
    else if (deletion && under_way[0] != '\0' && has(&f, under_way))
        ut_web_refuse(a, 409, "the call under way is with that customer; end it first");
    else if (deletion)
        forget(c, d, customer, &f, a);
    else
        show(c, d, customer, events != NULL && strcmp(events, "1") == 0, &f, a);
    ut_database_close(d);
    json_decref(f.calls);
}

void ut_desk_customers_answer(const struct ut_desk_customers *c, const struct ut_web_request *q, const char *under_way,
                              struct ut_web_answer *a)
{
    const char *said = q->path + sizeof UT_DESK_CUSTOMERS_PATH - 1;
    struct ut_customer_key key = {.given = true};
    struct ut_fault fault = {0};
    char customer[UT_CUSTOMER_TEXT];
    if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "DELETE") != 0) {
        a->allow = "GET, DELETE";
        ut_web_refuse(a, 405, "another method goes with this path");
    } else if (!ut_site_key_fits(said)) {
        ut_web_refuse(a, 400, "give a customer's key: 1 to %d bytes", UT_CUSTOMER_KEY_MAX);
    } else if (c->store == NULL) {
        ut_web_refuse(a, 409, "nothing is stored; live runs without a store");
    } else {
        (void)snprintf(key.text, sizeof key.text, "%s", said);
        if (ut_customer_hash(&key, c->config, customer, &fault) == 0)
            work(c, q, customer, under_way, a);
        else
            ut_web_refuse(a, 409, "%s", fault.text);
        explicit_bzero(&key, sizeof key);
    }
}
