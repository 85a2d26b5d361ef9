/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/courier.h"

#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    IDLE_MS = 60000, /* at least this often the outbox is looked at: another program may fill it */
    FAULT_MS = 2000  /* after a fault of the store */
};

struct ut_courier {
    struct ut_signature_keys keys;
    char host[UT_WEBHOOK_HOST];
    struct ut_database *database;
    struct ut_webhook *webhook;
};

struct ut_courier *ut_courier_new(const struct ut_courier_options *o, struct ut_fault *fault)
{
    struct ut_courier *c = calloc(1, sizeof *c);
    if (c == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_FAILURE, "not enough memory; close other programs");
        return NULL;
    }
    if (ut_webhook_check(o->url, "[webhook] url", c->host, fault) != 0 ||
        ut_signature_keys_read(&c->keys, o->key_file, fault) != 0 ||
        (c->database = ut_database_open(o->store, &ut_event_table_kind, true, fault)) == NULL ||
        (c->webhook = ut_webhook_new(o->url, o->ca_file, &c->keys, fault)) == NULL) {
        ut_courier_free(c);
        return NULL;
    }
    return c;
}

void ut_courier_free(struct ut_courier *c)
{
    if (c == NULL)
        return;
    ut_webhook_free(c->webhook);
    ut_database_close(c->database);
    explicit_bzero(&c->keys, sizeof c->keys);
    free(c);
}

const char *ut_courier_host(const struct ut_courier *c)
{
    return c->host;
}

static uint32_t chance(void)
{
    uint32_t x = 0;
    (void)getentropy(&x, sizeof x);
    return x;
}

/* One event. 0, or -1 and *fault of the store. */
static int carry(struct ut_courier *c, const struct ut_outbox_row *row, atomic_int *stop,
                 struct ut_courier_round *round, struct ut_fault *fault)
{
    struct ut_webhook_answer answer;
    int64_t again = ut_outbox_delay_ms(row->tries + 1, chance());
    enum ut_webhook_result result =
        ut_webhook_post(c->webhook, row->session, row->sequence, row->json, ut_clock_unix_ms() / 1000, stop, &answer);
    int r = 0;
    switch (result) {
    case UT_WEBHOOK_TAKEN:
        round->taken++;
        return ut_outbox_sent(c->database, UT_COURIER_RECEIVER, row, fault);
    case UT_WEBHOOK_STOPPED:
        return ut_outbox_untake(c->database, UT_COURIER_RECEIVER, row, fault);
    case UT_WEBHOOK_GONE:
        r = ut_outbox_stop(c->database, UT_COURIER_RECEIVER, answer.error, fault);
        break;
    case UT_WEBHOOK_FAILED:
        if (answer.retry_after_ms > again)
            again = answer.retry_after_ms;
        r = ut_outbox_again(c->database, UT_COURIER_RECEIVER, row, ut_clock_unix_ms(), again, answer.error, fault);
        break;
    }
    round->failed++;
    (void)snprintf(round->error, sizeof round->error, "%s", answer.error);
    return r;
}

int ut_courier_round(struct ut_courier *c, atomic_int *stop, struct ut_courier_round *round, struct ut_fault *fault)
{
    struct ut_outbox_row row;
    int r = 0;
    *round = (struct ut_courier_round){0};
    while (r == 0 && atomic_load(stop) == 0) {
        int got = ut_outbox_take(c->database, UT_COURIER_RECEIVER, ut_clock_unix_ms(), &row, fault);
        if (got <= 0)
            return got < 0 ? -1 : round->taken;
        r = carry(c, &row, stop, round, fault);
        free(row.json);
    }
    return r != 0 ? -1 : round->taken;
}

int ut_courier_hurry(struct ut_courier *c, struct ut_fault *fault)
{
    return ut_outbox_hurry(c->database, UT_COURIER_RECEIVER, ut_clock_unix_ms(), fault);
}

int ut_courier_counts(struct ut_courier *c, struct ut_outbox_counts *counts, struct ut_fault *fault)
{
    return ut_outbox_counts(c->database, UT_COURIER_RECEIVER, counts, fault);
}

struct thread {
    struct ut_sink sink;
    struct ut_courier_options options;
    struct ut_courier *courier;
    pthread_t thread;
    bool running, played, failing;
    atomic_int stop; /* what is under way ends */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex */
    bool woken, closing, ended;
    char remark[UT_WEBHOOK_HOST + UT_WEBHOOK_ERROR + 100]; /* for the call's own thread; "" = none */
};

/* Of a failure or its end, once. */
static void tell(struct thread *t, const struct ut_courier_round *round, const struct ut_fault *fault)
{
    bool failing = round->failed > 0 || fault->code != 0;
    const char *host = ut_courier_host(t->courier);
    (void)pthread_mutex_lock(&t->mutex);
    if (failing && !t->failing)
        (void)snprintf(t->remark, sizeof t->remark, "webhook %s: %.110s; events wait in the outbox and are tried again",
                       host, fault->code != 0 ? fault->text : round->error);
    else if (!failing && t->failing && round->taken > 0)
        (void)snprintf(t->remark, sizeof t->remark, "webhook %s: takes events again", host);
    (void)pthread_mutex_unlock(&t->mutex);
    if (failing || round->taken > 0)
        t->failing = failing;
}

/* When the outbox is looked at next, in ms from now. */
static int64_t pause_ms(struct thread *t)
{
    struct ut_outbox_counts counts;
    struct ut_fault fault = {0};
    if (ut_courier_counts(t->courier, &counts, &fault) != 0)
        return FAULT_MS;
    int64_t ms = counts.due_ms < 0 ? IDLE_MS : counts.due_ms - ut_clock_unix_ms();
    return ms < 0 ? 0 : ms < IDLE_MS ? ms : IDLE_MS;
}

/* Until there is something new, the call closes, or the time is over. True when it closes. */
static bool wait_for_work(struct thread *t, int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&t->mutex);
    while (!t->woken && !t->closing && pthread_cond_timedwait(&t->changed, &t->mutex, &until) == 0)
        continue;
    t->woken = false;
    bool closing = t->closing;
    (void)pthread_mutex_unlock(&t->mutex);
    return closing;
}

static void *work(void *ctx)
{
    struct thread *t = ctx;
    bool closing = false;
    for (bool last = false; !last;) {
        struct ut_courier_round round;
        struct ut_fault fault = {0};
        last = closing; /* one round more after the last event */
        if (ut_courier_round(t->courier, &t->stop, &round, &fault) < 0 || round.failed > 0 || round.taken > 0)
            tell(t, &round, &fault);
        if (!last)
            closing = wait_for_work(t, fault.code != 0 ? FAULT_MS : pause_ms(t));
    }
    (void)pthread_mutex_lock(&t->mutex);
    t->ended = true;
    (void)pthread_cond_broadcast(&t->changed);
    (void)pthread_mutex_unlock(&t->mutex);
    return NULL;
}

static int open_courier(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    pthread_condattr_t monotonic;
    t->courier = ut_courier_new(&t->options, fault);
    if (t->courier == NULL)
        return -1;
    if (pthread_condattr_init(&monotonic) != 0 || pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) != 0 ||
        pthread_mutex_init(&t->mutex, NULL) != 0 || pthread_cond_init(&t->changed, &monotonic) != 0 ||
        pthread_create(&t->thread, NULL, work, t) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no thread for the webhook; close other programs");
    t->running = true;
    return 0;
}

static int note_recording(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    (void)recording;
    ((struct thread *)s)->played = true;
    return 0;
}

static int wake(struct ut_sink *s, const struct ut_event *event)
{
    struct thread *t = (struct thread *)s;
    if (event->sequence == 0)
        return 0;
    (void)pthread_mutex_lock(&t->mutex);
    t->woken = true;
    (void)pthread_cond_broadcast(&t->changed);
    (void)pthread_mutex_unlock(&t->mutex);
    return 0;
}

static int pass_remark(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    char remark[sizeof t->remark];
    (void)fault;
    (void)pthread_mutex_lock(&t->mutex);
    memcpy(remark, t->remark, sizeof remark);
    t->remark[0] = '\0';
    (void)pthread_mutex_unlock(&t->mutex);
    if (remark[0] != '\0' && !t->played)
        ut_sinks_note(s->list, remark);
    return 0;
}

/* What was not tried yet has a while; then what is under way ends. */
static void end_thread(struct thread *t)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += UT_COURIER_LAST_MS / 1000;
    (void)pthread_mutex_lock(&t->mutex);
    t->closing = true;
    (void)pthread_cond_broadcast(&t->changed);
    while (!t->ended && pthread_cond_timedwait(&t->changed, &t->mutex, &until) == 0)
        continue;
    (void)pthread_mutex_unlock(&t->mutex);
    atomic_store(&t->stop, 1);
    (void)pthread_join(t->thread, NULL);
}

static int close_courier(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    struct ut_outbox_counts counts;
    (void)keep;
    int r = 0;
    if (t->running) {
        end_thread(t);
        r = ut_courier_counts(t->courier, &counts, fault);
        if (r == 0 && counts.waiting + counts.dead > 0)
            ut_note("webhook %s: %" PRId64 " events wait in the outbox%s%s; `undertone outbox send` tries again",
                    ut_courier_host(t->courier), counts.waiting + counts.dead, counts.error[0] != '\0' ? ": " : "",
                    counts.error);
        (void)pthread_cond_destroy(&t->changed);
        (void)pthread_mutex_destroy(&t->mutex);
    }
    ut_courier_free(t->courier);
    free(t);
    return r;
}

struct ut_sink *ut_courier_sink(const struct ut_courier_options *options)
{
    static const struct ut_sink_kind KIND = {
        .open = open_courier, .recording = note_recording, .event = wake, .flush = pass_remark, .close = close_courier};
    struct thread *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->sink.kind = &KIND;
    t->options = *options;
    return &t->sink;
}
