/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/desks.h"

#include "host-tools/sinks/window.h"
#include "host-tools/system/broker.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/crc32.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    PAUSE_MS = 2000,
    LEAVE_MS = 5000, /* for all of them */
    AGAIN_MS = 1000, /* a program that begins again is back by then */
    A_SECOND = 200,  /* so many connections are begun: a broker's queue for them is short */
    LIST = 2400
};

/* An event of a desk: the call's number from 0, and the event's from 1. */
struct spot {
    unsigned call;
    uint32_t sequence;
    const struct ut_templates *of; /* the call by the settings that were in force when it began */
    int64_t begun; /* when it did, ms after the desks' begin; in load how many events the desk had made before it */
};

struct desk {
    struct ut_desks *all;
    int index;
    char name[UT_FLOOR_NAME], list[LIST], topic[UT_FLOOR_TOPIC];
    struct ut_floor_status status;
    char served[UT_IDENTITY_UUID]; /* as a desk has it (sinks/floor_link.c) */
    char *will;
    struct spot next; /* to be made: shown for the first time */
    int64_t call_ms;  /* when the call of `next` begins, ms after the desks' begin */
    uint64_t made;
    struct {
        struct spot spot;
        bool done;
    } window[UT_DESKS_WINDOW]; /* made and not acknowledged, the oldest first */
    int count, sent;           /* those that are on their way come first */
    int64_t again_ms;
    int vain;
    size_t score; /* of the call's events, the next that may be a score */
    bool over;
    struct ut_desk_course course;
    char rollout_topic[UT_FLOOR_TOPIC];
    bool leaving; /* to begin again; it has said that it closes */
    int64_t leave_ms;
};

struct ut_desks {
    struct ut_desks_options options;
    struct desk *desk;
    struct ut_broker **broker;
    char served_topic[UT_FLOOR_TOPIC], ring_topic[UT_RINGS][UT_FLOOR_TOPIC];
    int64_t begun_ms, begun_unix_ms;
    struct ut_desks_counts counts;
};

static void name_session(const struct desk *d, const struct spot *s, char session[UT_FLOOR_SESSION],
                         char contact[UT_FLOOR_SESSION])
{
    (void)snprintf(session, UT_FLOOR_SESSION, "%s.%d.%u", d->all->options.run, d->index + 1, s->call + 1);
    (void)snprintf(contact, UT_FLOOR_SESSION, "%.60s.%d.%u", s->of->name, d->index + 1, s->call + 1);
}

static uint32_t chance_of(const struct desk *d, int64_t now)
{
    return (uint32_t)(now * 2654435761u) ^ (uint32_t)d->index * 2654435761u;
}

/* When a desk's n-th event is made, in load of so many a second: desks take turns. */
static int64_t rated_ms(const struct desk *d, uint64_t n)
{
    const struct ut_desks_options *o = &d->all->options;
    return (int64_t)(((double)n + (double)d->index / o->desks) * 1000 / o->rate);
}

/* When the event that is next is made, ms after the begin. */
static int64_t due_ms(const struct desk *d)
{
    const struct ut_desks_options *o = &d->all->options;
    const struct ut_templates *t = d->next.of;
    if (o->rate > 0)
        return rated_ms(d, d->made);
    return d->next.begun + (int64_t)(t->event[t->durable[d->next.sequence - 1]].t_ms / o->speed);
}

/* Of an event that was made; its time is the same whenever it goes. */
static int64_t began_unix_ms(const struct desk *d, const struct spot *s, int64_t *t_ms)
{
    const struct ut_desks_options *o = &d->all->options;
    *t_ms = s->of->event[s->of->durable[s->sequence - 1]].t_ms;
    if (o->rate > 0)
        return d->all->begun_unix_ms + rated_ms(d, (uint64_t)s->begun + s->sequence - 1);
    return d->all->begun_unix_ms + s->begun + (int64_t)((double)*t_ms / o->speed);
}

static void publish(struct desk *d, const struct spot *s, bool first)
{
    struct ut_desks *all = d->all;
    const struct ut_templates *t = s->of;
    const struct ut_template *event = &t->event[t->durable[s->sequence - 1]];
    char session[UT_FLOOR_SESSION], contact[UT_FLOOR_SESSION], topic[UT_FLOOR_TOPIC];
    int64_t t_ms, at = began_unix_ms(d, s, &t_ms);
    name_session(d, s, session, contact);
    char *line = ut_template_line(event, session, contact, at);
    if (line == NULL)
        return;
    size_t n = strlen(line);
    if (first) {
        const struct ut_truth_place p = {d->name, t->name, s->call + 1, at, (uint32_t)t_ms};
        const struct ut_truth_event e = {session, ut_event_type_name(event->type), s->sequence, ut_crc32(0, line, n)};
        ut_truth_event(all->options.truth, &p, &e);
    } else {
        ut_floor_topic_text(all->options.site, d->name, event->kind, topic);
        (void)ut_broker_publish(all->broker[d->index], topic, line, n, 1, false);
    }
    free(line);
}

static void say_status(struct desk *d)
{
    char *text = ut_floor_status_text(&d->status);
    if (text != NULL)
        (void)ut_broker_publish(d->all->broker[d->index], d->topic, text, strlen(text), 1, true);
    free(text);
}

/* The call of `next` begins. */
static void begin_call(struct desk *d)
{
    const struct ut_desks_options *o = &d->all->options;
    char contact[UT_FLOOR_SESSION];
    d->next.sequence = 1;
    d->next.of = &d->course.in_force[((size_t)d->index + d->next.call) % o->calls];
    d->next.begun = o->rate > 0 ? (int64_t)d->made : d->call_ms;
    d->score = 0;
    d->over = d->next.call == o->most && o->most > 0;
    if (d->over)
        d->status.session[0] = '\0';
    else
        name_session(d, &d->next, d->status.session, contact);
}

/* The call of `next` is over. */
static void end_call(struct desk *d)
{
    d->call_ms += (int64_t)((d->next.of->end_ms + PAUSE_MS) / d->all->options.speed);
    d->next.call++;
    begin_call(d);
    if (d->all->options.rate <= 0) /* calls in a load are none that a floor need follow */
        say_status(d);
}

/* For settings that are to be in force it leaves as `live` does before that begins itself again. */
static void leave_to_begin(struct desk *d, int64_t clock)
{
    d->status.state = UT_FLOOR_CLOSED;
    d->status.session[0] = '\0';
    say_status(d);
    d->leaving = true;
    d->leave_ms = clock + LEAVE_MS;
}

/* A new start of the program, once the broker has what was said. */
static void begin_again(struct desk *d, int64_t clock)
{
    struct ut_broker *b = d->all->broker[d->index];
    if (ut_broker_is_up(b) && ut_broker_on_way(b) > 0 && clock < d->leave_ms)
        return;
    d->status = (struct ut_floor_status){.state = UT_FLOOR_CONNECTED};
    (void)ut_identity_new(ut_clock_unix_ms(), d->status.boot);
    ut_desk_course_begun(&d->course);
    begin_call(d);
    d->leaving = false;
    ut_broker_return(b, (int)(chance_of(d, clock) % AGAIN_MS));
}

static void take_part(struct desk *d, int64_t clock)
{
    struct ut_desks *all = d->all;
    struct ut_broker *b = all->broker[d->index];
    bool between = d->over || (d->next.sequence == 1 && d->score == 0);
    ut_desk_course_step(all->options.rollout, &d->course, d->name,
                        all->options.tokens != NULL ? all->options.tokens->of[d->index].token : "", ut_broker_is_up(b),
                        clock, chance_of(d, clock));
    if (d->course.begins && between)
        leave_to_begin(d, clock);
    if (!d->course.unsaid || !ut_broker_is_up(b))
        return;
    memcpy(d->course.report.boot, d->status.boot, sizeof d->course.report.boot);
    char *text = ut_floor_rollout_report_text(&d->course.report);
    d->course.unsaid = text == NULL || ut_broker_publish(b, d->rollout_topic, text, strlen(text), 1, true) != 0;
    free(text);
}

/* Takes what is due into the window while it has room. */
static void make(struct desk *d, int64_t now)
{
    const struct ut_desks_options *o = &d->all->options;
    while (!d->over && d->count < UT_DESKS_WINDOW) {
        int64_t due = due_ms(d);
        const struct ut_templates *t = d->next.of;
        if (o->limit_ms > 0 && due >= o->limit_ms) {
            d->over = true;
            return;
        }
        if (due > now)
            return;
        publish(d, &d->next, true);
        d->window[d->count].spot = d->next;
        d->window[d->count++].done = false;
        d->made++;
        d->all->counts.made++;
        if (d->next.sequence++ == t->counted) {
            end_call(d);
            if (d->course.begins)
                return;
        }
    }
}

static void send_window(struct desk *d, int64_t now)
{
    if (!ut_broker_is_up(d->all->broker[d->index]))
        return;
    if (d->sent > 0 && now >= d->again_ms) {
        d->all->counts.again += (uint64_t)d->sent;
        d->sent = 0;
        d->vain++;
    }
    bool begins = d->sent == 0;
    for (; d->sent < d->count; d->sent++)
        if (!d->window[d->sent].done)
            publish(d, &d->window[d->sent].spot, false);
    if (begins && d->sent > 0)
        d->again_ms = now + ut_window_again_ms(d->vain, chance_of(d, now));
}

/* The newest of a second's that are due; the others of a backlog are nobody's. */
static void send_score(struct desk *d, int64_t now)
{
    const struct ut_desks_options *o = &d->all->options;
    const struct ut_template *newest = NULL;
    char session[UT_FLOOR_SESSION], contact[UT_FLOOR_SESSION], topic[UT_FLOOR_TOPIC];
    if (d->over || o->rate > 0)
        return;
    const struct ut_templates *t = d->next.of;
    for (; d->score < t->n && d->call_ms + (int64_t)(t->event[d->score].t_ms / o->speed) <= now; d->score++)
        if (t->event[d->score].type == UT_EVENT_SCORE)
            newest = &t->event[d->score];
    if (newest == NULL || !ut_broker_is_up(d->all->broker[d->index]))
        return;
    name_session(d, &d->next, session, contact);
    char *line = ut_template_line(newest, session, contact, d->all->begun_unix_ms + now);
    ut_floor_topic_text(o->site, d->name, UT_FLOOR_SCORE, topic);
    if (line != NULL && ut_broker_publish(d->all->broker[d->index], topic, line, strlen(line), 0, false) == 0)
        d->all->counts.scores++;
    free(line);
}

static void hear_served(struct desk *d, const char *bytes, size_t n)
{
    if (!ut_floor_served_news(bytes, n, d->served))
        return;
    d->vain = 0;
    d->again_ms = ut_clock_ms() + ut_window_hurry_ms((uint32_t)d->index * 2654435761u);
}

static void on_message(void *ctx, const char *topic, const char *bytes, size_t n)
{
    struct desk *d = ctx;
    struct ut_floor_ack ack;
    char session[UT_FLOOR_SESSION], contact[UT_FLOOR_SESSION];
    int gone = 0;
    if (strcmp(topic, d->all->served_topic) == 0) {
        hear_served(d, bytes, n);
        return;
    }
    for (int i = 0; i < UT_RINGS; i++)
        if (strcmp(topic, d->all->ring_topic[i]) == 0) {
            ut_desk_course_hear(d->all->options.rollout, &d->course, (enum ut_rollout_ring)i, bytes, n);
            return;
        }
    if (ut_floor_ack_parse(bytes, n, &ack) != 0)
        return;
    bool refused = ack.refused[0] != '\0';
    d->all->counts.refused += refused;
    for (int i = 0; i < d->count; i++) {
        name_session(d, &d->window[i].spot, session, contact);
        if (strcmp(ack.session, session) != 0 || d->window[i].done ||
            (d->window[i].spot.sequence > ack.sequence && !refused))
            continue;
        d->window[i].done = true;
        if (!refused)
            d->all->counts.acknowledged++;
    }
    name_session(d, &d->next, session, contact);
    if (refused && !d->over && strcmp(ack.session, session) == 0)
        end_call(d); /* what is left of it would be refused as well: other sessions go on */
    while (gone < d->count && d->window[gone].done)
        gone++;
    if (gone == 0)
        return;
    memmove(d->window, d->window + gone, (size_t)(d->count - gone) * sizeof d->window[0]);
    d->count -= gone;
    d->sent = d->sent > gone ? d->sent - gone : 0;
    d->vain = 0;
    d->again_ms = ut_clock_ms() + ut_window_again_ms(0, (uint32_t)d->index * 2654435761u);
}

static void on_up(void *ctx)
{
    struct desk *d = ctx;
    char topic[UT_FLOOR_TOPIC];
    ut_floor_topic_text(d->all->options.site, d->name, UT_FLOOR_ACK, topic);
    (void)ut_broker_subscribe(d->all->broker[d->index], topic, 0);
    (void)ut_broker_subscribe(d->all->broker[d->index], d->all->served_topic, 0);
    for (int i = 0; d->all->options.rollout != NULL && i < UT_RINGS; i++)
        (void)ut_broker_subscribe(d->all->broker[d->index], d->all->ring_topic[i], 0);
    d->course.unsaid = d->course.report.number != 0;
    say_status(d);
    d->all->counts.again += (uint64_t)d->sent;
    d->sent = d->vain = 0; /* as a desk has it (sinks/floor_link.c) */
    d->all->counts.connections++;
}

static const char *make_will(void *ctx)
{
    struct desk *d = ctx;
    struct ut_floor_status lost = d->status;
    lost.connection = ++d->status.connection;
    lost.state = UT_FLOOR_LOST;
    free(d->will);
    return d->will = ut_floor_status_text(&lost);
}

/* The list from its n-th address on, so that desks spread. */
static void rotate(const char *list, int n, char out[LIST])
{
    char copy[LIST], *word[UT_BROKER_LIST] = {NULL}, *rest = NULL;
    int words = 0;
    (void)snprintf(copy, sizeof copy, "%s", list);
    for (char *w = strtok_r(copy, " ,\t", &rest); w != NULL && words < UT_BROKER_LIST;
         w = strtok_r(NULL, " ,\t", &rest))
        word[words++] = w;
    out[0] = '\0';
    for (int i = 0; i < words; i++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, LIST - used, "%s ", word[(n + i) % words]);
    }
}

static int open_desk(struct ut_desks *all, int i, struct ut_fault *fault)
{
    const struct ut_desks_options *o = &all->options;
    struct desk *d = &all->desk[i];
    *d = (struct desk){.all = all, .index = i};
    if (o->tokens != NULL)
        (void)snprintf(d->name, sizeof d->name, "%s", o->tokens->of[i].name);
    else
        (void)snprintf(d->name, sizeof d->name, "%.50s-%d", o->device, i + 1);
    rotate(o->brokers, i, d->list);
    ut_floor_topic_text(o->site, d->name, UT_FLOOR_STATUS, d->topic);
    ut_floor_topic_text(o->site, d->name, UT_FLOOR_ROLLOUT, d->rollout_topic);
    d->course = (struct ut_desk_course){.in_force = o->call, .before = o->call, .up_ms = -1};
    if (ut_identity_new(ut_clock_unix_ms(), d->status.boot) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no randomness; try again");
    begin_call(d);
    const struct ut_broker_options b = {.list = d->list,
                                        .setting = "[mqtt] brokers",
                                        .id = d->name,
                                        .password_file = o->password_file,
                                        .password = o->tokens != NULL ? o->tokens->of[i].token : NULL,
                                        .ca_file = o->ca_file,
                                        .cert_file = o->cert_file,
                                        .key_file = o->key_file,
                                        .will_topic = d->topic,
                                        .first_ms = (int)(1000LL * i / A_SECOND),
                                        .ctx = d,
                                        .will = make_will,
                                        .up = on_up,
                                        .message = on_message};
    all->broker[i] = ut_broker_new(&b, fault);
    return all->broker[i] != NULL ? 0 : -1;
}

struct ut_desks *ut_desks_new(const struct ut_desks_options *options, struct ut_fault *fault)
{
    struct ut_desks *d = calloc(1, sizeof *d);
    if (d != NULL) {
        d->options = *options;
        ut_floor_served_topic(options->site, d->served_topic);
        for (int i = 0; i < UT_RINGS; i++)
            ut_floor_rollout_topic(options->site, ut_rollout_ring_name[i], d->ring_topic[i]);
        d->desk = calloc((size_t)options->desks, sizeof *d->desk);
        d->broker = calloc((size_t)options->desks, sizeof(struct ut_broker *));
    }
    if (d == NULL || d->desk == NULL || d->broker == NULL) {
        ut_desks_free(d);
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    for (int i = 0; i < options->desks; i++)
        if (open_desk(d, i, fault) != 0) {
            ut_desks_free(d);
            return NULL;
        }
    d->begun_ms = ut_clock_ms();
    d->begun_unix_ms = ut_clock_unix_ms();
    return d;
}

void ut_desks_free(struct ut_desks *d)
{
    if (d == NULL)
        return;
    for (int i = 0; d->broker != NULL && i < d->options.desks; i++) {
        ut_broker_free(d->broker[i]);
        free(d->desk[i].will);
        ut_desk_course_free(d->options.rollout, &d->desk[i].course);
    }
    free(d->broker);
    free(d->desk);
    free(d);
}

int ut_desks_step(struct ut_desks *d, int other_fd, int ms)
{
    bool more = false;
    ut_broker_step(d->broker, d->options.desks, other_fd, ms);
    int64_t clock = ut_clock_ms(), now = clock - d->begun_ms;
    for (int i = 0; i < d->options.desks; i++) {
        struct desk *one = &d->desk[i];
        if (d->options.rollout != NULL && !one->leaving)
            take_part(one, clock);
        if (one->leaving) {
            begin_again(one, clock);
        } else {
            send_score(one, now);
            make(one, now);
            send_window(one, clock);
        }
        more = more || !one->over || one->count > 0;
    }
    return more;
}

struct ut_desks_counts ut_desks_counts(const struct ut_desks *d)
{
    struct ut_desks_counts c = d->counts;
    for (int i = 0; i < d->options.desks; i++) {
        c.up += ut_broker_is_up(d->broker[i]);
        c.waiting += d->desk[i].over || d->desk[i].count == UT_DESKS_WINDOW;
    }
    return c;
}

void ut_desks_leave(struct ut_desks *d)
{
    const int64_t until = ut_clock_ms() + LEAVE_MS;
    for (int i = 0; i < d->options.desks; i++) {
        d->desk[i].status.state = UT_FLOOR_CLOSED;
        d->desk[i].status.session[0] = '\0';
        say_status(&d->desk[i]);
    }
    for (bool left = true; left && ut_clock_ms() < until;) {
        left = false;
        ut_broker_step(d->broker, d->options.desks, -1, 1);
        for (int i = 0; i < d->options.desks; i++)
            left = left || (ut_broker_is_up(d->broker[i]) && ut_broker_on_way(d->broker[i]) > 0);
    }
    for (int i = 0; i < d->options.desks; i++) {
        int64_t rest = until - ut_clock_ms();
        ut_broker_leave(d->broker[i], rest > 0 ? (int)rest : 0);
    }
}
