/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/mqtt.h"

#include "host-tools/system/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IDLE_MS = 1000, FAULT_MS = 2000, REMARKS = 16 };

struct mqtt {
    struct ut_sink sink;
    struct ut_floor_link_options options;
    struct ut_floor_link *link;
    int wake[2];
    pthread_t thread;
    struct ut_floor_scores *scores, own; /* own: nobody asks */
    uint64_t missed;                     /* of them, when that it fails was remarked upon */
    bool running, settled, failing;      /* failing: remarked upon */
    int64_t scored_ms;                   /* call time of the newest score that was passed on; -1 = none */
    pthread_mutex_t mutex;
    /* under the mutex */
    bool closing;
    char session[UT_EVENTS_SESSION];
    char *score; /* the newest that has not gone */
    char remark[REMARKS][UT_BROKER_HOST + UT_BROKER_ERROR + 100];
    int remarks;     /* that are to be passed on */
    uint64_t unsaid; /* beyond them */
};

/* The text of the next remark, under the mutex; NULL = there is no room, which is said. */
static char *next_remark(struct mqtt *t)
{
    if (t->remarks < REMARKS)
        return t->remark[t->remarks++];
    t->unsaid++;
    return NULL;
}

static void hear_remark(void *ctx, const char *text)
{
    struct mqtt *t = ctx;
    (void)pthread_mutex_lock(&t->mutex);
    char *said = next_remark(t);
    if (said != NULL)
        (void)snprintf(said, sizeof t->remark[0], "mqtt %s: %s", ut_floor_link_state(t->link).host, text);
    (void)pthread_mutex_unlock(&t->mutex);
}

static uint64_t not_sent(const struct mqtt *t)
{
    return t->scores->replaced + t->scores->no_link;
}

static void remark(struct mqtt *t, const struct ut_fault *fault)
{
    struct ut_floor_link_state s = ut_floor_link_state(t->link);
    const char *why = fault->code != 0 ? fault->text : s.error;
    bool failing = fault->code != 0 || (!s.up && why[0] != '\0');
    char missed[60] = "";
    if (failing && !t->failing)
        t->missed = not_sent(t);
    else if (not_sent(t) > t->missed)
        (void)snprintf(missed, sizeof missed, "%" PRIu64 " scores of meanwhile are not sent; ",
                       not_sent(t) - t->missed);
    (void)pthread_mutex_lock(&t->mutex);
    bool fails = failing && !t->failing, again = !failing && t->failing && s.up;
    char *said = fails || again ? next_remark(t) : NULL;
    if (said != NULL && fails)
        (void)snprintf(said, sizeof t->remark[0], "mqtt %s: %.110s; events wait in the outbox", s.host, why);
    else if (said != NULL)
        (void)snprintf(said, sizeof t->remark[0], "mqtt %s: %stakes events again", s.host, missed);
    (void)pthread_mutex_unlock(&t->mutex);
    if (failing || s.up)
        t->failing = failing;
}

/* What the call has new. True when it closes. */
static bool take_news(struct mqtt *t)
{
    char session[UT_EVENTS_SESSION], bytes[64];
    while (read(t->wake[0], bytes, sizeof bytes) > 0)
        continue;
    (void)pthread_mutex_lock(&t->mutex);
    bool closing = t->closing;
    char *score = t->score;
    t->score = NULL;
    memcpy(session, t->session, sizeof session);
    (void)pthread_mutex_unlock(&t->mutex);
    ut_floor_link_session(t->link, session);
    if (score != NULL)
        (*(ut_floor_link_score(t->link, score) == 0 ? &t->scores->sent : &t->scores->no_link))++;
    free(score);
    return closing;
}

/* After the last event: until all has arrived, there is nobody to take it, or the time is over. */
static bool may_end(struct mqtt *t, int64_t until)
{
    int64_t now = ut_clock_ms();
    struct ut_outbox_counts counts;
    struct ut_fault fault = {0};
    struct ut_floor_link_state s = ut_floor_link_state(t->link);
    bool nobody = !s.up && s.error[0] != '\0' && now >= until - UT_MQTT_LAST_MS + UT_MQTT_NOBODY_MS;
    return now >= until || nobody || s.replaced || ut_floor_link_counts(t->link, &counts, &fault) != 0 ||
           counts.waiting == 0;
}

static void *work(void *ctx)
{
    struct mqtt *t = ctx;
    int64_t until = 0;
    uint64_t scores = 0;
    for (;;) {
        struct ut_fault fault = {0};
        int r = ut_floor_link_step(t->link, t->wake[0], until > 0 ? 50 : IDLE_MS, &fault);
        remark(t, &fault);
        bool closing = take_news(t);
        uint64_t sent = ut_floor_link_state(t->link).scores;
        if (closing && (until == 0 || sent != scores)) /* a recording's scores take their time */
            until = ut_clock_ms() + UT_MQTT_LAST_MS;
        scores = sent;
        if (closing && may_end(t, until))
            break;
        if (r != 0)
            (void)poll(NULL, 0, closing ? 50 : FAULT_MS);
    }
    return NULL;
}

static int open_mqtt(struct ut_sink *s, struct ut_fault *fault)
{
    struct mqtt *t = (struct mqtt *)s;
    t->link = ut_floor_link_new(&t->options, fault);
    if (t->link == NULL)
        return -1;
    if (pipe(t->wake) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no pipe for MQTT; close other programs");
    for (int i = 0; i < 2; i++) {
        (void)fcntl(t->wake[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(t->wake[i], F_SETFD, FD_CLOEXEC);
    }
    if (pthread_mutex_init(&t->mutex, NULL) != 0 || pthread_create(&t->thread, NULL, work, t) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no thread for MQTT; close other programs");
    t->running = true;
    return 0;
}

static void wake(struct mqtt *t)
{
    ssize_t n = write(t->wake[1], "", 1);
    (void)n; /* a full pipe wakes as well */
}

static int take_event(struct ut_sink *s, const struct ut_event *event)
{
    struct mqtt *t = (struct mqtt *)s;
    bool over = event->type == UT_EVENT_SESSION_COMPLETED || event->type == UT_EVENT_SESSION_FAILED;
    bool score = event->type == UT_EVENT_SCORE &&
                 (t->scored_ms < 0 || event->t_ms < t->scored_ms || event->t_ms - t->scored_ms >= UT_MQTT_SCORE_MS);
    if (event->sequence == 0 && !score)
        return 0;
    if (event->type == UT_EVENT_SESSION_STARTED)
        t->scored_ms = -1;
    char *line = score ? strdup(event->json) : NULL;
    if (score)
        t->scored_ms = event->t_ms;
    (void)pthread_mutex_lock(&t->mutex);
    (void)snprintf(t->session, sizeof t->session, "%s", over ? "" : event->session);
    if (line != NULL) {
        t->scores->replaced += t->score != NULL;
        free(t->score);
        t->score = line;
    }
    (void)pthread_mutex_unlock(&t->mutex);
    wake(t);
    return 0;
}

static int pass_remark(struct ut_sink *s, struct ut_fault *fault)
{
    struct mqtt *t = (struct mqtt *)s;
    char text[REMARKS][sizeof t->remark[0]], more[60];
    (void)fault;
    (void)pthread_mutex_lock(&t->mutex);
    int n = t->remarks;
    uint64_t unsaid = t->unsaid;
    memcpy(text, t->remark, (size_t)n * sizeof text[0]);
    t->remarks = 0;
    t->unsaid = 0;
    (void)pthread_mutex_unlock(&t->mutex);
    for (int i = 0; i < n; i++)
        ut_sinks_note(s->list, text[i]);
    (void)snprintf(more, sizeof more, "mqtt: %" PRIu64 " more remarks of this kind", unsaid);
    if (unsaid > 0)
        ut_sinks_note(s->list, more);
    return 0;
}

/* What an answer at the floor sets off is put on record: that comes to its end before the record does, whose last
 * checkpoint goes behind it. */
static void settle(struct ut_sink *s)
{
    struct mqtt *t = (struct mqtt *)s;
    if (!t->running)
        return;
    (void)pthread_mutex_lock(&t->mutex);
    t->closing = true;
    (void)pthread_mutex_unlock(&t->mutex);
    wake(t);
    (void)pthread_join(t->thread, NULL);
    t->running = false;
    t->settled = true;
}

static int close_mqtt(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct mqtt *t = (struct mqtt *)s;
    struct ut_outbox_counts counts;
    (void)keep;
    int r = 0;
    settle(s);
    if (t->settled) {
        ut_floor_link_leave(t->link);
        r = ut_floor_link_counts(t->link, &counts, fault);
        if (r == 0 && counts.waiting + counts.dead > 0) {
            struct ut_floor_link_state state = ut_floor_link_state(t->link);
            char left[UT_OUTBOX_LEFT];
            ut_outbox_left(&counts, "the next run sends them, or `undertone outbox send --mqtt`", " --mqtt", left);
            ut_note("mqtt %s: %s", state.host, left);
        }
        (void)pthread_mutex_destroy(&t->mutex);
    }
    for (int i = 0; i < 2; i++)
        if (t->wake[i] >= 0)
            (void)close(t->wake[i]);
    ut_floor_link_free(t->link);
    t->scores->no_link += t->score != NULL;
    free(t->score);
    free(t);
    return r;
}

struct ut_sink *ut_mqtt_sink(const struct ut_floor_link_options *options)
{
    static const struct ut_sink_kind KIND = {
        .open = open_mqtt, .event = take_event, .flush = pass_remark, .settle = settle, .close = close_mqtt};
    struct mqtt *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    *t = (struct mqtt){.sink = {.kind = &KIND}, .options = *options, .wake = {-1, -1}, .scored_ms = -1};
    t->options.remark = hear_remark;
    t->options.remark_ctx = t;
    t->scores = options->live != NULL ? options->live : &t->own;
    return &t->sink;
}
