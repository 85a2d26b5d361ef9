/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/customer_past.h"

#include "host-tools/call/risk_fit.h"
#include "host-tools/system/grow.h"

#include <stdlib.h>
#include <string.h>

struct taking {
    struct ut_customer_past *past;
    struct ut_fault *fault;
    char customer[80]; /* of the last row */
    size_t number;
};

static bool said(const char *outcomes, const char *word)
{
    const char *at = strstr(outcomes, word);
    return at != NULL && (at == outcomes || at[-1] == ' ');
}

static void judge(struct ut_customer_call *c)
{
    json_t *begin = json_object_get(c->trajectory, "Begin"), *end = json_object_get(c->trajectory, "End");
    const char *change = json_string_value(json_object_get(c->trajectory, "Change"));
    c->past.scored = json_is_number(begin) && json_is_number(end);
    c->past.begin = json_number_value(begin);
    c->past.end = json_number_value(end);
    if (change != NULL)
        c->past.change = strcmp(change, "worse") == 0    ? UT_PAST_WORSE
                         : strcmp(change, "better") == 0 ? UT_PAST_BETTER
                         : strcmp(change, "same") == 0   ? UT_PAST_SAME
                                                         : UT_PAST_UNKNOWN;
    c->past.unresolved = said(c->outcomes, "unresolved");
    c->past.loyalty = said(c->outcomes, "churned")  ? UT_PAST_CHURNED
                      : said(c->outcomes, "stayed") ? UT_PAST_STAYED
                                                    : UT_PAST_UNSAID;
}

static int take(void *ctx, const struct ut_database_row *row)
{
    struct taking *t = ctx;
    struct ut_customer_past *p = t->past;
    struct ut_customer_call *grown = ut_grow(p->call, &p->room, p->n + 1, sizeof *p->call);
    if (grown == NULL)
        return ut_fault_no_memory(t->fault);
    p->call = grown;
    if (strcmp(t->customer, ut_database_text(row, 0)) != 0)
        t->number++;
    (void)snprintf(t->customer, sizeof t->customer, "%s", ut_database_text(row, 0));
    struct ut_customer_call c = {.customer = t->number - 1,
                                 .past = {.began_ms = ut_database_number(row, 1),
                                          .ended_ms = ut_database_number(row, 2),
                                          .hold_ms = ut_database_number(row, 3)},
                                 .trajectory = json_loads(ut_database_text(row, 4), 0, NULL)};
    if (!json_is_object(c.trajectory)) {
        json_decref(c.trajectory);
        c.trajectory = NULL;
    }
    (void)snprintf(c.outcomes, sizeof c.outcomes, "%s", ut_database_text(row, 5));
    c.past.hold_ms = c.past.hold_ms < 0 ? 0 : c.past.hold_ms;
    judge(&c);
    p->call[p->n++] = c;
    return 0;
}

int ut_customer_past(struct ut_customer_past *p, struct ut_database *d, const char *customer, struct ut_fault *fault)
{
    struct taking t = {.past = p, .fault = fault};
    *p = (struct ut_customer_past){0};
    /* An event may be no JSON. The last customer that was said of a call is its customer. */
    return ut_database_ask(
        d, fault, take, &t,
        "WITH known AS (SELECT session, max(n), json_extract(json, '$.data.Customer') AS customer FROM event"
        " WHERE type IN ('undertone.session.started.v1', 'undertone.session.identified.v1')"
        " AND CASE WHEN json_valid(json) THEN json_type(json, '$.data.Customer') = 'text' END GROUP BY session)"
        " SELECT k.customer, c.start, c.ended,"
        " (SELECT max(json_extract(h.json, '$.data.TotalTimeMillis')) FROM event h WHERE h.session = c.session"
        " AND h.type = 'undertone.hold.ended.v1' AND json_valid(h.json)),"
        " (SELECT json_extract(e.json, '$.data.Trajectory') FROM event e WHERE e.session = c.session"
        " AND e.type IN ('undertone.session.completed.v1', 'undertone.session.failed.v1') AND json_valid(e.json)"
        " AND NOT EXISTS(SELECT 1 FROM event r WHERE r.session = c.session"
        " AND r.type = 'undertone.session.refused.v1') LIMIT 1),"
        " (SELECT group_concat(outcome, ' ') FROM outcome o WHERE o.session = c.session)"
        " FROM known k JOIN call c USING(session) WHERE (?1 IS NULL OR k.customer = ?1) AND c.start <> 0"
        " AND c.state <> 'IN_PROGRESS' AND c.ended >= c.start ORDER BY k.customer, c.start, c.session",
        "t", customer);
}

void ut_customer_past_free(struct ut_customer_past *p)
{
    for (size_t i = 0; i < p->n; i++)
        json_decref(p->call[i].trajectory);
    free(p->call);
    *p = (struct ut_customer_past){0};
}

struct ut_past_call *ut_customer_past_calls(const struct ut_customer_past *p)
{
    struct ut_past_call *calls = calloc(p->n + 1, sizeof *calls);
    for (size_t i = 0; calls != NULL && i < p->n; i++)
        calls[i] = p->call[i].past;
    return calls;
}

/* Of each call whose customer is known to have gone or stayed the inputs as of its end. */
static size_t cases_of(const struct ut_customer_past *p, const struct ut_past_call *calls, struct ut_risk_case *cases)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < p->n; i++) {
        first = p->call[first].customer == p->call[i].customer ? first : i;
        if (calls[i].loyalty != UT_PAST_UNSAID)
            cases[n++] =
                (struct ut_risk_case){.inputs = ut_risk_inputs_of(calls + first, i - first + 1, calls[i].ended_ms),
                                      .churned = calls[i].loyalty == UT_PAST_CHURNED,
                                      .customer = p->call[i].customer};
    }
    return n;
}

int ut_customer_past_fit(struct ut_database *d, struct ut_risk *risk, struct ut_fault *fault)
{
    struct ut_customer_past p;
    *risk = (struct ut_risk){0};
    int r = ut_customer_past(&p, d, NULL, fault);
    if (r == 0 && p.n > 0) {
        struct ut_past_call *calls = ut_customer_past_calls(&p);
        struct ut_risk_case *cases = calloc(p.n, sizeof *cases);
        if (calls == NULL || cases == NULL || ut_risk_fit(cases, cases_of(&p, calls, cases), risk) != 0)
            r = ut_fault_no_memory(fault);
        free(calls);
        free(cases);
    }
    ut_customer_past_free(&p);
    return r;
}

json_t *ut_customer_past_json(const struct ut_customer_call *c)
{
    static const char *const KEPT[][2] = {
        {"Quarters", "Quarters"}, {"BeginFrustration", "Begin"}, {"EndFrustration", "End"}, {"Peak", "Peak"}};
    json_t *out =
        json_pack("{s:o, s:I, s:I}", "Begin", ut_json_time(c->past.began_ms), "DurationMillis",
                  (json_int_t)(c->past.ended_ms - c->past.began_ms), "HoldMillis", (json_int_t)c->past.hold_ms);
    json_t *outcomes = json_array();
    for (const char *at = c->outcomes; *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        json_array_append_new(outcomes, json_stringn(at, n));
        at += n;
    }
    json_object_set_new(out, "Outcomes", outcomes);
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++) {
        json_t *value = json_object_get(c->trajectory, KEPT[i][1]);
        json_object_set_new(out, KEPT[i][0], value != NULL ? json_incref(value) : json_null());
    }
    return out;
}
