/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ingest.h"

#include "host-tools/serve/checkpoints.h"
#include "host-tools/system/identity.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1 << 15 }; /* of devices, three times as many as there may be */

static const int64_t NOT_TOLD = INT64_MIN;

struct device {
    char name[UT_FLOOR_NAME]; /* "" = a free slot */
    int64_t milli;            /* messages that it may send at once, in thousandths */
    int64_t at_ms;
    int64_t skew_ms[2]; /* the most that its clock was ahead of this one by what it sent (below 0: behind), in this
                           piece of time and the last one; NOT_TOLD = nothing did */
};

struct ut_ingest {
    struct ut_ingest_options options;
    struct ut_ingest_counts counts;
    struct ut_ledger_event event[UT_INGEST_BATCH];
    size_t count;
    struct device *device;
    int devices;
    int64_t turned_ms; /* when this piece of time began */
};

const char *ut_ingest_reason_name(enum ut_ingest_reason reason)
{
    static const char *const names[UT_INGEST_REASONS] = {"topic",   "size",  "json",       "envelope",
                                                         "type",    "data",  "rate",       "ahead",
                                                         "foreign", "stale", "checkpoint", "store"};
    return names[reason];
}

struct ut_ingest *ut_ingest_new(const struct ut_ingest_options *options)
{
    struct ut_ingest *i = calloc(1, sizeof *i);
    if (i == NULL)
        return NULL;
    i->options = *options;
    i->device = calloc(SLOTS, sizeof *i->device);
    if (i->device != NULL)
        return i;
    free(i);
    return NULL;
}

static void forget(struct ut_ingest *i)
{
    for (size_t k = 0; k < i->count; k++)
        free((char *)i->event[k].json);
    i->count = 0;
}

void ut_ingest_free(struct ut_ingest *i)
{
    if (i == NULL)
        return;
    forget(i);
    free(i->device);
    free(i);
}

/* Its slot, by FNV-1a; NULL when there are too many. */
static struct device *find(struct ut_ingest *i, const char *name, int64_t now)
{
    uint32_t hash = 2166136261u;
    for (const char *at = name; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    struct device *d = &i->device[hash % SLOTS];
    while (d->name[0] != '\0' && strcmp(d->name, name) != 0)
        d = d + 1 < i->device + SLOTS ? d + 1 : i->device;
    if (d->name[0] != '\0')
        return d;
    if (i->devices == UT_INGEST_DEVICES)
        return NULL;
    i->devices++;
    (void)snprintf(d->name, sizeof d->name, "%s", name);
    d->milli = 1000LL * UT_INGEST_BURST;
    d->at_ms = now;
    d->skew_ms[0] = d->skew_ms[1] = NOT_TOLD;
    return d;
}

static bool may_speak(struct device *d, int64_t now)
{
    if (d == NULL)
        return false;
    d->milli += (now - d->at_ms) * UT_INGEST_RATE;
    if (d->milli > 1000LL * UT_INGEST_BURST)
        d->milli = 1000LL * UT_INGEST_BURST;
    d->at_ms = now;
    if (d->milli < 1000)
        return false;
    d->milli -= 1000;
    return true;
}

static int reject(struct ut_ingest *i, enum ut_ingest_reason reason)
{
    i->counts.rejected[reason]++;
    return 0;
}

/* A session that will never be taken: its desk need not try on. */
static void refuse(struct ut_ingest *i, const char *device, const char *session, const char *why)
{
    struct ut_floor_ack ack = {0};
    if (session[0] == '\0')
        return;
    (void)snprintf(ack.session, sizeof ack.session, "%s", session);
    (void)snprintf(ack.refused, sizeof ack.refused, "%s", why);
    i->options.ack(i->options.ctx, device, &ack);
}

static int take_status(struct ut_ingest *i, const char *device, const char *bytes, size_t n, bool retained,
                       int64_t unix_ms, struct ut_fault *fault)
{
    struct ut_floor_status status;
    if (n == 0)
        return 0; /* what was retained is taken back */
    if (ut_floor_status_parse(bytes, n, &status) != 0)
        return reject(i, UT_INGEST_JSON);
    status.retained = retained;
    int r = i->options.ledger->kind->status(i->options.ledger, device, &status, unix_ms, fault);
    if (r == 0)
        return reject(i, UT_INGEST_STALE);
    return r < 0 ? -1 : 0;
}

static int take_checkpoint(struct ut_ingest *i, const char *device, const char *bytes, size_t n, int64_t unix_ms,
                           struct ut_fault *fault)
{
    struct ut_floor_checkpoint said;
    if (n == 0)
        return 0; /* what was retained is taken back */
    if (ut_floor_checkpoint_parse(bytes, n, &said) != 0)
        return reject(i, UT_INGEST_JSON);
    struct ut_fault own;
    const char *why = ut_checkpoints_take(i->options.ledger, device, &said, unix_ms, &own);
    if (own.code == 0 && i->options.checkpoint != NULL)
        i->options.checkpoint(i->options.ctx, device, why);
    if (why != NULL)
        return reject(i, UT_INGEST_CHECKPOINT);
    if (own.code == 0)
        return 0;
    *fault = own;
    return -1;
}

static int take_rollout(struct ut_ingest *i, const char *device, const char *bytes, size_t n, int64_t unix_ms,
                        struct ut_fault *fault)
{
    struct ut_floor_rollout_report said;
    struct ut_ledger *l = i->options.ledger;
    if (n == 0)
        return 0; /* what was retained is taken back */
    if (ut_floor_rollout_report_parse(bytes, n, &said) != 0)
        return reject(i, UT_INGEST_JSON);
    int news = l->kind->report_rollout(l, device, &said, unix_ms, fault);
    if (news == 1 && i->options.rollout != NULL)
        i->options.rollout(i->options.ctx, device, &said);
    return news < 0 ? -1 : 0;
}

/* A session's name that a call in progress gave itself: a UUID of version 7. */
static bool in_progress(const char *session)
{
    return strlen(session) >= UT_IDENTITY_UUID - 1 && session[8] == '-' && session[13] == '-' && session[14] == '7';
}

/* What is dated ahead has no reason but a clock. What comes late has others, such as an outbox, but for scores of a
 * call in progress: those are sent when they are made or not at all. The one that was on its way the least tells. */
static void see_clock(struct device *d, const struct ut_payload *about, int64_t unix_ms)
{
    int64_t skew = about->at_ms - unix_ms;
    bool told = skew > 0 || (about->type == UT_EVENT_SCORE && in_progress(about->session));
    if (told && skew > d->skew_ms[0])
        d->skew_ms[0] = skew;
}

void ut_ingest_turn(struct ut_ingest *i, int64_t now)
{
    if (now - i->turned_ms < UT_INGEST_SKEW_MS)
        return;
    for (int k = 0; k < SLOTS; k++) {
        i->device[k].skew_ms[1] = i->device[k].skew_ms[0];
        i->device[k].skew_ms[0] = NOT_TOLD;
    }
    i->turned_ms = now;
}

int64_t ut_ingest_skew_ms(const struct ut_ingest *i)
{
    int64_t most = 0;
    for (const struct device *d = i->device; d < i->device + SLOTS; d++) {
        int64_t skew = d->skew_ms[0] > d->skew_ms[1] ? d->skew_ms[0] : d->skew_ms[1];
        if (d->name[0] != '\0' && skew != NOT_TOLD && (skew < 0 ? -skew : skew) > (most < 0 ? -most : most))
            most = skew;
    }
    return most;
}

/* About a call of that device which the ledger has; one that it has not yet is asked again. */
static int take_question(struct ut_ingest *i, const char *device, const char *bytes, size_t n, struct ut_fault *fault)
{
    struct ut_floor_question question;
    char owner[UT_FLOOR_NAME];
    if (ut_floor_question_parse(bytes, n, &question) != 0)
        return reject(i, UT_INGEST_JSON);
    if (i->options.asked == NULL)
        return 0;
    int found = ut_ledger_desk_of(i->options.ledger, question.session, owner, fault);
    if (found <= 0)
        return found;
    if (strcmp(owner, device) != 0)
        return reject(i, UT_INGEST_FOREIGN);
    i->options.asked(i->options.ctx, device, &question);
    return 0;
}

static int take_event(struct ut_ingest *i, const struct ut_floor_topic *topic, struct device *device, const char *bytes,
                      size_t n, int64_t unix_ms)
{
    static const enum ut_ingest_reason reason[] = {UT_INGEST_REASONS,  UT_INGEST_SIZE, UT_INGEST_JSON,
                                                   UT_INGEST_ENVELOPE, UT_INGEST_TYPE, UT_INGEST_DATA};
    struct ut_ledger_event *e = &i->event[i->count];
    enum ut_payload_fault wrong = ut_payload_parse(bytes, n, topic->kind, &e->about);
    if (wrong != UT_PAYLOAD_FINE) {
        refuse(i, topic->device, e->about.session, ut_payload_fault_name(wrong));
        return reject(i, reason[wrong]);
    }
    see_clock(device, &e->about, unix_ms);
    e->json = strndup(bytes, n);
    if (e->json == NULL)
        return reject(i, UT_INGEST_STORE);
    (void)snprintf(e->device, sizeof e->device, "%s", topic->device);
    i->count++;
    return i->count == UT_INGEST_BATCH;
}

static bool is_said_by_desks(enum ut_floor_kind kind)
{
    return kind != UT_FLOOR_ACK && kind != UT_FLOOR_ANSWER && kind != UT_FLOOR_OUTCOME && kind != UT_FLOOR_RECEIPT;
}

int ut_ingest_message(struct ut_ingest *i, const char *topic, const char *bytes, size_t n, bool retained, int64_t now,
                      int64_t unix_ms, struct ut_fault *fault)
{
    struct ut_floor_topic t;
    if (ut_floor_topic_parse(topic, &t) != 0 || strcmp(t.site, i->options.site) != 0 || !is_said_by_desks(t.kind))
        return reject(i, UT_INGEST_TOPIC);
    struct device *d = find(i, t.device, now);
    if (!may_speak(d, now))
        return reject(i, UT_INGEST_RATE_LIMIT);
    if (t.kind == UT_FLOOR_STATUS)
        return take_status(i, t.device, bytes, n, retained, unix_ms, fault);
    if (t.kind == UT_FLOOR_AUDIT)
        return take_checkpoint(i, t.device, bytes, n, unix_ms, fault);
    if (t.kind == UT_FLOOR_ROLLOUT)
        return take_rollout(i, t.device, bytes, n, unix_ms, fault);
    if (t.kind == UT_FLOOR_ASK)
        return take_question(i, t.device, bytes, n, fault);
    if (i->count == UT_INGEST_BATCH && ut_ingest_commit(i, unix_ms, fault) < 0)
        return -1;
    return take_event(i, &t, d, bytes, n, unix_ms);
}

static void count(struct ut_ingest *i, const struct ut_ledger_event *e)
{
    switch (e->result) {
    case UT_LEDGER_NEW:
        if (e->about.type == UT_EVENT_SCORE)
            i->counts.scores++;
        else
            i->counts.taken++;
        break;
    case UT_LEDGER_AGAIN:
        i->counts.again++;
        break;
    case UT_LEDGER_TOO_FAR:
        (void)reject(i, UT_INGEST_AHEAD);
        break;
    case UT_LEDGER_FOREIGN:
        (void)reject(i, UT_INGEST_FOREIGN);
        break;
    }
}

/* One of each session: the last of the batch, since all of them say the same. */
static void acknowledge(struct ut_ingest *i, size_t k)
{
    const struct ut_ledger_event *e = &i->event[k];
    struct ut_floor_ack ack = {.sequence = e->contiguous};
    if (e->about.type == UT_EVENT_SCORE)
        return;
    if (e->result == UT_LEDGER_FOREIGN) {
        refuse(i, e->device, e->about.session, "the session is another device's");
        return;
    }
    for (size_t later = k + 1; later < i->count; later++)
        if (i->event[later].about.type != UT_EVENT_SCORE && i->event[later].result != UT_LEDGER_FOREIGN &&
            strcmp(i->event[later].about.session, e->about.session) == 0)
            return;
    (void)snprintf(ack.session, sizeof ack.session, "%s", e->about.session);
    i->options.ack(i->options.ctx, e->device, &ack);
}

int ut_ingest_commit(struct ut_ingest *i, int64_t unix_ms, struct ut_fault *fault)
{
    struct ut_ledger *l = i->options.ledger;
    int n = (int)i->count;
    if (n == 0)
        return 0;
    if (l->kind->take(l, i->event, i->count, unix_ms, fault) != 0) {
        i->counts.rejected[UT_INGEST_STORE] += i->count;
        forget(i);
        return -1;
    }
    i->counts.commits++;
    for (size_t k = 0; k < i->count; k++) {
        count(i, &i->event[k]);
        acknowledge(i, k);
        if (i->options.taken != NULL && i->event[k].result == UT_LEDGER_NEW)
            i->options.taken(i->options.ctx, &i->event[k]);
    }
    forget(i);
    return n;
}

size_t ut_ingest_waiting(const struct ut_ingest *i)
{
    return i->count;
}

const struct ut_ingest_counts *ut_ingest_counts(const struct ut_ingest *i)
{
    return &i->counts;
}
