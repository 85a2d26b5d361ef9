/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/store.h"

#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/event_table.h"
#include "host-tools/sinks/floor_link.h"
#include "host-tools/sinks/score_table.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/grow.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 1000,       /* of an event for other programs: the call goes on meanwhile */
    LAST_WAIT_MS = 10000, /* of the last attempt */
    SCORES = 500          /* so many are stored together, when no event comes before */
};

struct kept {
    char *session, *contact_id, *json;
    json_t *follows; /* NULL = nothing */
    enum ut_event_type type;
    int64_t sequence, start_ms, at_ms;
};

struct store {
    struct ut_sink sink;
    const char *path, *receiver[UT_STORE_RECEIVERS + 1]; /* closed by NULL */
    struct ut_database *database;
    const struct ut_store_follow *follow;
    struct kept *kept; /* not stored yet, in order */
    size_t count, room;
    int lost;              /* there was no room to keep them */
    int told;              /* the fault's code that was remarked upon last */
    bool erased;           /* something was: the log is to forget it too */
    bool played;           /* a recording: nobody waits, and the close says it */
    bool to_floor;         /* among the receivers: of a recording it gets the scores too */
    struct ut_fault fault; /* of the last attempt */
    struct ut_fault other; /* the session was there with other events: nothing more of it is stored */
    char refused[UT_EVENTS_SESSION];
};

static int open_store(struct ut_sink *s, struct ut_fault *fault)
{
    struct store *own = (struct store *)s;
    own->database = ut_database_open(own->path, &ut_event_table_kind, true, fault);
    if (own->database == NULL)
        return -1;
    ut_database_wait(own->database, WAIT_MS);
    return 0;
}

static int note_recording(struct ut_sink *s, const struct ut_sink_recording *recording)
{
    (void)recording;
    ((struct store *)s)->played = true;
    return 0;
}

static void forget(struct kept *k)
{
    free(k->session);
    free(k->contact_id);
    free(k->json);
    json_decref(k->follows);
}

static void keep(struct store *s, const struct ut_event *e)
{
    struct kept k = {.type = e->type,
                     .sequence = e->sequence,
                     .start_ms = e->start_ms,
                     .at_ms = e->start_ms + e->t_ms,
                     .session = strdup(e->session),
                     .contact_id = strdup(e->contact_id),
                     .json = strdup(e->json),
                     .follows = s->follow != NULL ? s->follow->of(s->follow->ctx, e) : NULL};
    struct kept *grown = s->count < UT_STORE_KEPT ? ut_grow(s->kept, &s->room, s->count + 1, sizeof *s->kept) : NULL;
    if (grown != NULL)
        s->kept = grown;
    if (k.session != NULL && k.contact_id != NULL && k.json != NULL && grown != NULL) {
        s->kept[s->count++] = k;
        return;
    }
    forget(&k);
    s->lost++;
}

static int put(struct store *s, const struct kept *k, int64_t now, struct ut_fault *fault)
{
    bool over = k->type == UT_EVENT_SESSION_COMPLETED || k->type == UT_EVENT_SESSION_FAILED;
    const struct ut_event_row row = {.session = k->session,
                                     .contact_id = k->contact_id,
                                     .type = ut_event_type_name(k->type),
                                     .json = k->json,
                                     .sequence = k->sequence,
                                     .start_ms = k->start_ms,
                                     .at_ms = k->at_ms,
                                     .state = k->type == UT_EVENT_SESSION_COMPLETED ? "COMPLETED"
                                              : k->type == UT_EVENT_SESSION_FAILED  ? "FAILED"
                                                                                    : NULL};
    if (strcmp(s->refused, k->session) == 0)
        return 0;
    if (k->type == UT_EVENT_SCORE)
        return ut_score_table_put(s->database, k->session, k->at_ms - k->start_ms, k->json, fault);
    int r = ut_event_table_put(s->database, &row, now, fault);
    if (r == 1 && k->type == UT_EVENT_SESSION_REFUSED) {
        s->erased = true;
        if (ut_event_table_unscore(s->database, k->session, fault) != 0 ||
            ut_action_forget(s->database, k->session, fault) != 0)
            return -1;
    }
    for (const char **to = s->receiver; r >= 0 && *to != NULL; to++)
        if (ut_outbox_add(s->database, *to, k->session, k->sequence, now, fault) != 0)
            return -1;
    if (r >= 0 && over && s->to_floor && s->played &&
        ut_score_table_settle(s->database, UT_FLOOR_RECEIVER, k->session, fault) != 0)
        return -1;
    if (r == 1 && k->follows != NULL && s->follow->put(s->follow->ctx, s->database, k->follows, fault) != 0)
        return -1;
    if (r >= 0 || fault->code != UT_EXIT_STORE_OTHER)
        return r < 0 ? -1 : 0;
    (void)snprintf(s->refused, sizeof s->refused, "%s", k->session);
    s->other = *fault;
    return 0;
}

/* All that is kept, in one transaction. 0, or -1 and s->fault. */
static int commit(struct store *s)
{
    int64_t now = ut_clock_unix_ms();
    struct ut_fault undone;
    s->fault = (struct ut_fault){0};
    int r = ut_database_do(s->database, &s->fault, "BEGIN IMMEDIATE", "");
    if (r != 0)
        return -1;
    for (size_t i = 0; i < s->count && r == 0; i++)
        r = put(s, &s->kept[i], now, &s->fault);
    if (r == 0)
        r = ut_database_do(s->database, &s->fault, "COMMIT", "");
    if (r != 0) {
        (void)ut_database_do(s->database, &undone, "ROLLBACK", "");
        return -1;
    }
    for (size_t i = 0; i < s->count; i++)
        forget(&s->kept[i]);
    s->count = 0;
    if (s->erased && ut_database_settle(s->database, &undone) == 0)
        s->erased = false; /* else another program reads the log: with the next event */
    return 0;
}

/* What is new is remarked upon, not each event. */
static void remark(struct store *s)
{
    const struct ut_fault *fault = s->fault.code != 0 ? &s->fault : &s->other;
    if (fault->code != s->told && fault->code != 0 && !s->played)
        ut_sinks_note(s->sink.list, fault->text);
    s->told = fault->code;
}

static int put_event(struct ut_sink *sink, const struct ut_event *event)
{
    struct store *s = (struct store *)sink;
    bool score = event->type == UT_EVENT_SCORE && s->to_floor && s->played;
    if (event->sequence == 0 && !score)
        return 0;
    keep(s, event);
    if (score && s->count % SCORES != 0)
        return 0;
    (void)commit(s);
    remark(s);
    return 0;
}

static int close_store(struct ut_sink *sink, bool keep, struct ut_fault *fault)
{
    struct store *s = (struct store *)sink;
    int r = 0;
    (void)keep;
    if (s->count > 0) {
        ut_database_wait(s->database, LAST_WAIT_MS);
        (void)commit(s);
    }
    if (s->count > 0 || s->lost > 0)
        r = ut_fault_set(fault, s->fault.code != 0 ? s->fault.code : UT_EXIT_FAILURE,
                         "%.400s; %zu events of calls are not in the store",
                         s->fault.code != 0 ? s->fault.text : "not enough memory", s->count + (size_t)s->lost);
    else if (s->other.code != 0) {
        *fault = s->other;
        r = -1;
    }
    for (size_t i = 0; i < s->count; i++)
        forget(&s->kept[i]);
    free(s->kept);
    ut_database_close(s->database);
    free(s);
    return r;
}

void ut_store_sink_follow(struct ut_sink *store, const struct ut_store_follow *follow)
{
    ((struct store *)store)->follow = follow;
}

struct ut_sink *ut_store_sink(const char *path, const char *const *receivers)
{
    static const struct ut_sink_kind KIND = {
        .open = open_store, .recording = note_recording, .event = put_event, .close = close_store};
    struct store *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (struct store){.sink = {.kind = &KIND}, .path = path};
    for (int i = 0; receivers != NULL && receivers[i] != NULL && i < UT_STORE_RECEIVERS; i++)
        s->receiver[i] = receivers[i];
    for (const char **to = s->receiver; *to != NULL; to++)
        s->to_floor = s->to_floor || strcmp(*to, UT_FLOOR_RECEIVER) == 0;
    return &s->sink;
}
