/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_web.h"

#include "host-tools/serve/floor_page.h"
#include "host-tools/serve/floor_state.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/web.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    READERS = 512,
    TOUCHED = 1024,        /* sessions that changed between two steps; beyond that readers start anew */
    HISTORY_MS = 86400000, /* how long an ended call is in the state */
    ACTION_MAX = 200
};

struct ut_floor_web {
    struct ut_floor_web_options options;
    struct ut_web *web;
    struct ut_web_guard guard;
    struct ut_event_ring *ring;
    char url[160];
    char (*touched)[UT_FLOOR_SESSION];
    int count;
    bool all; /* more than that, or a link */
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

void ut_floor_web_taken(struct ut_floor_web *w, const struct ut_ledger_event *e)
{
    touch(w, e->about.session);
    if (e->about.type == UT_EVENT_SESSION_REFUSED) /* of which the ledger keeps nothing either */
        ut_event_ring_forget(w->ring, e->about.session);
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
    if (w->count == 0 && !w->all)
        return;
    if (w->all) /* a call that is lost with its desk has no end of its own */
        ut_event_ring_forget_states(w->ring);
    for (int i = 0; i < w->count; i++) {
        char *text = NULL;
        if (ut_floor_state_call(w->options.ledger, w->touched[i], &text, &fault) == 1 &&
            strstr(text, "\"State\":\"IN_PROGRESS\"") != NULL) {
            ut_event_ring_state(w->ring, w->touched[i], "call", text);
        } else if (text != NULL) {
            ut_event_ring_state(w->ring, w->touched[i], "call", NULL);
            ut_event_ring_put(w->ring, "call", text);
        }
        free(text);
    }
    if (w->all)
        ut_event_ring_put(w->ring, "state", "{}"); /* ask for it anew */
    w->count = 0;
    w->all = false;
    ut_web_wake(w->web);
}

static void fail(struct ut_web_answer *a, const struct ut_fault *fault)
{
    ut_web_refuse(a, 500, "%s", fault->text);
}

static void answer_state(struct ut_floor_web *w, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    json_t *more = json_pack("{s:s, s:s, s:I}", "Site", w->options.site, "Epoch", ut_event_ring_epoch(w->ring),
                             "Newest", (json_int_t)ut_event_ring_newest(w->ring));
    char *text = ut_floor_state(w->options.ledger, ut_clock_unix_ms() - HISTORY_MS, more, &fault);
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

static void answer_call(struct ut_floor_web *w, const struct ut_web_request *r, const char *session,
                        struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    char *text = NULL;
    int found = ut_identity_fits(session) ? ut_floor_state_detail(w->options.ledger, session, number_of(r, "after", 0),
                                                                  number_of(r, "t", -1), &text, &fault)
                                          : 0;
    if (found == 1)
        ut_web_json(a, 200, text);
    else if (found == 0)
        ut_web_refuse(a, 404, "no such session");
    else
        fail(a, &fault);
}

static void answer_metrics(struct ut_floor_web *w, struct ut_web_answer *a)
{
    struct ut_floor_metrics m = {0};
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

/* {By, Action}: By is a name for the record; without an action it is an acknowledgement. */
static void act(struct ut_floor_web *w, const struct ut_web_request *r, const char *path, struct ut_web_answer *a)
{
    char *end, session[UT_FLOOR_SESSION], *text = NULL;
    struct ut_fault fault = {0};
    const int64_t id = strtoll(path, &end, 10);
    bool acting = strcmp(end, "/action") == 0;
    json_t *body = json_loadb(r->body, r->length, JSON_REJECT_DUPLICATES, NULL);
    const char *by = json_string_value(json_object_get(body, "By"));
    const char *action = json_string_value(json_object_get(body, "Action"));
    if (end == path || (!acting && strcmp(end, "/ack") != 0)) {
        ut_web_refuse(a, 404, "nothing at %s; POST /v1/flags/ID/ack or /v1/flags/ID/action", r->path);
    } else if (by == NULL || by[0] == '\0' || strlen(by) > UT_IDENTITY_MAX ||
               (acting && (action == NULL || action[0] == '\0' || strlen(action) > ACTION_MAX))) {
        ut_web_refuse(a, 400, acting ? "give {\"By\": NAME, \"Action\": TEXT}" : "give {\"By\": NAME}");
    } else {
        int found =
            w->options.ledger->kind->act(w->options.ledger, id, by, acting ? action : NULL, ut_clock_unix_ms(), &fault);
        if (found == 1 && w->options.ledger->kind->flagged(w->options.ledger, id, session, &fault) == 1 &&
            ut_floor_state_call(w->options.ledger, session, &text, &fault) == 1) {
            touch(w, session);
            ut_web_json(a, 200, text);
        } else if (found == 0) {
            ut_web_refuse(a, 404, "no such flag");
        } else {
            fail(a, &fault);
        }
    }
    json_decref(body);
}

struct file {
    const char *path, *type;
    const unsigned char *bytes;
    size_t length;
};

static bool answer_file(const char *path, struct ut_web_answer *a)
{
    static const struct file files[] = {
        {"/", "text/html; charset=utf-8", floor_page_html, sizeof floor_page_html},
        {"/floor_page.js", "text/javascript; charset=utf-8", floor_page_js, sizeof floor_page_js},
        {"/floor_page.css", "text/css; charset=utf-8", floor_page_css, sizeof floor_page_css}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(path, files[i].path) == 0) {
            a->status = 200;
            a->type = files[i].type;
            a->fixed = files[i].bytes;
            a->length = files[i].length;
            return true;
        }
    return false;
}

static void answer_get(struct ut_floor_web *w, const struct ut_web_request *r, struct ut_web_answer *a)
{
    if (answer_file(r->path, a))
        return;
    if (strcmp(r->path, "/v1/state") == 0) {
        answer_state(w, a);
    } else if (strncmp(r->path, "/v1/calls/", 10) == 0) {
        answer_call(w, r, r->path + 10, a);
    } else if (strcmp(r->path, "/v1/events") == 0) {
        bool reset;
        int64_t after = number_of(r, "after", 0);
        ut_web_json(a, 200, ut_event_ring_after(w->ring, after > 0 ? (uint64_t)after : 0, UT_EVENT_RING, &reset));
        if (reset)
            a->status = 410;
    } else if (strcmp(r->path, "/events") == 0) {
        a->status = 200;
        a->type = "text/event-stream";
        a->stream = w->ring;
    } else if (strcmp(r->path, "/metrics") == 0) {
        answer_metrics(w, a);
    } else {
        ut_web_refuse(a, 404, "nothing at %.200s", r->path);
    }
}

static void answer(void *ctx, const struct ut_web_request *r, struct ut_web_answer *a)
{
    struct ut_floor_web *w = ctx;
    bool get = strcmp(r->method, "GET") == 0;
    const char *token = get && strcmp(r->path, "/") == 0 ? ut_web_query(r, "token") : NULL;
    int place = ut_web_guard_place(&w->guard, &r->headers);
    if (place == 0 && token != NULL && ut_web_guard_token(&w->guard, token)) {
        a->status = 303;
        a->location = "/";
        a->set_cookie = w->guard.set;
        return;
    }
    if (place == 0 && get && strcmp(r->path, "/healthz") == 0) {
        ut_web_json(a, 200, strdup("{\"Status\":\"ok\"}"));
        return;
    }
    int refused = ut_web_guard_judge(&w->guard, &r->headers);
    if (refused != 0) {
        ut_web_refuse(a, refused, "open the address that `undertone serve` printed");
    } else if (get) {
        answer_get(w, r, a);
    } else if (strcmp(r->method, "POST") == 0 && strncmp(r->path, "/v1/flags/", 10) == 0) {
        act(w, r, r->path + 10, a);
    } else {
        a->allow = "GET, POST";
        ut_web_refuse(a, 405, "%s is not for %.200s", r->method, r->path);
    }
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
    if (!ut_loopback(host))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--page %.80s: would show calls unencrypted to others; give 127.0.0.1:%d, and let a proxy "
                            "with TLS and logins ask there",
                            text, *port);
    (void)snprintf(host, 64, "%s", strchr(host, ':') != NULL ? "::1" : "127.0.0.1");
    return 0;
}

static int start(struct ut_floor_web *w, struct ut_fault *fault)
{
    char host[64];
    struct ut_web_options o = {.address = host, .readers = READERS, .handler = answer, .ctx = w};
    if (take_address(w->options.address, host, &o.port, fault) != 0)
        return -1;
    w->ring = ut_event_ring_new();
    w->touched = calloc(TOUCHED, sizeof *w->touched);
    if (w->ring == NULL || w->touched == NULL)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "not enough memory; close other programs");
    w->web = ut_web_open(&o, fault);
    if (w->web == NULL || ut_web_guard_init(&w->guard, ut_web_port(w->web), fault) != 0)
        return -1;
    (void)snprintf(w->url, sizeof w->url,
                   strchr(host, ':') != NULL ? "http://[%s]:%d/?token=%s" : "http://%s:%d/?token=%s", host,
                   ut_web_port(w->web), w->guard.token);
    return 0;
}

struct ut_floor_web *ut_floor_web_open(const struct ut_floor_web_options *options, struct ut_fault *fault)
{
    struct ut_floor_web *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "not enough memory; close other programs");
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
    ut_event_ring_free(w->ring);
    free(w->touched);
    free(w);
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
    return w->count > 0 || w->all ? 0 : ut_web_due_ms(w->web);
}

void ut_floor_web_step(struct ut_floor_web *w)
{
    tell(w);
    ut_web_step(w->web);
    tell(w); /* what a request has changed */
}
