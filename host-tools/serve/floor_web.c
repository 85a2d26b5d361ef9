/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_web.h"

#include "host-tools/cues/catalogue.h"
#include "host-tools/serve/access.h"
#include "host-tools/serve/floor_page.h"
#include "host-tools/serve/floor_state.h"
#include "host-tools/serve/questions.h"
#include "host-tools/settings/customer.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/timestamp.h"
#include "host-tools/system/utf8.h"
#include "host-tools/system/web.h"
#include "host-tools/system/web_range.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READERS = 512,
    TOUCHED = 4096,        /* sessions that changed and are yet to be told; beyond that readers start anew */
    TELL_MS = 20,          /* of a step, at most: what desks send must not wait for pages */
    HISTORY_MS = 86400000, /* how long an ended call is in the state */
    ACTION_MAX = 200
};

/* The state of the ring, and its name. */
#define QUESTIONS "questions"

struct ut_floor_web {
    struct ut_floor_web_options options;
    struct ut_web *web;
    struct ut_access *access;
    struct ut_event_ring *ring;
    char url[200];
    char (*touched)[UT_FLOOR_SESSION];
    int count;
    bool all;         /* more than that, or a link */
    unsigned changes; /* of the users */
    struct ut_questions questions;
    struct ut_rollouts *rollouts; /* NULL = not yet */
    char base[UT_FLOOR_FROM];
};

static void touch(struct ut_floor_web *w, const char *session)
{
    for (int i = w->count - 1; i >= 0; i--)
        if (strcmp(w->touched[i], session) == 0)
            return;
    if (w->count == TOUCHED)
        w->all = true;
    else
        (void)snprintf(w->touched[w->count++], UT_FLOOR_SESSION, "%s", session);
}

/* To readers that may answer. */
static void say_questions(struct ut_floor_web *w)
{
    json_t *list = ut_questions_json(&w->questions, ut_clock_ms());
    char *text = json_dumps(list, JSON_COMPACT);
    if (text != NULL)
        ut_event_ring_state(w->ring, QUESTIONS, QUESTIONS, text);
    free(text);
    json_decref(list);
    ut_web_wake(w->web);
}

void ut_floor_web_asked(struct ut_floor_web *w, const char *device, const struct ut_floor_question *question)
{
    bool news;
    const struct ut_question *q = ut_questions_take(&w->questions, device, question, ut_clock_ms(), &news);
    if (q != NULL && q->answered)
        w->options.answer(w->options.ctx, q->device, &q->answer);
    if (q != NULL && news)
        say_questions(w);
    if (q != NULL || !news)
        return;
    struct ut_fault fault = {0};
    if (ut_floor_audit_add(
            w->options.audit, "action_not_shown",
            json_pack("{s:s, s:s, s:s}", "Session", question->session, "Action", question->action, "Id", question->id),
            &fault) != 0)
        ut_note("%s", fault.text);
}

uint64_t ut_floor_web_not_shown(const struct ut_floor_web *w)
{
    return w->questions.not_shown;
}

void ut_floor_web_taken(struct ut_floor_web *w, const struct ut_ledger_event *e)
{
    if (e->about.type != UT_EVENT_SCORE || ut_web_streams(w->web) > 0) /* the next one tells a reader who comes */
        touch(w, e->about.session);
    if (e->about.type == UT_EVENT_SESSION_REFUSED) /* of which the ledger keeps nothing either */
        ut_event_ring_forget(w->ring, e->about.session);
    if (e->about.type == UT_EVENT_SESSION_REFUSED && ut_questions_forget(&w->questions, e->about.session) > 0)
        say_questions(w);
    if (e->about.type != UT_EVENT_SCORE)
        ut_event_ring_put(w->ring, "event", e->json);
}

void ut_floor_web_changed(struct ut_floor_web *w)
{
    w->all = true;
}

/* Readers get the newest of each call. */
static void tell(struct ut_floor_web *w)
{
    struct ut_fault fault;
    int64_t until = ut_clock_ms() + TELL_MS;
    int told = 0;
    if (w->count == 0 && !w->all)
        return;
    if (w->all) /* a call that is lost with its desk has no end of its own */
        ut_event_ring_forget_states(w->ring);
    while (told < w->count && (told == 0 || ut_clock_ms() < until)) {
        const char *session = w->touched[told++];
        char *text = NULL;
        if (ut_floor_state_call(w->options.ledger, session, &text, &fault) == 1 &&
            strstr(text, "\"State\":\"IN_PROGRESS\"") != NULL) {
            ut_event_ring_state(w->ring, session, "call", text);
        } else if (text != NULL) {
            ut_event_ring_state(w->ring, session, "call", NULL);
            ut_event_ring_put(w->ring, "call", text);
        }
        free(text);
    }
    if (w->all)
        ut_event_ring_put(w->ring, "state", "{}"); /* ask for it anew */
    w->count -= told;
    memmove(w->touched, w->touched + told, (size_t)w->count * sizeof *w->touched);
    w->all = false;
    ut_web_wake(w->web);
}

static void fail(struct ut_web_answer *a, const struct ut_fault *fault)
{
    ut_web_refuse(a, 500, "%s", fault->text);
}

/* Takes the reference. */
static void give(struct ut_web_answer *a, json_t *value)
{
    ut_web_json(a, 200, json_dumps(value, JSON_COMPACT));
    json_decref(value);
}

/* The desk whose calls alone the user may see; NULL = there is no such limit. */
static const char *own_desk(const struct ut_access_user *who)
{
    return ut_role_may(who->role, UT_RIGHT_CALLS) ? NULL : who->name;
}

static void answer_state(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                         struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    (void)r;
    json_t *more =
        json_pack("{s:s, s:s?, s:s, s:I}", "Site", w->options.site, "User", who->local ? NULL : who->name, "Epoch",
                  ut_event_ring_epoch(w->ring), "Newest", (json_int_t)ut_event_ring_newest(w->ring));
    json_object_set_new(more, "Questions",
                        ut_role_may(who->role, UT_RIGHT_FLAGS) ? ut_questions_json(&w->questions, ut_clock_ms())
                                                               : json_array());
    char *text = ut_floor_state(w->options.ledger, own_desk(who), ut_clock_unix_ms() - HISTORY_MS, more, &fault);
    if (text != NULL)
        ut_web_json(a, 200, text);
    else
        fail(a, &fault);
}

static int64_t number_of(const struct ut_web_request *r, const char *name, int64_t otherwise)
{
    const char *text = ut_web_query(r, name);
    char *end;
    long long n = text != NULL ? strtoll(text, &end, 10) : 0;
    return text != NULL && end != text && *end == '\0' ? n : otherwise;
}

/* Whether the user may know that there is such a call. */
static bool may_see(struct ut_floor_web *w, const char *session, const struct ut_access_user *who)
{
    struct ut_fault fault = {0};
    const char *desk = own_desk(who);
    char of[UT_FLOOR_NAME];
    return desk == NULL || (ut_ledger_desk_of(w->options.ledger, session, of, &fault) == 1 && strcmp(of, desk) == 0);
}

static void answer_call(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                        struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    const char *session = r->path + sizeof "/v1/calls/" - 1;
    char *text = NULL;
    int found = ut_identity_fits(session) && may_see(w, session, who)
                    ? ut_floor_state_detail(w->options.ledger, session, number_of(r, "after", 0), number_of(r, "t", -1),
                                            &text, &fault)
                    : 0;
    if (found == 1)
        ut_web_json(a, 200, text);
    else if (found == 0)
        ut_web_refuse(a, 404, "no such session");
    else
        fail(a, &fault);
}

static void answer_metrics(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                           struct ut_web_answer *a)
{
    struct ut_floor_metrics m = {0};
    (void)r;
    (void)who;
    struct ut_fault fault = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    w->options.metrics(w->options.ctx, &m);
    if (out == NULL || w->options.ledger->kind->counts(w->options.ledger, &m.ledger, &fault) != 0) {
        fail(a, &fault);
    } else {
        ut_floor_metrics_write(&m, out);
        a->status = 200;
        a->type = "text/plain; version=0.0.4; charset=utf-8";
    }
    if (out != NULL)
        (void)fclose(out);
    if (a->status == 200)
        a->body = text;
    else
        free(text);
}

/* What a record says is done after it: what cannot be recorded is not. Takes the reference. */
static bool recorded(struct ut_floor_web *w, const char *kind, json_t *more, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    if (ut_floor_audit_add(w->options.audit, kind, more, &fault) == 0)
        return true;
    ut_web_refuse(a, 503, "%s", fault.text);
    return false;
}

static void do_act(struct ut_floor_web *w, int64_t id, const char *by, const char *action, struct ut_web_answer *a)
{
    struct ut_ledger *l = w->options.ledger;
    struct ut_fault fault = {0};
    char session[UT_FLOOR_SESSION], *text = NULL;
    int found = l->kind->flagged(l, id, session, &fault);
    if (found == 1 && !recorded(w, action != NULL ? "flag_acted" : "flag_acknowledged",
                                json_pack("{s:s, s:I, s:s, s:s*}", "Session", session, "Flag", (json_int_t)id, "By", by,
                                          "Action", action),
                                a))
        return;
    if (found == 1)
        found = l->kind->act(l, id, by, action, ut_clock_unix_ms(), &fault);
    if (found == 1 && ut_floor_state_call(l, session, &text, &fault) == 1) {
        touch(w, session);
        ut_web_json(a, 200, text);
    } else if (found == 0) {
        ut_web_refuse(a, 404, "no such flag");
    } else {
        fail(a, &fault);
    }
}

/* {By, Action}: without an action it is an acknowledgement. By is for whoever has the printed address alone: others
 * have a name of their own. */
static void act(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                struct ut_web_answer *a)
{
    char *end;
    const char *path = r->path + sizeof "/v1/flags/" - 1;
    const int64_t id = strtoll(path, &end, 10);
    bool acting = strcmp(end, "/action") == 0;
    json_t *body = json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL);
    const char *by = who->local ? json_string_value(json_object_get(body, "By")) : who->name;
    const char *action = json_string_value(json_object_get(body, "Action"));
    if (end == path || (!acting && strcmp(end, "/ack") != 0))
        ut_web_refuse(a, 404, "nothing at %s; POST /v1/flags/ID/ack or /v1/flags/ID/action", r->path);
    else if (body == NULL || by == NULL || !ut_utf8_is_line(by, UT_IDENTITY_MAX) ||
             (acting && (action == NULL || !ut_utf8_is_line(action, ACTION_MAX))))
        ut_web_refuse(a, 400, "give {\"By\": NAME%s}, a line of text%s", acting ? ", \"Action\": TEXT" : "",
                      acting ? " each" : "");
    else
        do_act(w, id, by, acting ? action : NULL, a);
    json_decref(body);
}

/* An answer to a question that is open: on record, then known to its desk. */
static void do_answer(struct ut_floor_web *w, const struct ut_floor_answer *answer, struct ut_web_answer *a)
{
    int64_t now = ut_clock_ms();
    const struct ut_question *q = ut_questions_find(&w->questions, answer->id, now);
    if (q == NULL) {
        ut_web_refuse(a, 404, "nobody asks that, or not any more");
        return;
    }
    if (q->answered && q->answer.yes != answer->yes) {
        ut_web_refuse(a, 409, "%s has said %s", q->answer.by, q->answer.yes ? "yes" : "no");
        return;
    }
    if (!q->answered &&
        !recorded(w, "action_answered",
                  json_pack("{s:s, s:s, s:s, s:s, s:s}", "Session", q->asked.session, "Action", q->asked.action, "Id",
                            answer->id, "Answer", answer->yes ? "yes" : "no", "By", answer->by),
                  a))
        return;
    q = ut_questions_answer(&w->questions, answer, now);
    w->options.answer(w->options.ctx, q->device, &q->answer);
    say_questions(w);
    ut_web_json(a, 200, ut_floor_answer_text(&q->answer));
}

/* POST /v1/actions/ID/answer {By, Answer}; of By as with flags. */
static void answer_question(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                            struct ut_web_answer *a)
{
    const char *path = r->path + sizeof "/v1/actions/" - 1, *end = strchr(path, '/');
    size_t n = end != NULL ? (size_t)(end - path) : 0;
    char id[UT_FLOOR_SESSION];
    struct ut_floor_answer answer;
    json_t *body = json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL);
    const char *by = who->local ? json_string_value(json_object_get(body, "By")) : who->name;
    const char *said = json_string_value(json_object_get(body, "Answer"));
    (void)snprintf(id, sizeof id, "%.*s", (int)n, path);
    if (n == 0 || strcmp(end, "/answer") != 0 || !ut_identity_fits(id))
        ut_web_refuse(a, 404, "nothing at %s; POST /v1/actions/ID/answer", r->path);
    else if (ut_floor_answer_make(id, said, by, &answer) != 0)
        ut_web_refuse(a, 400,
                      "give {\"By\": NAME, \"Answer\": \"yes\" or \"no\"}; a name has 1 to %d bytes, and no control "
                      "characters",
                      UT_IDENTITY_MAX);
    else
        do_answer(w, &answer, a);
    json_decref(body);
}

static int forget_news(void *ctx, const struct ut_ledger_call *c)
{
    ut_event_ring_forget(((struct ut_floor_web *)ctx)->ring, c->session);
    return 0;
}

/* GET: the calls with a customer, with ?events=1 all of their events; DELETE: no more. The key ends here. */
static void answer_customer(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                            struct ut_web_answer *a)
{
    struct ut_ledger *l = w->options.ledger;
    struct ut_customer_key key = {.given = true};
    struct ut_fault fault = {0};
    char customer[UT_CUSTOMER_TEXT], *text = NULL;
    const char *said = r->path + sizeof "/v1/customers/" - 1;
    bool forget = strcmp(r->method, "DELETE") == 0, export = !forget && number_of(r, "events", 0) == 1;
    int64_t events = 0;
    if (!ut_site_key_fits(said)) {
        ut_web_refuse(a, 400, "give a customer's key: 1 to %d bytes", UT_CUSTOMER_KEY_MAX);
        return;
    }
    (void)snprintf(key.text, sizeof key.text, "%s", said);
    if (ut_customer_hash(&key, w->options.config, customer, &fault) != 0) {
        explicit_bzero(&key, sizeof key);
        ut_web_refuse(a, 409, "%s", fault.text);
        return;
    }
    int n = ut_floor_state_customer(l, customer, export, &text, &events, &fault);
    if (n < 0 || !recorded(w,
                           forget   ? "customer_forgotten"
                           : export ? "customer_exported"
                                    : "customer_shown",
                           json_pack("{s:s, s:i, s:I, s:s}", "Customer", customer, "Calls", n, "Events",
                                     (json_int_t)events, "By", who->name),
                           a)) {
        free(text);
        if (n < 0)
            fail(a, &fault);
    } else if (n == 0) {
        free(text);
        ut_web_refuse(a, 404, "there is no call with that customer");
    } else if (!forget) {
        ut_web_json(a, 200, text);
    } else {
        free(text);
        (void)l->kind->calls_of(l, customer, forget_news, w, &fault);
        if (l->kind->forget(l, customer, &fault) < 0) {
            fail(a, &fault);
            return;
        }
        w->all = true;
        give(a, json_pack("{s:s, s:i, s:I}", "Customer", customer, "Calls", n, "Events", (json_int_t)events));
    }
}

/* The page's words by their English, and those of what is measured by their names. */
static void answer_words(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                         struct ut_web_answer *a)
{
    enum ut_language language = ut_catalogue_language(w->options.config);
    json_t *words = json_object();
    const char *name, *word;
    (void)r;
    (void)who;
    for (size_t i = 0; (name = ut_catalogue_translated(language, i, &word)) != NULL; i++)
        json_object_set_new(words, name, json_string(word));
    for (size_t i = 0; (name = ut_catalogue_named(language, i, &word)) != NULL; i++)
        json_object_set_new(words, name, json_string(word));
    give(a, json_pack("{s:s, s:o}", "Language", ut_catalogue_code(language), "Words", words));
}

/* The record of what was done, as it stands. */
static void answer_audit(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                         struct ut_web_answer *a)
{
    const char *path = ut_floor_audit_path(w->options.audit);
    struct stat there;
    int fd = path[0] != '\0' ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    (void)r;
    (void)who;
    if (fd >= 0 && fstat(fd, &there) == 0) {
        a->type = "application/x-ndjson";
        a->file = true;
        a->fd = fd;
        a->length = (size_t)there.st_size;
        return;
    }
    if (fd >= 0)
        (void)close(fd);
    if (path[0] != '\0')
        ut_web_refuse(a, 500, "%s: cannot be read; check the disk", path);
    else
        ut_web_refuse(a, 404, "no record is kept; set [serve] audit");
}

struct file {
    const char *path, *type;
    const unsigned char *bytes;
    size_t length;
};

static int add_checkpoint(void *ctx, const struct ut_ledger_checkpoint *c)
{
    char when[UT_TIMESTAMP_TEXT];
    ut_timestamp_text(c->received, when);
    (void)json_array_append_new(ctx,
                                json_pack("{s:s, s:I, s:s, s:s, s:s}", "Device", c->device, "Records", (json_int_t)c->n,
                                          "Received", when, "Verifier", c->verifier, "Note", c->note));
    return 0;
}

/* The newest checkpoint of each desk's audit file, which it is to be held against. */
static void answer_checkpoints(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                               struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    json_t *list = json_array();
    (void)r;
    (void)who;
    if (w->options.ledger->kind->checkpoints(w->options.ledger, NULL, add_checkpoint, list, &fault) == 0)
        ut_web_json(a, 200, json_dumps(list, JSON_COMPACT));
    else
        fail(a, &fault);
    json_decref(list);
}

static int take_newest(void *ctx, const struct ut_ledger_checkpoint *c)
{
    *(int64_t *)ctx = c->n;
    return 1;
}

/* POST /v1/checkpoints/DEVICE/renew {Reason}: the desk's audit file is rightly another. */
static void renew(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                  struct ut_web_answer *a)
{
    struct ut_ledger *l = w->options.ledger;
    struct ut_fault fault = {0};
    char device[UT_IDENTITY_MAX + 1] = "";
    const char *said = r->path + sizeof "/v1/checkpoints/" - 1, *end = strchr(said, '/');
    int64_t newest = 0, now = ut_clock_unix_ms();
    json_t *body = json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL);
    const char *reason = json_string_value(json_object_get(body, "Reason"));
    if (end != NULL && end - said <= UT_IDENTITY_MAX)
        (void)snprintf(device, sizeof device, "%.*s", (int)(end - said), said);
    int found = ut_identity_fits(device) && strcmp(end, "/renew") == 0
                    ? l->kind->checkpoints(l, device, take_newest, &newest, &fault)
                    : 0;
    if (found == 0)
        ut_web_refuse(a, 404, "no checkpoint of that desk is kept; POST /v1/checkpoints/DEVICE/renew");
    else if (found < 0)
        fail(a, &fault);
    else if (reason == NULL || reason[0] == '\0' || strlen(reason) > UT_FLOOR_WEB_REASON)
        ut_web_refuse(a, 400, "give {\"Reason\": TEXT} of 1 to %d bytes", UT_FLOOR_WEB_REASON);
    else if (recorded(w, "checkpoints_renewed",
                      json_pack("{s:s, s:I, s:s, s:s}", "Device", device, "Records", (json_int_t)newest, "Reason",
                                reason, "By", who->name),
                      a)) {
        int n = l->kind->renew_checkpoints(l, device, now, &fault);
        if (n < 0)
            fail(a, &fault);
        else
            give(a, json_pack("{s:s, s:i}", "Device", device, "Checkpoints", n));
    }
    json_decref(body);
}

static void answer_rollouts(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                            struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    (void)r;
    (void)who;
    char *text = ut_rollouts_json(w->rollouts, &fault);
    if (text != NULL)
        ut_web_json(a, 200, text);
    else
        fail(a, &fault);
}

/* POST /v1/rollouts/NUMBER/stop {Reason}. What is stopped goes on record when it can. */
static void stop_rollout(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                         struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    char *end;
    const char *path = r->path + sizeof "/v1/rollouts/" - 1;
    long long number = strtoll(path, &end, 10);
    json_t *body = json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL);
    const char *reason = json_string_value(json_object_get(body, "Reason"));
    char why[UT_FLOOR_WEB_REASON + 1] = "";
    if (end == path || strcmp(end, "/stop") != 0 || number < 1 || number > INT32_MAX) {
        ut_web_refuse(a, 404, "nothing at %.200s; POST /v1/rollouts/NUMBER/stop", r->path);
    } else if (reason == NULL || reason[0] == '\0' || strlen(reason) > UT_FLOOR_WEB_REASON) {
        ut_web_refuse(a, 400, "give {\"Reason\": TEXT} of 1 to %d bytes", UT_FLOOR_WEB_REASON);
    } else {
        (void)ut_utf8_plain(reason, why, sizeof why);
        int stopped = ut_rollouts_stop(w->rollouts, (uint32_t)number, who->name, why, ut_clock_unix_ms(), &fault);
        if (stopped == 1)
            give(a, json_pack("{s:I, s:s}", "Number", (json_int_t)number, "State", "stopped"));
        else if (stopped == 0)
            ut_web_refuse(a, 409, "roll-out %lld is not the newest, or is stopped", number);
        else
            fail(a, &fault);
    }
    json_decref(body);
}

/* GET /v1/rollouts/files/SHA256, or a part of it, to who fetches it. */
static void answer_rollout_file(struct ut_floor_web *w, const struct ut_web_request *r,
                                const struct ut_access_user *who, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    const unsigned char *bytes;
    size_t n, first, length;
    (void)who;
    int found = ut_rollouts_file(w->rollouts, r->path + sizeof "/v1/rollouts/files/" - 1, &bytes, &n, &fault);
    if (found < 0) {
        fail(a, &fault);
        return;
    }
    if (found == 0) {
        ut_web_refuse(a, 404, "no such file of a roll-out");
        return;
    }
    int status = ut_web_range(r->range, n, &first, &length);
    if (status == 416) {
        ut_web_refuse(a, 416, "the file has %zu bytes", n);
        (void)snprintf(a->content_range, sizeof a->content_range, "bytes */%zu", n);
        return;
    }
    if (status == 206)
        (void)snprintf(a->content_range, sizeof a->content_range, "bytes %zu-%zu/%zu", first, first + length - 1, n);
    a->status = status;
    a->type = "application/octet-stream";
    a->length = length;
    a->body = malloc(length);
    if (a->body != NULL)
        memcpy(a->body, bytes + first, length);
    else
        ut_web_refuse(a, 500, "not enough memory; try again");
}

static void answer_file(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                        struct ut_web_answer *a)
{
    static const struct file files[] = {
        {"/", "text/html; charset=utf-8", floor_page_html, sizeof floor_page_html},
        {"/v1/openapi.json", "application/json", openapi_json, sizeof openapi_json},
        {"/floor_page.js", "text/javascript; charset=utf-8", floor_page_js, sizeof floor_page_js},
        {"/floor_page.css", "text/css; charset=utf-8", floor_page_css, sizeof floor_page_css}};
    (void)w;
    (void)who;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(r->path, files[i].path) == 0) {
            a->status = 200;
            a->type = files[i].type;
            a->fixed = files[i].bytes;
            a->length = files[i].length;
        }
}

static void answer_events(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                          struct ut_web_answer *a)
{
    bool reset;
    int64_t after = number_of(r, "after", 0);
    (void)who;
    ut_web_json(a, 200, ut_event_ring_after(w->ring, after > 0 ? (uint64_t)after : 0, UT_EVENT_RING, &reset));
    if (reset)
        a->status = 410;
}

static void answer_stream(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                          struct ut_web_answer *a)
{
    bool may_answer = ut_role_may(who->role, UT_RIGHT_FLAGS);
    (void)r;
    if (may_answer && w->questions.n > 0)
        say_questions(w); /* what they have left is as of now */
    a->status = 200;
    a->type = "text/event-stream";
    a->stream = w->ring;
    a->without = may_answer ? NULL : QUESTIONS;
    a->until_ms = who->until_ms;
    a->reader = who->ticket;
}

typedef void answerer(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                      struct ut_web_answer *a);

/* What there is, by the begin of its path where that ends in a slash; who may ask it; how. */
static const struct route {
    const char *path;
    enum ut_right right;
    const char *allow;
    answerer *answer;
} ROUTES[] = {
    {"/v1/state", UT_RIGHT_CALLS, "GET, HEAD", answer_state},
    {"/v1/calls/", UT_RIGHT_CALLS, "GET, HEAD", answer_call},
    {"/v1/events", UT_RIGHT_CALLS, "GET, HEAD", answer_events},
    {"/v1/words", UT_RIGHT_CALLS, "GET, HEAD", answer_words},
    {"/events", UT_RIGHT_CALLS, "GET", answer_stream},
    {"/v1/flags/", UT_RIGHT_FLAGS, "POST", act},
    {"/v1/actions/", UT_RIGHT_FLAGS, "POST", answer_question},
    {"/v1/customers/", UT_RIGHT_CUSTOMERS, "GET, DELETE", answer_customer},
    {"/v1/audit", UT_RIGHT_AUDIT, "GET, HEAD", answer_audit},
    {"/v1/checkpoints", UT_RIGHT_AUDIT, "GET, HEAD", answer_checkpoints},
    {"/v1/checkpoints/", UT_RIGHT_DESKS, "POST", renew},
    {"/v1/rollouts", UT_RIGHT_ROLLOUTS, "GET, HEAD", answer_rollouts},
    {"/v1/rollouts/files/", UT_RIGHT_FILES, "GET, HEAD", answer_rollout_file},
    {"/v1/rollouts/", UT_RIGHT_DESKS, "POST", stop_rollout},
    {"/metrics", UT_RIGHT_METRICS, "GET, HEAD", answer_metrics},
    {"/v1/openapi.json", UT_RIGHTS, "GET, HEAD", answer_file},
    {"/floor_page.js", UT_RIGHT_CALLS, "GET, HEAD", answer_file},
    {"/floor_page.css", UT_RIGHT_CALLS, "GET, HEAD", answer_file},
};
static const struct route PAGE = {"/", UT_RIGHT_CALLS, "GET, HEAD", answer_file};

static const struct route *route_of(const char *path)
{
    for (const struct route *t = ROUTES; t < ROUTES + sizeof ROUTES / sizeof ROUTES[0]; t++) {
        size_t n = strlen(t->path);
        if (t->path[n - 1] == '/' ? strncmp(path, t->path, n) == 0 && path[n] != '\0' : strcmp(path, t->path) == 0)
            return t;
    }
    return strcmp(path, "/") == 0 ? &PAGE : NULL;
}

/* Whether a method is one of "GET, HEAD". */
static bool is_allowed(const char *allow, const char *method)
{
    size_t n = strlen(method);
    for (const char *at = allow; *at != '\0'; at += strspn(at, ", ")) {
        size_t word = strcspn(at, ",");
        if (word == n && strncmp(at, method, n) == 0)
            return true;
        at += word;
    }
    return false;
}

static bool may(const struct ut_access_user *who, const struct route *t)
{
    if (t->right == UT_RIGHTS) /* nobody's secret among those who are known */
        return true;
    bool own = (t->answer == answer_state || t->answer == answer_call) && ut_role_may(who->role, UT_RIGHT_OWN_CALLS);
    return own || ut_role_may(who->role, t->right);
}

/* Of a user who is known. */
static void answer_user(struct ut_floor_web *w, const struct ut_web_request *r, const struct ut_access_user *who,
                        struct ut_web_answer *a)
{
    const struct route *t = route_of(r->path);
    if (who->set_cookie != NULL) {
        a->status = 303;
        a->location = "/";
        a->set_cookie = who->set_cookie;
    } else if (t == NULL) {
        ut_web_refuse(a, 404, "nothing at %.200s", r->path);
    } else if (!may(who, t)) {
        ut_floor_audit_refused(w->options.audit, 403, r->path, r->peer, who->name);
        ut_web_refuse(a, 403, "%s, whose role is %s, may not ask this", who->name, ut_role_name(who->role));
    } else if (!is_allowed(t->allow, r->method)) {
        a->allow = t->allow;
        ut_web_refuse(a, 405, "%s is not for %.200s", r->method, r->path);
    } else {
        t->answer(w, r, who, a);
    }
}

static void give_fixed(struct ut_web_answer *a, int status, const char *type, const unsigned char *bytes, size_t length)
{
    a->status = status;
    a->type = type;
    a->fixed = bytes;
    a->length = length;
}

/* What whoever may ask at all is shown: whether it lives, and where a token is typed. */
static bool answer_anybody(struct ut_floor_web *w, const struct ut_web_request *r, struct ut_web_answer *a)
{
    bool reads = strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0;
    if (!reads || ut_access_place(w->access, r) != 0)
        return false;
    if (strcmp(r->path, "/healthz") == 0)
        ut_web_json(a, 200, strdup("{\"Status\":\"ok\"}"));
    else if (strcmp(r->path, "/login_page.js") == 0)
        give_fixed(a, 200, "text/javascript; charset=utf-8", login_page_js, sizeof login_page_js);
    else if (strcmp(r->path, "/floor_page.css") == 0)
        give_fixed(a, 200, "text/css; charset=utf-8", floor_page_css, sizeof floor_page_css);
    else if (strcmp(r->path, "/login_words.json") == 0)
        answer_words(w, r, NULL, a);
    else
        return false;
    return true;
}

static void refuse(struct ut_floor_web *w, const struct ut_web_request *r, int status, struct ut_web_answer *a)
{
    ut_floor_audit_refused(w->options.audit, status, r->path, r->peer, NULL);
    if (status == 401 && strcmp(r->path, "/") == 0)
        give_fixed(a, 401, "text/html; charset=utf-8", login_page_html, sizeof login_page_html);
    else
        ut_web_refuse(a, status,
                      status == 401 ? "give a token, or open the address that `undertone serve` printed"
                                    : "not from there, or of nobody who may");
}

/* POST /login {Token}: a cookie for it. POST /logout: it is one no more. */
static void log_in(const struct ut_access_user *who, struct ut_web_answer *a)
{
    a->set_cookie = who->set_cookie;
    give(a, json_pack("{s:s, s:s}", "User", who->name, "Role", ut_role_name(who->role)));
}

static void log_out(struct ut_floor_web *w, const struct ut_web_request *r, struct ut_web_answer *a)
{
    uint64_t ticket;
    a->set_cookie = ut_access_leave(w->access, r, &ticket);
    ut_web_end_streams_of(w->web, ticket);
    ut_web_json(a, 200, strdup("{}"));
}

static void answer(void *ctx, const struct ut_web_request *r, struct ut_web_answer *a)
{
    struct ut_floor_web *w = ctx;
    struct ut_access_user who = {0};
    bool logging_in = strcmp(r->method, "POST") == 0 && strcmp(r->path, "/login") == 0;
    if (answer_anybody(w, r, a))
        return;
    json_t *body = logging_in ? json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const char *typed = json_string_value(json_object_get(body, "Token"));
    const char *token = strcmp(r->method, "GET") == 0 && strcmp(r->path, "/") == 0 ? ut_web_query(r, "token") : typed;
    int refused = ut_access_judge(w->access, r, token, ut_clock_ms(), &who);
    json_decref(body);
    if (refused == 0 && logging_in && who.set_cookie == NULL) /* let in by something else than what was typed */
        refused = 401;
    if (refused != 0) {
        refuse(w, r, refused, a);
        return;
    }
    if (who.first &&
        !recorded(w, "login",
                  json_pack("{s:s, s:s, s:s}", "User", who.name, "Role", ut_role_name(who.role), "Peer", r->peer), a))
        return;
    ut_access_seen(w->access, who.name);
    if (logging_in)
        log_in(&who, a);
    else if (strcmp(r->method, "POST") == 0 && strcmp(r->path, "/logout") == 0)
        log_out(w, r, a);
    else
        answer_user(w, r, &who, a);
}

/* 0, or -1 and *fault. */
static int take_address(const char *text, char host[64], int *port, struct ut_fault *fault)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : 0;
    const char *digits = colon != NULL ? colon + 1 : text;
    char *end;
    long n = strtol(digits, &end, 10);
    if (end == digits || *end != '\0' || n < 0 || n > 65535 || length >= 64)
        return ut_fault_set(fault, UT_EXIT_USAGE, "--page %.80s: is no PORT or ADDRESS:PORT", text);
    (void)snprintf(host, 64, "%.*s", colon != NULL ? (int)length : 9, colon != NULL ? text : "127.0.0.1");
    *port = (int)n;
    return 0;
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Whether others than this machine may be shown calls. 0, or -1 and *fault. */
static int check_address(const struct ut_floor_web_options *o, const char *host, struct ut_fault *fault)
{
    if (given(o->cert_file) != given(o->key_file))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY, "[serve] %s: is not set; set cert_file and key_file, or neither",
                            given(o->key_file) ? "cert_file" : "key_file");
    if (given(o->proxy) && (!given(o->users) || !given(o->host)))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] %s: is not set and goes with proxy: the roles of those whom the proxy names, and "
                            "the name by which they ask",
                            given(o->users) ? "host" : "users");
    struct in_addr proxy;
    if (given(o->proxy) && inet_pton(AF_INET, o->proxy, &proxy) != 1)
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[serve] proxy %.80s: is no address of four numbers; give the one that the proxy asks from",
                            o->proxy);
    if (ut_loopback(host) || given(o->proxy))
        return 0;
    if (!given(o->cert_file))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--page %.80s: would show calls unencrypted to others; set [serve] cert_file and key_file, "
                            "or give an address of this machine, and let a proxy with TLS and logins ask there",
                            o->address);
    if (!given(o->users) && !given(o->desks))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--page %.80s: nobody could ask; set [serve] users, and make some with `undertone serve "
                            "token add NAME ROLE`",
                            o->address);
    return 0;
}

static int open_web(struct ut_floor_web *w, const char *host, int port, struct ut_fault *fault)
{
    struct ut_certificate c = {0};
    const struct ut_floor_web_options *f = &w->options;
    bool secure = given(f->cert_file);
    const char *at = strcasecmp(host, "localhost") == 0 ? "127.0.0.1" : host;
    struct ut_web_options o = {.address = at,
                               .port = port,
                               .readers = READERS,
                               .certificate = secure ? &c : NULL,
                               .handler = answer,
                               .ctx = w};
    if (secure && ut_certificate_read(&c, f->cert_file, f->key_file, ut_clock_unix_ms(), fault) != 0)
        return -1;
    w->web = ut_web_open(&o, fault);
    ut_certificate_free(&c);
    if (w->web == NULL)
        return -1;
    const struct ut_access_options access = {.users = given(f->users) ? f->users : "",
                                             .desks = given(f->desks) ? f->desks : "",
                                             .site = f->site,
                                             .verifier = given(f->verifier) ? f->verifier : "",
                                             .proxy = given(f->proxy) ? f->proxy : "",
                                             .host = given(f->host) ? f->host : "",
                                             .anywhere = !ut_loopback(host),
                                             .secure = secure,
                                             .port = ut_web_port(w->web)};
    w->access = ut_access_new(&access, fault);
    if (w->access == NULL)
        return -1;
    w->changes = ut_access_refresh(w->access);
    if (access.host[0] != '\0')
        (void)snprintf(w->base, sizeof w->base, "http%s://%.180s", secure || access.proxy[0] != '\0' ? "s" : "",
                       access.host);
    else if (strcmp(at, "0.0.0.0") != 0)
        (void)snprintf(w->base, sizeof w->base, "http%s://%.60s:%d", secure ? "s" : "", at, access.port);
    const char *token = ut_access_token(w->access);
    (void)snprintf(w->url, sizeof w->url, "%s://%s:%d/%s%s", secure ? "https" : "http", at, ut_web_port(w->web),
                   token[0] != '\0' ? "?token=" : "", token);
    return 0;
}

static int start(struct ut_floor_web *w, struct ut_fault *fault)
{
    char host[64];
    int port = 0;
    if (take_address(w->options.address, host, &port, fault) != 0 || check_address(&w->options, host, fault) != 0)
        return -1;
    w->ring = ut_event_ring_new();
    w->touched = calloc(TOUCHED, sizeof *w->touched);
    if (w->ring == NULL || w->touched == NULL)
        return ut_fault_no_memory(fault);
    return open_web(w, host, port, fault);
}

struct ut_floor_web *ut_floor_web_open(const struct ut_floor_web_options *options, struct ut_fault *fault)
{
    struct ut_floor_web *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    w->options = *options;
    if (start(w, fault) == 0)
        return w;
    ut_floor_web_close(w);
    return NULL;
}

void ut_floor_web_close(struct ut_floor_web *w)
{
    if (w == NULL)
        return;
    ut_web_close(w->web);
    ut_access_free(w->access);
    ut_event_ring_free(w->ring);
    free(w->touched);
    free(w);
}

void ut_floor_web_rollouts(struct ut_floor_web *w, struct ut_rollouts *rollouts)
{
    w->rollouts = rollouts;
}

void ut_floor_web_base(const struct ut_floor_web *w, char text[UT_FLOOR_FROM])
{
    memcpy(text, w->base, sizeof w->base);
}

const char *ut_floor_web_url(const struct ut_floor_web *w)
{
    return w->url;
}

int ut_floor_web_fd(const struct ut_floor_web *w)
{
    return ut_web_fd(w->web);
}

int64_t ut_floor_web_due_ms(const struct ut_floor_web *w)
{
    int64_t web = ut_web_due_ms(w->web), question = ut_questions_due_ms(&w->questions, ut_clock_ms());
    if (w->count > 0 || w->all)
        return 0;
    return question >= 0 && question < web ? question : web;
}

void ut_floor_web_step(struct ut_floor_web *w)
{
    unsigned changes = ut_access_refresh(w->access);
    tell(w);
    if (ut_questions_expire(&w->questions, ut_clock_ms()) > 0)
        say_questions(w);
    if (changes != w->changes) /* who reads was judged by the users before */
        ut_web_end_streams(w->web);
    w->changes = changes;
    ut_web_step(w->web);
    tell(w); /* what a request has changed */
}
