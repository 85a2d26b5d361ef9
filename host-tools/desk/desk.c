/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/desk/desk.h"

#include "host-tools/desk/customers.h"
#include "host-tools/desk/desk_page.h"
#include "host-tools/desk/request.h"
#include "host-tools/desk/state.h"
#include "host-tools/settings/customer.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/metrics.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/output.h"
#include "host-tools/system/web.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STATE_MS = 250, /* between two pictures of the state at least */
    TICK_MS = 1000, /* and at most: ages grow, a link falls silent */
    EVENTS_MAX = 500,
    STORE_WAIT_MS = 1000, /* for other programs: a call goes on meanwhile */
    EVENTS_KEPT = 512     /* two hours of calls; a desk is on for the day */
};

struct ut_desk {
    struct ut_desk_options options;
    struct ut_web *web;
    struct ut_web_guard guard;
    struct ut_event_ring *ring;
    struct ut_sink *counts; /* for /metrics */
    json_t *handover;       /* of whom the call comes from; NULL = nobody */
    bool changed;
    int64_t drawn_ms;
    enum ut_language language;
    char path[UT_DESK_PATH]; /* of the file with the address; "" = not written */
    int held;                /* that file, locked as long as this desk has it; -1 = not */
    struct ut_desk_customers customers;
    struct ut_actions *actions; /* NULL = there are none */
    struct ut_desk_rollout *rollout;
};

/* A variable of the environment from one program to the one in its place: port, token, ticket. */
static const char HANDED_ON[] = "UT_DESK_PAGE";

struct desk_sink {
    struct ut_sink sink;
    struct ut_desk *desk;
};

static struct ut_session *session(const struct ut_desk *d)
{
    return d->options.receiver->session;
}

static json_t *question(const struct ut_desk *d)
{
    int64_t now = ut_clock_unix_ms();
    const struct ut_action_question *q = d->actions != NULL ? ut_actions_question(d->actions, now) : NULL;
    if (q == NULL)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:I}", "Id", q->id, "Text", q->text, "Default", q->otherwise ? "yes" : "no",
                     "RemainingMillis", (json_int_t)(q->until_ms - now));
}

static json_t *rollout(const struct ut_desk *d)
{
    struct ut_desk_rollout_view v = {0};
    if (d->rollout != NULL)
        ut_desk_rollout_view(d->rollout, &v);
    if (v.report.number == 0)
        return json_null();
    return json_pack("{s:I, s:s, s:s, s:s}", "Number", (json_int_t)v.report.number, "State",
                     ut_floor_rollout_state_name(v.report.state), "Why", v.report.why, "Firmware", v.firmware);
}

static json_t *state(const struct ut_desk *d)
{
    const struct ut_receiver *r = d->options.receiver;
    struct ut_desk_link link = {.records_per_s = r->records_per_s};
    if (r->state == UT_RECEIVER_OPENING)
        (void)snprintf(link.text, sizeof link.text, "%s %s", ut_catalogue_word(d->language, "waiting for"),
                       r->options.port->name);
    else
        link.trouble = ut_receiver_link(r, link.text, sizeof link.text) != 0;
    link.trouble = link.trouble || r->state != UT_RECEIVER_OPEN;
    json_t *out = ut_desk_state(r->snapshot, session(d) != NULL && ut_session_active(session(d)), &link, d->handover,
                                d->language);
    json_object_set_new(out, "Ask", question(d));
    json_object_set_new(out, "Rollout", rollout(d));
    json_object_set_new(out, "Epoch", json_string(ut_event_ring_epoch(d->ring)));
    json_object_set_new(out, "N", json_integer((json_int_t)ut_event_ring_newest(d->ring)));
    return out;
}

static char *text_of(json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(value);
    return text;
}

static void draw(struct ut_desk *d)
{
    char *text = text_of(state(d));
    if (text != NULL)
        ut_event_ring_state(d->ring, "state", "state", text);
    free(text);
    d->changed = false;
    d->drawn_ms = ut_clock_ms();
    ut_web_wake(d->web);
}

/* What a call's record says. 0, or the status of a refusal, which *a has. */
static int refuse(struct ut_web_answer *a, int status, const char *text)
{
    ut_web_refuse(a, status, "%s", text);
    return status;
}

static int start(struct ut_desk *d, struct ut_desk_request *r, struct ut_web_answer *a)
{
    struct ut_customer_key key = {.given = r->customer_key[0] != '\0'};
    char hash[UT_CUSTOMER_TEXT];
    struct ut_fault fault = {0};
    const struct ut_snapshot *v = d->options.receiver->snapshot;
    if (v->contact[0] != '\0' && ut_session_active(session(d)) && strcmp(v->contact, r->id) != 0)
        return refuse(a, 409, "another call is under way; end it first");
    memcpy(key.text, r->customer_key, sizeof key.text);
    if (ut_customer_hash(&key, d->options.config, hash, &fault) != 0) {
        explicit_bzero(&key, sizeof key);
        return refuse(a, 409, fault.text);
    }
    bool again = ut_session_active(session(d)) && strcmp(v->contact, r->id) == 0;
    ut_session_identify(session(d), again ? "" : r->id, hash);
    ut_receiver_next_call(d->options.receiver);
    json_decref(d->handover);
    d->handover = json_incref(r->handover);
    return 0;
}

/* Of the call under way, by its session or as "current". */
static bool is_current(const struct ut_desk *d, const char *id)
{
    return ut_session_active(session(d)) &&
           (strcmp(id, "current") == 0 || strcmp(id, d->options.receiver->snapshot->session) == 0);
}

static int have_call_do(struct ut_desk *d, struct ut_desk_request *r, struct ut_web_answer *a)
{
    struct ut_session *s = session(d);
    int done = 0;
    if (!is_current(d, r->id))
        return refuse(a, 404, "no such call is under way");
    switch (r->ask) {
    case UT_DESK_END:
        done = ut_session_end(s);
        break;
    case UT_DESK_DISCLOSURE:
        ut_session_disclose(s, "http");
        break;
    case UT_DESK_REFUSAL:
        done = ut_session_refuse(s, strcmp(r->kind, "withdrawn") == 0, "http");
        break;
    case UT_DESK_HOLD:
        done = ut_session_hold(s, r->on);
        break;
    case UT_DESK_CONFERENCE:
        done = ut_session_conference(s, r->on);
        break;
    default:
        done = ut_session_handover(
            s, strcmp(r->kind, "escalation") == 0 ? UT_HANDOVER_ESCALATION : UT_HANDOVER_TRANSFER, r->to);
        break;
    }
    return done == 0 ? 0 : refuse(a, 409, "the call is that already, or has yet to begin");
}

static int do_with_cue(struct ut_desk *d, struct ut_desk_request *r, struct ut_web_answer *a)
{
    const struct ut_snapshot *v = d->options.receiver->snapshot;
    char id[UT_EVENTS_SESSION + 16];
    if (r->ask == UT_DESK_OUTCOME)
        return ut_session_outcome(session(d), r->id, r->outcome) == 0
                   ? 0
                   : refuse(a, 404, "the call under way has no such cue");
    (void)snprintf(id, sizeof id, "%s-%06u", v->session, (unsigned)v->cue_event);
    if (v->cue == UT_CUES || (strcmp(r->id, id) != 0 && strcmp(r->id, "current") != 0))
        return refuse(a, 404, "that cue is not visible");
    ut_session_dismiss(session(d));
    return 0;
}

/* What became of a call, which may have ended long ago. */
static int put_outcome(struct ut_desk *d, const struct ut_desk_request *r, struct ut_web_answer *a)
{
    const struct ut_snapshot *v = d->options.receiver->snapshot;
    struct ut_fault fault = {0};
    if (d->options.store == NULL)
        return refuse(a, 409, "no store of calls is kept here; run live with --store");
    bool current = strcmp(r->id, "current") == 0;
    if (current && (v == NULL || v->session[0] == '\0'))
        return refuse(a, 404, "there is no call yet");
    struct ut_database *db = ut_database_open(d->options.store, &ut_event_table_kind, false, &fault);
    int found = -1;
    if (db != NULL) {
        ut_database_wait(db, STORE_WAIT_MS);
        found = ut_outcome_put(db, current ? v->session : r->id, r->outcome, ut_clock_unix_ms(), "http", &fault);
    }
    ut_database_close(db);
    return found > 0    ? 0
           : found == 0 ? refuse(a, 404, "the store has no such call")
                        : refuse(a, 503, "the store cannot be written now; try again");
}

static int give_answer(struct ut_desk *d, const struct ut_desk_request *r, struct ut_web_answer *a)
{
    struct ut_fault fault = {0};
    int done =
        d->actions != NULL ? ut_actions_answer(d->actions, r->id, strcmp(r->answer, "yes") == 0, "http", &fault) : 0;
    return done > 0 ? 0 : done == 0 ? refuse(a, 404, "nobody asks that, or not any more") : refuse(a, 503, fault.text);
}

static void take(struct ut_desk *d, const struct ut_web_request *q, struct ut_web_answer *a)
{
    struct ut_desk_request r;
    char error[UT_DESK_ERROR];
    int status = ut_desk_request_parse(&r, q->method, q->path, q->content_type, q->body, q->length, error);
    if (status != 0) {
        if (status == 405)
            a->allow = ut_desk_request_method(q->path);
        ut_web_refuse(a, status, "%s", error);
        return;
    }
    if (r.ask == UT_DESK_CALL_OUTCOME) {
        status = put_outcome(d, &r, a);
    } else if (r.ask == UT_DESK_ANSWER) {
        status = give_answer(d, &r, a);
    } else if (session(d) == NULL) {
        status = refuse(a, 409, "the headset has not been there yet");
    } else if (r.ask == UT_DESK_MUTE) {
        ut_session_mute(session(d), r.on);
        if (d->options.muted != NULL)
            d->options.muted(d->options.ctx, r.on);
    } else {
        status = r.ask == UT_DESK_START                                 ? start(d, &r, a)
                 : r.ask == UT_DESK_OUTCOME || r.ask == UT_DESK_DISMISS ? do_with_cue(d, &r, a)
                                                                        : have_call_do(d, &r, a);
    }
    ut_desk_request_free(&r);
    if (status != 0)
        return;
    draw(d);
    ut_web_json(a, 200, text_of(state(d)));
}

static void give_page(struct ut_web_answer *a, const char *type, const void *bytes, size_t n)
{
    a->type = type;
    a->fixed = bytes;
    a->length = n;
}

static void give_metrics(struct ut_desk *d, struct ut_web_answer *a)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        ut_web_json(a, 500, NULL);
        return;
    }
    ut_metrics_print(d->counts, out);
    (void)fprintf(out,
                  "# HELP undertone_sse_readers Pages that follow the news.\n# TYPE undertone_sse_readers gauge\n"
                  "undertone_sse_readers %d\n",
                  ut_web_streams(d->web));
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
    ut_web_json(a, 200, text);
    a->type = "text/plain; version=0.0.4; charset=utf-8";
}

static void give_events(struct ut_desk *d, const struct ut_web_request *q, struct ut_web_answer *a)
{
    const char *after = ut_web_query(q, "after");
    bool reset;
    size_t n = after != NULL ? strlen(after) : 0;
    if (n == 0 || n > 18 || strspn(after, "0123456789") != n) {
        ut_web_refuse(a, 400, "after: give the number of the last event that is known, or 0");
        return;
    }
    char *list = ut_event_ring_after(d->ring, strtoull(after, NULL, 10), EVENTS_MAX, &reset);
    json_t *events = list != NULL ? json_loads(list, 0, NULL) : NULL;
    free(list);
    if (events == NULL) {
        ut_web_json(a, 500, NULL);
        return;
    }
    ut_web_json(a, 200,
                text_of(json_pack("{s:s, s:I, s:b, s:o}", "Epoch", ut_event_ring_epoch(d->ring), "N",
                                  (json_int_t)ut_event_ring_newest(d->ring), "Reset", reset, "Events", events)));
}

/* What anybody on this machine may ask: nothing of a call is in it. */
static bool give_health(struct ut_desk *d, const struct ut_web_request *q, struct ut_web_answer *a)
{
    bool healthy = strcmp(q->path, "/healthz") == 0, ready = strcmp(q->path, "/readyz") == 0;
    if (!healthy && !ready && strcmp(q->path, "/metrics") != 0)
        return false;
    if (ut_web_guard_place(&d->guard, &q->headers) != 0)
        ut_web_refuse(a, ut_web_guard_place(&d->guard, &q->headers), "not from there");
    else if (!healthy && !ready)
        give_metrics(d, a);
    else if (ready && d->options.receiver->state != UT_RECEIVER_OPEN)
        ut_web_refuse(a, 503, "the headset is not there");
    else
        ut_web_json(a, 200, strdup("{}"));
    return true;
}

static void give(struct ut_desk *d, const struct ut_web_request *q, struct ut_web_answer *a)
{
    if (strcmp(q->path, "/") == 0)
        give_page(a, "text/html; charset=utf-8", page_html, sizeof page_html);
    else if (strcmp(q->path, "/page.js") == 0)
        give_page(a, "text/javascript; charset=utf-8", page_js, sizeof page_js);
    else if (strcmp(q->path, "/page.css") == 0)
        give_page(a, "text/css; charset=utf-8", page_css, sizeof page_css);
    else if (strcmp(q->path, "/favicon.ico") == 0)
        a->status = 204;
    else if (strcmp(q->path, "/v1/words") == 0)
        ut_web_json(a, 200, text_of(ut_desk_words(d->language)));
    else if (strcmp(q->path, "/v1/state") == 0)
        ut_web_json(a, 200, text_of(state(d)));
    else if (strcmp(q->path, "/v1/events") == 0)
        give_events(d, q, a);
    else if (strcmp(q->path, "/events") == 0) {
        a->type = "text/event-stream";
        a->stream = d->ring;
    } else {
        a->allow = ut_desk_request_method(q->path);
        ut_web_refuse(a, a->allow != NULL ? 405 : 404,
                      a->allow != NULL ? "another method goes with this path" : "there is no such path");
    }
}

static bool is_given(const char *path)
{
    static const char *const GIVEN[] = {"/",          "/page.js", "/page.css", "/favicon.ico", "/v1/words", "/v1/state",
                                        "/v1/events", "/events",  "/metrics",  "/healthz",     "/readyz"};
    for (size_t i = 0; i < sizeof GIVEN / sizeof GIVEN[0]; i++)
        if (strcmp(path, GIVEN[i]) == 0)
            return true;
    return false;
}

static void answer(void *ctx, const struct ut_web_request *q, struct ut_web_answer *a)
{
    struct ut_desk *d = ctx;
    bool get = strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;
    if (get && give_health(d, q, a))
        return;
    if (!ut_web_admit(&d->guard, q, "`undertone call page`", a))
        return;
    if (strncmp(q->path, UT_DESK_CUSTOMERS_PATH, sizeof UT_DESK_CUSTOMERS_PATH - 1) == 0)
        ut_desk_customers_answer(
            &d->customers, q,
            session(d) != NULL && ut_session_active(session(d)) ? d->options.receiver->snapshot->session : "", a);
    else if (!get && is_given(q->path)) {
        a->allow = "GET, HEAD";
        ut_web_refuse(a, 405, "another method goes with this path");
    } else
        (get ? give : take)(d, q, a);
}

int ut_desk_path(const struct ut_config *config, char path[UT_DESK_PATH], struct ut_fault *fault)
{
    const char *file = ut_config_text(config, "page", "file"), *folder = getenv("XDG_RUNTIME_DIR");
    if (file[0] != '\0')
        (void)snprintf(path, UT_DESK_PATH, "%s", file);
    else if (folder != NULL && folder[0] == '/')
        (void)snprintf(path, UT_DESK_PATH, "%.500s/undertone.page", folder);
    else
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[page] file: is not set, and there is no XDG_RUNTIME_DIR; set it to a file for the page's "
                            "address");
    return 0;
}

/* The process whose desk the file is of; 0 = nobody's: it is not there, or that one was killed. */
static pid_t holder(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    pid_t pid = fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
    if (fd >= 0)
        (void)close(fd);
    return pid;
}

/* From here on it is this desk's, until the process ends. A file system without locks keeps nobody out. */
static void hold(struct ut_desk *d)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    d->held = open(d->path, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (d->held >= 0)
        (void)fcntl(d->held, F_SETLK, &lock);
}

/* 0, or -1 and *fault. */
static int write_address(struct ut_desk *d, struct ut_fault *fault)
{
    struct ut_output o;
    char path[UT_DESK_PATH];
    if (ut_desk_path(d->options.config, path, fault) != 0)
        return -1;
    pid_t other = holder(path);
    if (other != 0)
        return ut_fault_set(fault, UT_EXIT_NO_DEVICE,
                            "%s: process %d serves a page with it; end that one, or set [page] file to another", path,
                            (int)other);
    if (ut_output_open(&o, path, fault) != 0)
        return -1;
    (void)fprintf(o.file, "http://127.0.0.1:%d/?token=%s\n", ut_web_port(d->web), d->guard.token);
    if (ut_output_commit(&o, fault) != 0)
        return -1;
    memcpy(d->path, path, sizeof d->path);
    hold(d);
    return 0;
}

void ut_desk_keeps(struct ut_desk *d, const char *store, struct ut_sink *audit, const struct ut_floor_scores *floor)
{
    d->customers.store = store;
    ut_metrics_keeps(d->counts, store, floor);
    d->customers.audit = audit;
}

void ut_desk_asks(struct ut_desk *d, struct ut_actions *actions)
{
    d->actions = actions;
}

void ut_desk_rolls_out(struct ut_desk *d, struct ut_desk_rollout *rollout)
{
    d->rollout = rollout;
}

void ut_desk_hand_on(const struct ut_desk *d)
{
    char text[2 * UT_WEB_TOKEN + 20];
    (void)snprintf(text, sizeof text, "%d %s %s", ut_web_port(d->web), d->guard.token, d->guard.ticket);
    (void)setenv(HANDED_ON, text, 1);
    explicit_bzero(text, sizeof text);
}

/* A server, at the address of the program before where that has handed it on. 0, or -1 and *fault. */
static int serve(struct ut_desk *d, struct ut_fault *fault)
{
    char token[UT_WEB_TOKEN], ticket[UT_WEB_TOKEN];
    char *handed = getenv(HANDED_ON);
    struct ut_fault taken = {0};
    struct ut_web_options web = {.address = "127.0.0.1", .port = d->options.port, .handler = answer, .ctx = d};
    bool again = handed != NULL && sscanf(handed, "%5d %64[0-9a-f] %64[0-9a-f]", &web.port, token, ticket) == 3 &&
                 strlen(token) == UT_WEB_TOKEN - 1 && strlen(ticket) == UT_WEB_TOKEN - 1;
    if (handed != NULL)
        explicit_bzero(handed, strlen(handed)); /* in /proc/PID/environ too */
    (void)unsetenv(HANDED_ON);                  /* none of a program that is begun from here */
    if (again && (d->web = ut_web_open(&web, &taken)) == NULL)
        again = false;
    web.port = d->options.port;
    if (d->web == NULL && (d->web = ut_web_open(&web, fault)) == NULL)
        return -1;
    if (ut_web_guard_init(&d->guard, ut_web_port(d->web), fault) != 0)
        return -1;
    if (again)
        ut_web_guard_keep(&d->guard, token, ticket);
    explicit_bzero(token, sizeof token);
    explicit_bzero(ticket, sizeof ticket);
    return 0;
}

struct ut_desk *ut_desk_open(const struct ut_desk_options *options, struct ut_fault *fault)
{
    struct ut_desk *d = calloc(1, sizeof *d);
    if (d != NULL)
        d->held = -1;
    if (d == NULL || (d->ring = ut_event_ring_new()) == NULL || (d->counts = ut_metrics_sink(NULL)) == NULL) {
        (void)ut_fault_no_memory(fault);
        ut_desk_close(d);
        return NULL;
    }
    ut_event_ring_keep(d->ring, EVENTS_KEPT);
    d->options = *options;
    d->customers = (struct ut_desk_customers){.config = options->config, .ring = d->ring};
    d->language = ut_catalogue_language(options->config);
    if (serve(d, fault) != 0 || write_address(d, fault) != 0) {
        ut_desk_close(d);
        return NULL;
    }
    return d;
}

void ut_desk_close(struct ut_desk *d)
{
    struct ut_fault ignored;
    if (d == NULL)
        return;
    if (d->path[0] != '\0')
        (void)unlink(d->path);
    if (d->held >= 0)
        (void)close(d->held);
    ut_web_close(d->web);
    if (d->counts != NULL)
        (void)d->counts->kind->close(d->counts, false, &ignored);
    ut_event_ring_free(d->ring);
    json_decref(d->handover);
    explicit_bzero(&d->guard, sizeof d->guard);
    free(d);
}

static int put_event(struct ut_sink *sink, const struct ut_event *event)
{
    struct ut_desk *d = ((struct desk_sink *)sink)->desk;
    (void)d->counts->kind->event(d->counts, event);
    d->changed = true;
    if (event->sequence == 0)
        return 0;
    if (event->type == UT_EVENT_SESSION_COMPLETED || event->type == UT_EVENT_SESSION_FAILED) {
        json_decref(d->handover);
        d->handover = NULL;
    }
    if (event->type == UT_EVENT_SESSION_REFUSED) { /* what came from scores, of this desk and of the one before */
        ut_event_ring_forget(d->ring, event->session);
        json_decref(d->handover);
        d->handover = NULL;
    }
    ut_event_ring_put(d->ring, ut_event_type_name(event->type), event->json);
    draw(d);
    return 0;
}

static int put_snapshot(struct ut_sink *sink, const struct ut_snapshot *snapshot)
{
    struct ut_desk *d = ((struct desk_sink *)sink)->desk;
    (void)d->counts->kind->snapshot(d->counts, snapshot);
    d->changed = true;
    return 0;
}

static int close_sink(struct ut_sink *sink, bool keep, struct ut_fault *fault)
{
    (void)keep;
    (void)fault;
    free(sink);
    return 0;
}

struct ut_sink *ut_desk_sink(struct ut_desk *d)
{
    static const struct ut_sink_kind KIND = {.event = put_event, .snapshot = put_snapshot, .close = close_sink};
    struct desk_sink *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct desk_sink){.sink = {.kind = &KIND}, .desk = d};
    return &s->sink;
}

int ut_desk_port(const struct ut_desk *d)
{
    return ut_web_port(d->web);
}

int ut_desk_fd(const struct ut_desk *d)
{
    return ut_web_fd(d->web);
}

int64_t ut_desk_due_ms(const struct ut_desk *d)
{
    int64_t web = ut_web_due_ms(d->web), own = d->drawn_ms + (d->changed ? STATE_MS : TICK_MS) - ut_clock_ms();
    own = own < 0 ? 0 : own;
    return own < web ? own : web;
}

void ut_desk_step(struct ut_desk *d)
{
    int64_t since = ut_clock_ms() - d->drawn_ms;
    if (since >= TICK_MS || (d->changed && since >= STATE_MS))
        draw(d);
    ut_web_step(d->web);
}
