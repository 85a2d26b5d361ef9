/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/actions.h"

#include "host-tools/sinks/action_work.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STORE_WAIT_MS = 1000 }; /* for other programs: a call goes on meanwhile */

static void measure(const struct ut_actions *a, double value[UT_MEASURES])
{
    const struct ut_snapshot *v = *a->snapshot;
    for (int i = 0; i < UT_MEASURES; i++)
        value[i] = (double)NAN;
    if (v == NULL)
        return;
    if (v->scored_ms >= 0 && !v->refused && !v->undisclosed) {
        value[UT_MEASURE_FRUSTRATION_FAST] = v->frustration_fast;
        value[UT_MEASURE_FRUSTRATION_SLOW] = v->frustration_slow;
        value[UT_MEASURE_DELIGHT_FAST] = v->delight_fast;
        value[UT_MEASURE_DELIGHT_SLOW] = v->delight_slow;
        value[UT_MEASURE_CONFIDENCE] = v->confidence_fast;
    }
    if (a->risk >= 0 && !v->refused)
        value[UT_MEASURE_RISK] = a->risk;
    value[UT_MEASURE_CALL_MINUTES] = v->t_ms < 0 ? 0 : (double)v->t_ms / 60000;
    value[UT_MEASURE_HOLD_MINUTES] = (double)(v->hold_ms + (v->on_hold ? v->t_ms - v->hold_from_ms : 0)) / 60000;
}

/* What sets rules off in an event: bits of enum ut_action_trigger, and of the cue that opened; and its name. */
static unsigned trigger_of(const struct ut_event *e, json_t *data, uint32_t *cue, const char **name)
{
    const char *opened = json_string_value(json_object_get(data, "Cue"));
    const char *change = json_string_value(json_object_get(json_object_get(data, "Trajectory"), "Change"));
    *cue = 0;
    switch (e->type) {
    case UT_EVENT_SESSION_STARTED:
        *name = "call.started";
        return UT_ACTION_ON_STARTED;
    case UT_EVENT_SESSION_COMPLETED:
        *name = change != NULL && strcmp(change, "worse") == 0 ? "call.ended_worse" : "call.ended";
        return UT_ACTION_ON_ENDED | (strcmp(*name, "call.ended") != 0 ? UT_ACTION_ON_ENDED_WORSE : 0U);
    case UT_EVENT_FLAG_RAISED:
        *name = "flag.raised";
        return UT_ACTION_ON_FLAG;
    default:
        if (opened != NULL && ut_cue_find(opened) != UT_CUES)
            *cue = 1U << ut_cue_find(opened);
        *name = opened;
        return 0;
    }
}

static int minute_of_day(int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm local;
    return localtime_r(&seconds, &local) != NULL ? 60 * local.tm_hour + local.tm_min : 0;
}

/* What the receiver gets: no more of the call than the rule is about. */
static char *payload(const struct ut_actions *a, const struct ut_action_rule *rule, const struct ut_event *e,
                     json_t *event, const char *on, const char *id, const double value[UT_MEASURES])
{
    const struct ut_snapshot *v = *a->snapshot;
    char source[200];
    json_t *values = json_object();
    for (int i = 0; i < rule->conditions; i++)
        json_object_set_new(values, ut_action_measure_name[rule->condition[i].measure],
                            ut_json_number(value[rule->condition[i].measure], 3));
    json_t *data = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "ContactId", e->contact_id, "Contact",
                             v != NULL ? v->contact : "", "Action", rule->name, "On", on, "Do",
                             ut_action_do_name[rule->how], "Consent", ut_action_consent_name[rule->consent],
                             "OffsetMillis", (json_int_t)e->t_ms, "Values", values);
    if (rule->text[0] != '\0')
        json_object_set_new(data, "Text", json_string(rule->text));
    if (e->type == UT_EVENT_SESSION_COMPLETED) {
        json_t *course = json_object_get(json_object_get(event, "data"), "Trajectory");
        for (size_t i = 0; json_is_object(course) && i < 4; i++) {
            static const char *const KEPT[] = {"Begin", "End", "Peak", "Change"};
            json_object_set(data, KEPT[i], json_object_get(course, KEPT[i]));
        }
    }
    (void)snprintf(source, sizeof source, "/undertone/calls/%s", e->contact_id);
    json_t *out =
        json_pack("{s:s, s:s, s:s, s:s, s:O, s:s, s:O, s:s, s:o}", "specversion", "1.0", "id", id, "source", source,
                  "type", "undertone.action.v1", "time", json_object_get(event, "time"), "session", e->session, "cause",
                  json_object_get(event, "id"), "datacontenttype", "application/json", "data", data);
    char *text = out != NULL ? json_dumps(out, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(out);
    return text;
}

static bool recorded(const struct ut_actions *a, const struct ut_action_rule *rule, const struct ut_event *e,
                     const char *id)
{
    struct ut_fault fault = {0};
    if (a->audit == NULL)
        return true;
    return ut_audit_sink_add(a->audit, "action_requested",
                             json_pack("{s:s, s:s, s:s}", "Session", e->session, "Action", rule->name, "Id", id),
                             &fault) == 0;
}

/* The request of a rule; NULL = none. */
static json_t *request(const struct ut_actions *a, const struct ut_action_rule *rule, const struct ut_event *e,
                       json_t *event, const char *on, const double value[UT_MEASURES])
{
    char id[UT_ACTION_ID];
    ut_action_id(id, e->session, e->sequence, rule->name);
    char *json = payload(a, rule, e, event, on, id, value);
    json_t *out = NULL;
    if (json != NULL && recorded(a, rule, e, id))
        out = json_pack("{s:s, s:s, s:i, s:s}", "id", id, "session", e->session, "rule", (int)(rule - a->rules->rule),
                        "json", json);
    free(json);
    return out;
}

static void drop(struct ut_actions *a, int i)
{
    a->questions--;
    memmove(&a->question[i], &a->question[i + 1], (size_t)(a->questions - i) * sizeof a->question[0]);
}

static void drop_all_of(struct ut_actions *a, const char *session)
{
    for (int i = a->questions - 1; i >= 0; i--)
        if (strcmp(a->question[i].session, session) == 0)
            drop(a, i);
}

/* Another customer than was said before: what was known of that one counts no more. */
static void identify(struct ut_actions *a, const struct ut_event *e)
{
    json_t *event = json_loads(e->json, 0, NULL);
    if (json_object_get(json_object_get(event, "data"), "Customer") != NULL)
        a->risk = *a->snapshot != NULL ? (*a->snapshot)->past.risk : -1;
    json_decref(event);
}

json_t *ut_actions_of(void *ctx, const struct ut_event *e)
{
    struct ut_actions *a = ctx;
    double value[UT_MEASURES];
    int64_t now = ut_clock_unix_ms();
    const char *on = NULL;
    uint32_t cue;
    if (e->type == UT_EVENT_SESSION_IDENTIFIED)
        identify(a, e);
    if (e->type == UT_EVENT_SESSION_REFUSED) {
        a->risk = -1;
        drop_all_of(a, e->session);
        return json_pack("[{s:s}]", "refused", e->session); /* for what is asked before it in the same transaction */
    }
    if (e->type != UT_EVENT_SESSION_STARTED && e->type != UT_EVENT_SESSION_COMPLETED &&
        e->type != UT_EVENT_FLAG_RAISED && e->type != UT_EVENT_CUE_OPENED)
        return NULL;
    json_t *event = json_loads(e->json, 0, NULL), *data = json_object_get(event, "data"), *list = json_array();
    if (e->type == UT_EVENT_SESSION_STARTED) {
        const char *arm = json_string_value(json_object_get(data, "Arm"));
        a->held_out = arm != NULL && strcmp(arm, "held_out") == 0;
        a->risk = -1;
    }
    if (*a->snapshot != NULL && (*a->snapshot)->past.risk >= 0)
        a->risk = (*a->snapshot)->past.risk; /* it is told for a minute, and counts for the call */
    unsigned bits = trigger_of(e, data, &cue, &on);
    measure(a, value);
    for (int i = 0; i < a->rules->n && !a->held_out; i++) {
        const struct ut_action_rule *rule = &a->rules->rule[i];
        bool off = ((bits & rule->on) == 0 && (cue & rule->cues) == 0) || !ut_action_rule_holds(rule, value) ||
                   ut_action_rule_quiet(rule, minute_of_day(now));
        json_t *one = off ? NULL : request(a, rule, e, event, on, value);
        if (one != NULL)
            json_array_append_new(list, one);
    }
    json_decref(event);
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

static void ask(struct ut_actions *a, const struct ut_action_request *r, const struct ut_action_rule *rule)
{
    int at = 0;
    while (at < a->questions && strcmp(a->question[at].id, r->id) != 0)
        at++;
    if (at == UT_ACTIONS_ASKED)
        return;
    if (at == a->questions) /* else it was asked in a transaction that came to nothing, and is stored now */
        a->questions++;
    struct ut_action_question *q = &a->question[at];
    *q = (struct ut_action_question){.text = rule->text, .otherwise = rule->otherwise, .until_ms = r->until_ms};
    (void)snprintf(q->id, sizeof q->id, "%s", r->id);
    (void)snprintf(q->session, sizeof q->session, "%s", r->session);
}

int ut_actions_put(void *ctx, struct ut_database *d, json_t *what, struct ut_fault *fault)
{
    struct ut_actions *a = ctx;
    int64_t now = ut_clock_unix_ms(); /* the agent's time begins when he is asked, however late that is */
    size_t i;
    json_t *one;
    json_array_foreach(what, i, one)
    {
        const char *refused = json_string_value(json_object_get(one, "refused"));
        if (refused != NULL) {
            drop_all_of(a, refused);
            continue;
        }
        const struct ut_action_rule *rule = &a->rules->rule[json_integer_value(json_object_get(one, "rule"))];
        const struct ut_action_request r = {.id = json_string_value(json_object_get(one, "id")),
                                            .session = json_string_value(json_object_get(one, "session")),
                                            .name = rule->name,
                                            .json = json_string_value(json_object_get(one, "json")),
                                            .asks = rule->consent != UT_ACTION_ASKS_NOBODY,
                                            .otherwise = rule->otherwise,
                                            .until_ms = now + UT_ACTION_ASK_MS,
                                            .limit = rule->limit};
        int done = ut_action_request(d, &r, now, fault);
        if (done < 0)
            return -1;
        if (done > 0 && rule->consent == UT_ACTION_ASKS_AGENT)
            ask(a, &r, rule);
    }
    return 0;
}

const struct ut_action_question *ut_actions_question(struct ut_actions *a, int64_t now_ms)
{
    while (a->questions > 0 &&
           (now_ms >= a->question[0].until_ms || now_ms < a->question[0].until_ms - UT_ACTION_ASK_MS))
        drop(a, 0); /* also when the clock was set back: the table has ended it then */
    return a->questions > 0 ? &a->question[0] : NULL;
}

static bool answer_recorded(const struct ut_actions *a, const char *id, bool yes, const char *by,
                            struct ut_fault *fault)
{
    return a->audit == NULL ||
           ut_audit_sink_add(a->audit, "action_answered",
                             json_pack("{s:s, s:s, s:s}", "Id", id, "Answer", yes ? "yes" : "no", "By", by),
                             fault) == 0;
}

int ut_actions_answer(struct ut_actions *a, const char *id, bool yes, const char *by, struct ut_fault *fault)
{
    int at = 0;
    while (at < a->questions && strcmp(a->question[at].id, id) != 0)
        at++;
    if (at == a->questions)
        return 0;
    if (!answer_recorded(a, id, yes, by, fault))
        return -1;
    struct ut_database *d = ut_database_open(a->store, &ut_event_table_kind, false, fault);
    if (d == NULL)
        return -1;
    ut_database_wait(d, STORE_WAIT_MS);
    int r = ut_action_answer(d, id, yes, ut_clock_unix_ms(), fault);
    ut_database_close(d);
    if (r > 0) /* else its transaction came to nothing yet, or its time is over, and it goes by itself */
        drop(a, at);
    if (r > 0 && atomic_load(&a->work) != NULL)
        ut_action_work_wake(atomic_load(&a->work));
    return r;
}

int ut_actions_answered(void *ctx, struct ut_database *d, const struct ut_floor_answer *answer, struct ut_fault *fault)
{
    struct ut_actions *a = ctx;
    int64_t now = ut_clock_unix_ms();
    /* Only what counts goes on record: the floor says an answer until the question is gone, and it may come late. */
    int r = ut_action_asks(d, answer->id, ut_action_consent_name[UT_ACTION_ASKS_SUPERVISOR], now, fault);
    if (r <= 0)
        return r;
    if (!answer_recorded(a, answer->id, answer->yes, answer->by, fault))
        return -1;
    r = ut_action_answer(d, answer->id, answer->yes, now, fault);
    struct ut_sink *work = atomic_load(&a->work);
    if (r > 0 && work != NULL)
        ut_action_work_wake(work);
    return r < 0 ? -1 : 0;
}
