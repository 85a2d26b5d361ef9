/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/courier.h"

#include "host-tools/sinks/event_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/rounds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
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
        (void)ut_fault_no_memory(fault);
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
        round->gone = true;
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
    struct ut_rounds rounds;
    bool played, failing;
};

/* Of a failure or its end, once. */
static void tell(struct thread *t, const struct ut_courier_round *round, const struct ut_fault *fault)
{
    bool failing = round->failed > 0 || fault->code != 0;
    const char *host = ut_courier_host(t->courier);
    char remark[UT_ROUNDS_REMARK] = "";
    if (failing && !t->failing)
        (void)snprintf(remark, sizeof remark, "webhook %s: %.110s; events %s", host,
                       fault->code != 0 ? fault->text : round->error,
                       round->gone ? "are dead in the outbox until `undertone outbox revive`"
                                   : "wait in the outbox and are tried again");
    else if (!failing && t->failing && round->taken > 0)
        (void)snprintf(remark, sizeof remark, "webhook %s: takes events again", host);
    if (remark[0] != '\0')
        ut_rounds_say(&t->rounds, remark);
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

static int64_t work(void *ctx, atomic_int *stop)
{
    struct thread *t = ctx;
    struct ut_courier_round round;
    struct ut_fault fault = {0};
    if (ut_courier_round(t->courier, stop, &round, &fault) < 0 || round.failed > 0 || round.taken > 0)
        tell(t, &round, &fault);
    return fault.code != 0 ? FAULT_MS : pause_ms(t);
}

static int open_courier(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    t->courier = ut_courier_new(&t->options, fault);
    if (t->courier == NULL)
        return -1;
    return ut_rounds_begin(&t->rounds, work, t) == 0
               ? 0
               : ut_fault_set(fault, UT_EXIT_FAILURE, "no thread for the webhook; close other programs");
}

static int note_recording(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    (void)recording;
    ((struct thread *)s)->played = true;
    return 0;
}

static int wake(struct ut_sink *s, const struct ut_event *event)
{
    if (event->sequence > 0)
        ut_rounds_wake(&((struct thread *)s)->rounds);
    return 0;
}

static int pass_remark(struct ut_sink *s, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    char remark[UT_ROUNDS_REMARK];
    (void)fault;
    ut_rounds_heard(&t->rounds, remark);
    if (remark[0] != '\0' && !t->played)
        ut_sinks_note(s->list, remark);
    return 0;
}

/* What was not tried yet has a while; then what is under way ends. */
static int close_courier(struct ut_sink *s, bool keep, struct ut_fault *fault)
{
    struct thread *t = (struct thread *)s;
    struct ut_outbox_counts counts;
    (void)keep;
    int r = 0;
    if (t->rounds.running) {
        ut_rounds_end(&t->rounds, UT_COURIER_LAST_MS);
        r = ut_courier_counts(t->courier, &counts, fault);
        if (r == 0 && counts.waiting + counts.dead > 0) {
            char left[UT_OUTBOX_LEFT];
            ut_outbox_left(&counts, "`undertone outbox send` tries again", "", left);
            ut_note("webhook %s: %s", ut_courier_host(t->courier), left);
        }
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
