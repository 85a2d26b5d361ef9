/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/floor_link.h"

#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/outcome_table.h"
#include "host-tools/sinks/score_table.h"
#include "host-tools/sinks/window.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/loopback.h"
#include "host-tools/system/text_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LEAVE_MS = 1000,
    HOME_MS = 600000, /* at a broker that is not the nearest */
    LOOK_MS = 1000,   /* after a new checkpoint */
    ASK_MS = 500,     /* a question again until there is an answer: neither way is sure */
    SCORES = 40, /* so many of a recording at once, and after SCORES_MS again: a floor takes 1000 messages a second */
    SCORES_MS = 50
};

struct ut_floor_link {
    struct ut_floor_link_options options;
    struct ut_database *database;
    struct ut_broker *broker;
    struct ut_window window;
    char topic[UT_FLOOR_KINDS][UT_FLOOR_TOPIC];
    char served_topic[UT_FLOOR_TOPIC], ring_topic[UT_RINGS][UT_FLOOR_TOPIC];
    char served[UT_IDENTITY_UUID]; /* the boot of the floor's program, as heard last on any connection; "" = never */
    struct ut_floor_status status;
    char *will;
    bool replaced;
    uint64_t taken, scores;
    char curve[UT_FLOOR_SESSION];    /* the recorded call whose scores were sent last on this connection */
    int64_t curve_t;                 /* up to which call time */
    int64_t curve_ms;                /* when the last of them went; 0 = the next may go at once */
    bool waits;                      /* a call's end, for them */
    char verifier[UT_NOTE_VERIFIER]; /* of checkpoints; "" = there are none */
    struct stat said;                /* the checkpoint's file when it was sent */
    int64_t looked_ms, asked_ms;
    struct ut_fault fault; /* of the store, from within a step */
};

static uint32_t chance(void)
{
    uint32_t x = 0;
    (void)getentropy(&x, sizeof x);
    return x;
}

/* Before each attempt. */
static const char *make_will(void *ctx)
{
    struct ut_floor_link *l = ctx;
    struct ut_floor_status lost = l->status;
    l->status.connection++;
    lost.connection = l->status.connection;
    lost.state = UT_FLOOR_LOST;
    free(l->will);
    return l->will = ut_floor_status_text(&lost);
}

static void say_status(struct ut_floor_link *l)
{
    char *text = ut_floor_status_text(&l->status);
    if (text != NULL)
        (void)ut_broker_publish(l->broker, l->topic[UT_FLOOR_STATUS], text, strlen(text), 1, true);
    free(text);
}

static void on_up(void *ctx)
{
    struct ut_floor_link *l = ctx;
    /* Who was this device before is heard ahead of the own state, which takes its place at the broker. */
    (void)ut_broker_subscribe(l->broker, l->topic[UT_FLOOR_STATUS], 0);
    (void)ut_broker_subscribe(l->broker, l->topic[UT_FLOOR_ACK], 0);
    (void)ut_broker_subscribe(l->broker, l->served_topic, 0);
    (void)ut_broker_subscribe(l->broker, l->topic[UT_FLOOR_OUTCOME], 1);
    if (l->options.answered != NULL)
        (void)ut_broker_subscribe(l->broker, l->topic[UT_FLOOR_ANSWER], 0);
    for (int i = 0; i < UT_RINGS && l->options.rollout != NULL; i++)
        (void)ut_broker_subscribe(l->broker, l->ring_topic[i], 1);
    say_status(l);
    l->window.vain = 0;
    l->said = (struct stat){0}; /* this broker may not have it */
    l->looked_ms = ut_clock_ms() - LOOK_MS;
    l->curve[0] = '\0';
    if (l->options.rollout != NULL)
        ut_desk_rollout_anew(l->options.rollout);
    ut_window_restart(&l->window);
}

static void hear_rollout(struct ut_floor_link *l, const char *topic, const char *bytes, size_t n)
{
    for (int i = 0; i < UT_RINGS && l->options.rollout != NULL; i++)
        if (strcmp(topic, l->ring_topic[i]) == 0)
            ut_desk_rollout_hear(l->options.rollout, (enum ut_rollout_ring)i, bytes, n,
                                 ut_loopback(ut_broker_host(l->broker)));
}

static void hear_status(struct ut_floor_link *l, const char *bytes, size_t n)
{
    struct ut_floor_status s;
    if (l->status.state == UT_FLOOR_CLOSED || ut_floor_status_parse(bytes, n, &s) != 0)
        return;
    if (strcmp(s.boot, l->status.boot) > 0 && s.state != UT_FLOOR_CLOSED)
        l->replaced = true;
    else if (s.state != UT_FLOOR_CONNECTED || ut_floor_status_order(&s, &l->status) < 0)
        say_status(l); /* an older one's, or this one's will, which came late */
}

static void hear_served(struct ut_floor_link *l, const char *bytes, size_t n)
{
    if (ut_floor_served_news(bytes, n, l->served))
        ut_window_hurry(&l->window, ut_clock_ms(), chance());
}

static void give_receipt(struct ut_floor_link *l, const struct ut_floor_receipt *receipt)
{
    char *text = ut_floor_receipt_text(receipt);
    if (text != NULL)
        (void)ut_broker_publish(l->broker, l->topic[UT_FLOOR_RECEIPT], text, strlen(text), 1, false);
    free(text);
}

/* Why an outcome is refused; NULL: it is stored, or, with a fault, may yet be: then there is no receipt, and whoever
 * sent it sends it again. */
static const char *put_outcome(struct ut_floor_link *l, const struct ut_floor_outcome *o)
{
    if (ut_outcome_about(o->outcome) == NULL)
        return "there is no such outcome";
    int found = ut_outcome_put_once(l->database, o->id, o->call, o->outcome, ut_clock_unix_ms(), &l->fault);
    return found == 0 ? "the store has no such call" : NULL;
}

/* The remark has the outcome's own id: the call may be named by a telephone number. */
static void hear_outcome(struct ut_floor_link *l, const char *bytes, size_t n)
{
    struct ut_floor_outcome o;
    struct ut_floor_receipt receipt = {.id = ""};
    char text[UT_FLOOR_SESSION + UT_FLOOR_REASON + 30];
    bool readable = ut_floor_outcome_parse(bytes, n, &o) == 0;
    if (!readable && o.id[0] == '\0')
        return;
    const char *why = readable ? put_outcome(l, &o) : "give Id, Call and Outcome";
    if (l->fault.code != 0)
        return;
    memcpy(receipt.id, o.id, sizeof receipt.id);
    (void)snprintf(receipt.refused, sizeof receipt.refused, "%s", why != NULL ? why : "");
    (void)snprintf(text, sizeof text, "outcome %s is refused: %s", o.id, receipt.refused);
    if (why != NULL && l->options.remark != NULL)
        l->options.remark(l->options.remark_ctx, text);
    give_receipt(l, &receipt);
}

static void hear_answer(struct ut_floor_link *l, const char *bytes, size_t n)
{
    struct ut_floor_answer answer;
    if (l->options.answered != NULL && ut_floor_answer_parse(bytes, n, &answer) == 0)
        (void)l->options.answered(l->options.ctx, l->database, &answer, &l->fault);
}

static void on_message(void *ctx, const char *topic, const char *bytes, size_t n)
{
    struct ut_floor_link *l = ctx;
    struct ut_floor_ack ack;
    bool leaving = l->status.state == UT_FLOOR_CLOSED;
    if (strcmp(topic, l->served_topic) == 0)
        hear_served(l, bytes, n);
    else if (strcmp(topic, l->topic[UT_FLOOR_STATUS]) == 0)
        hear_status(l, bytes, n);
    else if (strcmp(topic, l->topic[UT_FLOOR_OUTCOME]) == 0 && !leaving) /* without a receipt it is sent again */
        hear_outcome(l, bytes, n);
    else if (strcmp(topic, l->topic[UT_FLOOR_ANSWER]) == 0 && !leaving)
        hear_answer(l, bytes, n);
    else if (!leaving)
        hear_rollout(l, topic, bytes, n);
    if (strcmp(topic, l->topic[UT_FLOOR_ACK]) != 0 || ut_floor_ack_parse(bytes, n, &ack) != 0)
        return;
    int before = l->window.sent;
    (void)ut_window_acked(&l->window, &ack, ut_clock_ms(), &l->fault);
    if (ack.refused[0] == '\0')
        l->taken += (uint64_t)(before - l->window.sent);
}

/* The audit file's newest checkpoint, retained, when it is another than was sent. */
static void say_checkpoint(struct ut_floor_link *l)
{
    struct ut_floor_checkpoint c = {0};
    struct ut_fault fault;
    struct stat now;
    l->looked_ms = ut_clock_ms();
    if (l->verifier[0] == '\0' || stat(l->options.checkpoint, &now) != 0 || now.st_size >= UT_NOTE_MAX ||
        (now.st_ino == l->said.st_ino && now.st_mtim.tv_sec == l->said.st_mtim.tv_sec &&
         now.st_mtim.tv_nsec == l->said.st_mtim.tv_nsec))
        return;
    char *note = ut_text_file_read(l->options.checkpoint, "a checkpoint", &fault);
    if (note == NULL)
        return;
    memcpy(c.verifier, l->verifier, sizeof c.verifier);
    (void)snprintf(c.note, sizeof c.note, "%s", note);
    free(note);
    char *text = ut_floor_checkpoint_text(&c);
    if (text != NULL && ut_broker_publish(l->broker, l->topic[UT_FLOOR_AUDIT], text, strlen(text), 1, true) == 0)
        l->said = now;
    free(text);
}

/* Whose signature the checkpoints have. 0, or -1 and *fault. */
static int read_verifier(struct ut_floor_link *l, struct ut_fault *fault)
{
    struct ut_note_signer signer;
    const struct ut_floor_link_options *o = &l->options;
    if (o->checkpoint == NULL || o->checkpoint[0] == '\0' || o->sign_key_file == NULL || o->sign_key_file[0] == '\0')
        return 0;
    if (ut_note_signer_read(&signer, o->sign_key_file, fault) != 0)
        return -1;
    ut_note_verifier_text(&signer, l->verifier);
    explicit_bzero(&signer, sizeof signer);
    return 0;
}

static int start(struct ut_floor_link *l, struct ut_fault *fault)
{
    const struct ut_floor_link_options *o = &l->options;
    if (!ut_identity_fits(o->site) || !ut_identity_fits(o->device))
        return ut_fault_set(fault, UT_EXIT_CONFIG_KEY,
                            "[mqtt] %s: is no name; give 1 to %d letters, digits, '.', '_' or '-'",
                            ut_identity_fits(o->site) ? "device" : "site", UT_IDENTITY_MAX);
    for (int i = 0; i < UT_FLOOR_KINDS; i++)
        ut_floor_topic_text(o->site, o->device, (enum ut_floor_kind)i, l->topic[i]);
    ut_floor_served_topic(o->site, l->served_topic);
    for (int i = 0; i < UT_RINGS; i++)
        ut_floor_rollout_topic(o->site, ut_rollout_ring_name[i], l->ring_topic[i]);
    if (ut_identity_new(ut_clock_unix_ms(), l->status.boot) != 0)
        return ut_fault_no_memory(fault);
    const struct ut_broker_options b = {.list = o->brokers,
                                        .setting = "[mqtt] brokers",
                                        .id = o->device,
                                        .password_file = o->password_file,
                                        .ca_file = o->ca_file,
                                        .cert_file = o->cert_file,
                                        .key_file = o->key_file,
                                        .will_topic = l->topic[UT_FLOOR_STATUS],
                                        .home_ms = HOME_MS,
                                        .will = make_will,
                                        .ctx = l,
                                        .up = on_up,
                                        .message = on_message};
    l->broker = ut_broker_new(&b, fault);
    if (l->broker == NULL || read_verifier(l, fault) != 0)
        return -1;
    if (o->rollout != NULL)
        ut_desk_rollout_hooks(o->rollout, &(struct ut_desk_rollout_hooks){.site = o->site,
                                                                          .device = o->device,
                                                                          .boot = l->status.boot,
                                                                          .token = ut_broker_password(l->broker),
                                                                          .record = o->record,
                                                                          .ctx = o->record_ctx,
                                                                          .remark = o->remark,
                                                                          .remark_ctx = o->remark_ctx});
    l->database = ut_database_open(o->store, &ut_event_table_kind, true, fault);
    l->window = (struct ut_window){.database = l->database, .receiver = UT_FLOOR_RECEIVER};
    return l->database != NULL ? 0 : -1;
}

struct ut_floor_link *ut_floor_link_new(const struct ut_floor_link_options *options, struct ut_fault *fault)
{
    struct ut_floor_link *l = calloc(1, sizeof *l);
    if (l == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    l->options = *options;
    if (start(l, fault) == 0)
        return l;
    ut_floor_link_free(l);
    return NULL;
}

void ut_floor_link_free(struct ut_floor_link *l)
{
    if (l == NULL)
        return;
    ut_window_close(&l->window);
    ut_broker_free(l->broker);
    ut_database_close(l->database);
    free(l->will);
    free(l);
}

static int is_there(void *ctx, int64_t t_ms, const char *json)
{
    (void)ctx;
    (void)t_ms;
    (void)json;
    return 1;
}

static int send_score(void *ctx, int64_t t_ms, const char *json)
{
    struct ut_floor_link *l = ctx;
    if (ut_broker_publish(l->broker, l->topic[UT_FLOOR_SCORE], json, strlen(json), 1, false) != 0)
        return 1;
    l->curve_t = t_ms;
    l->scores++;
    return 0;
}

/* The floor takes scores of calls in progress: those of a recording go when it has all else of the call, before the
 * call's end. 1 when none is left to send, 0 when some have to wait, or -1 and *fault. */
static int send_curve(struct ut_floor_link *l, const struct ut_window_row *end, struct ut_fault *fault)
{
    if (strcmp(l->curve, end->session) != 0) {
        memcpy(l->curve, end->session, sizeof l->curve);
        l->curve_t = -1;
        l->curve_ms = 0;
    }
    bool wait = ut_window_holds(&l->window, end->session) || ut_clock_ms() - l->curve_ms < SCORES_MS;
    uint64_t before = l->scores;
    int r = ut_score_table_behind(l->database, end->session, l->curve_t, wait ? 1 : SCORES,
                                  wait ? is_there : send_score, l, fault);
    if (l->scores > before)
        l->curve_ms = ut_clock_ms();
    return r < 0 ? -1 : r == 0 && l->scores == before;
}

struct asking {
    struct ut_floor_link *link;
    int64_t now;
};

static int send_question(void *ctx, const struct ut_action_row *row)
{
    const struct asking *a = ctx;
    json_t *event = json_loads(row->json, 0, NULL), *data = json_object_get(event, "data");
    const char *consent = json_string_value(json_object_get(data, "Consent"));
    const char *text = json_string_value(json_object_get(data, "Text"));
    if (consent != NULL && strcmp(consent, ut_action_consent_name[UT_ACTION_ASKS_SUPERVISOR]) == 0 && text != NULL &&
        !ut_action_expires(row, a->now)) {
        struct ut_floor_question q = {.otherwise = row->otherwise, .remaining_ms = row->until_ms - a->now};
        (void)snprintf(q.id, sizeof q.id, "%s", row->id);
        (void)snprintf(q.session, sizeof q.session, "%s", row->session);
        (void)snprintf(q.action, sizeof q.action, "%s", row->name);
        (void)snprintf(q.text, sizeof q.text, "%s", text);
        char *said = ut_floor_question_text(&q);
        if (said != NULL)
            (void)ut_broker_publish(a->link->broker, a->link->topic[UT_FLOOR_ASK], said, strlen(said), 1, false);
        free(said);
    }
    json_decref(event);
    return 0;
}

/* What a supervisor is asked. 0, or -1 and *fault. */
static int ask(struct ut_floor_link *l, struct ut_fault *fault)
{
    struct asking a = {l, ut_clock_unix_ms()};
    l->asked_ms = ut_clock_ms();
    return ut_action_list_asked(l->database, send_question, &a, fault);
}

/* All that the window has room for. */
static int send_rows(struct ut_floor_link *l, struct ut_fault *fault)
{
    const struct ut_window_row *row;
    l->waits = false;
    while ((row = ut_window_next(&l->window, fault)) != NULL) {
        int may = row->ends ? send_curve(l, row, fault) : 1;
        l->waits = may == 0;
        if (may <= 0)
            return may;
        if (ut_broker_publish(l->broker, l->topic[row->kind], row->json, strlen(row->json), 1, false) != 0)
            return 0;
        ut_window_sent(&l->window, ut_clock_ms(), chance());
    }
    return fault->code != 0 ? -1 : 0;
}

/* The course of roll-outs, and what is to be said of it. When to come again, ms. */
static int step_rollout(struct ut_floor_link *l, int ms)
{
    struct ut_desk_rollout *d = l->options.rollout;
    bool up = ut_broker_is_up(l->broker);
    int due = ut_desk_rollout_step(d, up, ut_clock_ms(), chance());
    const struct ut_floor_rollout_report *r = up ? ut_desk_rollout_report(d) : NULL;
    char *text = r != NULL ? ut_floor_rollout_report_text(r) : NULL;
    if (text != NULL && ut_broker_publish(l->broker, l->topic[UT_FLOOR_ROLLOUT], text, strlen(text), 1, true) == 0)
        ut_desk_rollout_said(d);
    free(text);
    return due < ms ? due : ms;
}

int ut_floor_link_step(struct ut_floor_link *l, int other_fd, int ms, struct ut_fault *fault)
{
    if (l->replaced) {
        ut_broker_leave(l->broker, 0);
        ut_broker_step(&l->broker, 1, other_fd, ms);
        return 0;
    }
    if (ut_broker_is_up(l->broker)) {
        int64_t due = ut_window_due(&l->window, ut_clock_ms());
        if (send_rows(l, fault) != 0)
            return -1;
        if (ut_clock_ms() - l->looked_ms >= LOOK_MS)
            say_checkpoint(l);
        if (l->options.answered != NULL && ut_clock_ms() - l->asked_ms >= ASK_MS && ask(l, fault) != 0)
            return -1;
        if (due >= 0 && due < ms)
            ms = (int)due;
        if (l->options.answered != NULL && ms > ASK_MS)
            ms = ASK_MS;
        if (l->waits && ms > SCORES_MS)
            ms = SCORES_MS;
    }
    if (l->options.rollout != NULL && l->status.state != UT_FLOOR_CLOSED)
        ms = step_rollout(l, ms);
    l->fault.code = 0;
    ut_broker_step(&l->broker, 1, other_fd, ms);
    if (l->fault.code == 0)
        return 0;
    *fault = l->fault;
    return -1;
}

void ut_floor_link_session(struct ut_floor_link *l, const char *session)
{
    if (strcmp(l->status.session, session) == 0)
        return;
    (void)snprintf(l->status.session, sizeof l->status.session, "%s", session);
    if (!l->replaced)
        say_status(l);
}

int ut_floor_link_score(struct ut_floor_link *l, const char *json)
{
    return l->replaced ? -1 : ut_broker_publish(l->broker, l->topic[UT_FLOOR_SCORE], json, strlen(json), 0, false);
}

struct ut_floor_link_state ut_floor_link_state(const struct ut_floor_link *l)
{
    return (struct ut_floor_link_state){.up = ut_broker_is_up(l->broker) && !l->replaced,
                                        .replaced = l->replaced,
                                        .host = ut_broker_host(l->broker),
                                        .error = l->replaced ? "another program is this device now"
                                                             : ut_broker_error(l->broker),
                                        .taken = l->taken,
                                        .scores = l->scores};
}

int ut_floor_link_counts(struct ut_floor_link *l, struct ut_outbox_counts *counts, struct ut_fault *fault)
{
    return ut_outbox_counts(l->database, UT_FLOOR_RECEIVER, counts, fault);
}

void ut_floor_link_leave(struct ut_floor_link *l)
{
    l->status.state = UT_FLOOR_CLOSED;
    l->status.session[0] = '\0';
    if (!l->replaced) {
        say_checkpoint(l);
        say_status(l);
    }
    ut_broker_leave(l->broker, LEAVE_MS);
}
