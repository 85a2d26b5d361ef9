/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/cues/rules.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/database.h"
#include "host-tools/system/timestamp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t DAY_MS = 86400000;

#define CHECKPOINT                                                                                                     \
    "checkpoint(device TEXT NOT NULL, n INTEGER NOT NULL, verifier TEXT NOT NULL, root TEXT NOT NULL, note TEXT NOT "  \
    "NULL, received INTEGER NOT NULL, PRIMARY KEY(device, n)) STRICT, WITHOUT ROWID;"

/* Of version 2: roll-outs, and what they are judged by. An index of some rows takes their type as a literal. */
_Static_assert(UT_EVENT_CUE_OPENED == 6, "the type of cues in SQL");
#define ROLLOUTS                                                                                                       \
    "CREATE INDEX progress_received ON progress(received); CREATE INDEX event_cue ON event(session) WHERE type = 6;"   \
    "CREATE TABLE rollout(number INTEGER NOT NULL, ring INTEGER NOT NULL, share INTEGER NOT NULL, state TEXT NOT "     \
    "NULL CHECK(state IN ('waiting', 'open', 'passed', 'stopped')), hold_s INTEGER NOT NULL, opened INTEGER, changed " \
    "INTEGER NOT NULL, note TEXT NOT NULL, why TEXT NOT NULL, changed_by TEXT NOT NULL, recorded TEXT NOT NULL, "      \
    "PRIMARY KEY(number, ring)) STRICT, WITHOUT ROWID;"                                                                \
    "CREATE TABLE rollout_file(sha256 TEXT NOT NULL, number INTEGER NOT NULL, bytes INTEGER NOT NULL, hex TEXT "       \
    "NOT NULL, PRIMARY KEY(sha256, number)) STRICT;"                                                                   \
    "CREATE TABLE device_rollout(device TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL, state INTEGER NOT NULL, "  \
    "why TEXT NOT NULL, boot TEXT NOT NULL, since INTEGER NOT NULL, taken INTEGER) STRICT, WITHOUT ROWID;"

static const char *const upgrade[] = {"ALTER TABLE device ADD COLUMN lost INTEGER;"
                                      "CREATE TABLE IF NOT EXISTS " CHECKPOINT ROLLOUTS};

/* "Undf" as a number owns the file. Times are Unix times in ms. */
const struct ut_database_kind ut_ledger_table_kind = {
    .what = "a ledger of a floor",
    .owner = 0x556E6466,
    .version = 2,
    .upgrade = upgrade,
    .schema = "CREATE TABLE device(device TEXT PRIMARY KEY NOT NULL, state INTEGER NOT NULL, boot TEXT NOT NULL,"
              " connection INTEGER NOT NULL, session TEXT NOT NULL, since INTEGER NOT NULL, lost INTEGER) STRICT,"
              " WITHOUT ROWID;"
              "CREATE TABLE progress(session TEXT PRIMARY KEY NOT NULL, device TEXT NOT NULL, contact TEXT NOT NULL,"
              " boot TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, received INTEGER NOT NULL,"
              " contiguous INTEGER NOT NULL, newest INTEGER NOT NULL, state TEXT NOT NULL"
              " CHECK(state IN ('IN_PROGRESS', 'COMPLETED', 'FAILED', 'LOST'))) STRICT, WITHOUT ROWID;"
              "CREATE INDEX progress_device ON progress(device, state);"
              "CREATE INDEX progress_ended ON progress(ended);"
              "CREATE TABLE event(n INTEGER PRIMARY KEY AUTOINCREMENT,"
              " session TEXT NOT NULL REFERENCES progress ON DELETE CASCADE, sequence INTEGER NOT NULL,"
              " type INTEGER NOT NULL, at INTEGER NOT NULL, received INTEGER NOT NULL, json TEXT NOT NULL,"
              " UNIQUE(session, sequence)) STRICT;"
              "CREATE TABLE score(session TEXT NOT NULL, t INTEGER NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL,"
              " PRIMARY KEY(session, t)) STRICT, WITHOUT ROWID;"
              "CREATE INDEX score_at ON score(at);"
              "CREATE TABLE live(session TEXT PRIMARY KEY NOT NULL REFERENCES progress ON DELETE CASCADE,"
              " updated INTEGER NOT NULL, snapshot TEXT) STRICT, WITHOUT ROWID;"
              "CREATE TABLE flag(id INTEGER PRIMARY KEY AUTOINCREMENT,"
              " session TEXT NOT NULL REFERENCES progress ON DELETE CASCADE, sequence INTEGER NOT NULL,"
              " raised INTEGER NOT NULL, lowered INTEGER, acked INTEGER, acked_by TEXT, acted INTEGER, action TEXT,"
              " UNIQUE(session, sequence)) STRICT;"
              "CREATE INDEX flag_open ON flag(lowered, session);"
              "CREATE TABLE " CHECKPOINT ROLLOUTS,
};

struct progress {
    char session[UT_FLOOR_SESSION], device[UT_FLOOR_NAME];
    int64_t contiguous, newest;
    bool changed;
};

struct sqlite {
    struct ut_ledger ledger;
    struct ut_database *d;
    struct progress p[UT_LEDGER_SESSIONS_MAX]; /* of the take that goes on */
    int count;
};

static int take_progress(void *ctx, const struct ut_database_row *row)
{
    struct progress *p = ctx;
    (void)snprintf(p->device, sizeof p->device, "%s", ut_database_text(row, 0));
    p->contiguous = ut_database_number(row, 1);
    p->newest = ut_database_number(row, 2);
    return 1;
}

/* A session's, which is made when it is new. NULL and *fault. */
static struct progress *find(struct sqlite *s, const struct ut_ledger_event *e, int64_t now, struct ut_fault *fault)
{
    for (int i = s->count - 1; i >= 0; i--)
        if (strcmp(s->p[i].session, e->about.session) == 0)
            return &s->p[i];
    struct progress *p = &s->p[s->count];
    *p = (struct progress){0};
    (void)snprintf(p->session, sizeof p->session, "%s", e->about.session);
    int r = ut_database_ask(s->d, fault, take_progress, p,
                            "SELECT device, contiguous, newest FROM progress WHERE session = ?", "t", p->session);
    if (r == 0) {
        (void)snprintf(p->device, sizeof p->device, "%s", e->device);
        r = ut_database_do(s->d, fault,
                           "INSERT INTO progress(session, device, contact, boot, began, received, contiguous, newest, "
                           "state) VALUES(?1, ?2, ?3, coalesce((SELECT boot FROM device WHERE device = ?2 AND "
                           "session = ?1), ''), ?4, ?5, 0, 0, 'IN_PROGRESS')",
                           "tttii", p->session, p->device, e->about.contact, e->about.at_ms, now);
    }
    if (r < 0)
        return NULL;
    s->count++;
    return p;
}

/* The customer does not want to be scored: what came from scores is taken out, by the rules of the desk's store
 * (sinks/event_table.h). */
static int unscore(struct sqlite *s, const char *session, struct ut_fault *fault)
{
    for (int cue = 0; cue < UT_CUES; cue++)
        if (ut_cue_rules_scored((enum ut_cue)cue) &&
            ut_database_do(
                s->d, fault,
                "UPDATE event SET json = json_set(json, '$.data', json_object('ContactId', json_extract(json, "
                "'$.data.ContactId'), 'Erased', json('true'))) WHERE session = ? AND CASE WHEN json_valid(json) "
                "THEN type = ? OR json_extract(json, '$.data.Cue') = ? END",
                "tit", session, (int64_t)UT_EVENT_HANDOVER, ut_cue_info[cue].name) != 0)
            return -1;
    return ut_database_do(s->d, fault, "DELETE FROM score WHERE session = ?", "t", session) == 0
               ? ut_database_do(s->d, fault, "UPDATE live SET snapshot = NULL WHERE session = ?", "t", session)
               : -1;
}

/* What follows from an event once all before it are there. */
static int apply(struct sqlite *s, const char *session, int64_t sequence, enum ut_event_type type, int64_t at,
                 int64_t now, struct ut_fault *fault)
{
    switch (type) {
    case UT_EVENT_SESSION_STARTED:
        return ut_database_do(s->d, fault, "UPDATE progress SET began = ? WHERE session = ?", "it", at, session) == 0
                   ? ut_database_do(s->d, fault,
                                    "INSERT INTO live(session, updated) VALUES(?, ?) ON CONFLICT DO NOTHING", "ti",
                                    session, now)
                   : -1;
    case UT_EVENT_SESSION_COMPLETED:
    case UT_EVENT_SESSION_FAILED:
        if (ut_database_do(s->d, fault, "UPDATE progress SET ended = ?, state = ? WHERE session = ?", "itt", at,
                           type == UT_EVENT_SESSION_COMPLETED ? "COMPLETED" : "FAILED", session) != 0 ||
            ut_database_do(s->d, fault, "UPDATE flag SET lowered = ? WHERE session = ? AND lowered IS NULL", "it", at,
                           session) != 0)
            return -1;
        return ut_database_do(s->d, fault, "DELETE FROM live WHERE session = ?", "t", session);
    case UT_EVENT_SESSION_REFUSED:
        return unscore(s, session, fault);
    case UT_EVENT_FLAG_RAISED:
        return ut_database_do(s->d, fault,
                              "INSERT INTO flag(session, sequence, raised) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
                              "tii", session, sequence, at);
    case UT_EVENT_FLAG_LOWERED:
        return ut_database_do(s->d, fault, "UPDATE flag SET lowered = ? WHERE session = ? AND lowered IS NULL", "it",
                              at, session);
    default:
        return 0;
    }
}

struct stored {
    enum ut_event_type type;
    int64_t at;
};

static int take_stored(void *ctx, const struct ut_database_row *row)
{
    *(struct stored *)ctx = (struct stored){(enum ut_event_type)ut_database_number(row, 0), ut_database_number(row, 1)};
    return 1;
}

/* What had to wait for the hole that is filled now. */
static int advance(struct sqlite *s, struct progress *p, int64_t now, struct ut_fault *fault)
{
    struct stored e;
    int r = 1;
    while (p->newest > p->contiguous && r == 1) {
        r = ut_database_ask(s->d, fault, take_stored, &e,
                            "SELECT type, at FROM event WHERE session = ? AND sequence = ?", "ti", p->session,
                            p->contiguous + 1);
        if (r == 1) {
            p->contiguous++;
            if (apply(s, p->session, p->contiguous, e.type, e.at, now, fault) != 0)
                r = -1;
        }
    }
    return r < 0 ? -1 : 0;
}

static int put_event(struct sqlite *s, struct progress *p, struct ut_ledger_event *e, int64_t now,
                     struct ut_fault *fault)
{
    const struct ut_payload *about = &e->about;
    if (about->sequence <= p->contiguous) {
        e->result = UT_LEDGER_AGAIN;
        return 0;
    }
    if (about->sequence > p->contiguous + UT_LEDGER_AHEAD) {
        e->result = UT_LEDGER_TOO_FAR;
        return 0;
    }
    if (ut_database_do(s->d, fault,
                       "INSERT INTO event(session, sequence, type, at, received, json) VALUES(?, ?, ?, ?, ?, ?) "
                       "ON CONFLICT DO NOTHING",
                       "tiiiit", about->session, about->sequence, (int64_t)about->type, about->at_ms, now,
                       e->json) != 0)
        return -1;
    if (ut_database_changed(s->d) == 0) {
        e->result = UT_LEDGER_AGAIN;
        return 0;
    }
    p->changed = true;
    if (about->sequence > p->newest)
        p->newest = about->sequence;
    if (about->sequence > p->contiguous + 1)
        return 0;
    p->contiguous++;
    if (apply(s, about->session, about->sequence, about->type, about->at_ms, now, fault) != 0)
        return -1;
    return advance(s, p, now, fault);
}

/* Of a call that is known; others have begun nowhere. A score that was on its way when its customer refused is late. */
static int put_score(struct sqlite *s, struct ut_ledger_event *e, int64_t now, struct ut_fault *fault)
{
    const struct ut_payload *about = &e->about;
    if (ut_database_do(
            s->d, fault,
            "UPDATE live SET updated = ?1, snapshot = ?2 WHERE session = ?3 AND EXISTS(SELECT 1 FROM progress "
            "p WHERE p.session = live.session AND p.device = ?4) AND NOT (EXISTS(SELECT 1 FROM event "
            "e WHERE e.session = live.session AND e.type = ?5) AND CASE WHEN json_valid(?2) THEN coalesce("
            "json_extract(?2, '$.data.Score'), json_extract(?2, '$.data.ScoreFast'), json_extract(?2, "
            "'$.data.ScoreSlow')) IS NOT NULL ELSE 1 END)",
            "ittti", now, e->json, about->session, e->device, (int64_t)UT_EVENT_SESSION_REFUSED) != 0)
        return -1;
    e->result = ut_database_changed(s->d) > 0 ? UT_LEDGER_NEW : UT_LEDGER_FOREIGN;
    if (e->result == UT_LEDGER_FOREIGN)
        return 0;
    return ut_database_do(s->d, fault,
                          "INSERT INTO score(session, t, at, json) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING", "tiit",
                          about->session, about->t_ms, now, e->json);
}

static int put_all(struct sqlite *s, struct ut_ledger_event *event, size_t n, int64_t now, struct ut_fault *fault)
{
    for (size_t i = 0; i < n; i++) {
        struct ut_ledger_event *e = &event[i];
        e->result = UT_LEDGER_NEW;
        e->contiguous = 0;
        if (e->about.type == UT_EVENT_SCORE) {
            if (put_score(s, e, now, fault) != 0)
                return -1;
            continue;
        }
        struct progress *p = find(s, e, now, fault);
        if (p == NULL)
            return -1;
        if (strcmp(p->device, e->device) != 0)
            e->result = UT_LEDGER_FOREIGN;
        else if (put_event(s, p, e, now, fault) != 0)
            return -1;
    }
    for (int i = 0; i < s->count; i++)
        if (s->p[i].changed &&
            ut_database_do(s->d, fault, "UPDATE progress SET contiguous = ?, newest = ? WHERE session = ?", "iit",
                           s->p[i].contiguous, s->p[i].newest, s->p[i].session) != 0)
            return -1;
    return 0;
}

static int take(struct ut_ledger *l, struct ut_ledger_event *event, size_t n, int64_t now, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_fault undone;
    s->count = 0;
    if (ut_database_do(s->d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    if (put_all(s, event, n, now, fault) != 0 || ut_database_do(s->d, fault, "COMMIT", "") != 0) {
        (void)ut_database_do(s->d, &undone, "ROLLBACK", "");
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < s->count && event[i].about.type != UT_EVENT_SCORE; k++)
            if (strcmp(s->p[k].session, event[i].about.session) == 0) {
                event[i].contiguous = s->p[k].contiguous;
                break;
            }
    return 0;
}

static int take_status(void *ctx, const struct ut_database_row *row)
{
    struct ut_floor_status *known = ctx;
    (void)snprintf(known->boot, sizeof known->boot, "%s", ut_database_text(row, 0));
    known->connection = ut_database_number(row, 1);
    known->state = (enum ut_floor_state)ut_database_number(row, 2);
    (void)snprintf(known->session, sizeof known->session, "%s", ut_database_text(row, 3));
    return 1;
}

/* A call in progress of an earlier boot will not go on. A desk that was connected is lost when its will says so, or
 * when it comes with another boot and has not closed; what a broker retained says nothing of who closed before. */
static int put_status(struct sqlite *s, const char *device, const struct ut_floor_status *status, int64_t now,
                      struct ut_fault *fault)
{
    if (ut_database_do(
            s->d, fault,
            "INSERT INTO device(device, state, boot, connection, session, since) VALUES(?1, ?2, ?3, ?4, ?5, "
            "?6) ON CONFLICT(device) DO UPDATE SET since = CASE WHEN state = ?2 THEN since ELSE ?6 END, "
            "lost = CASE WHEN state = ?7 AND (?2 = ?8 OR (?2 = ?7 AND boot <> ?3 AND NOT ?9)) THEN ?6 ELSE lost END, "
            "state = ?2, boot = ?3, connection = ?4, session = ?5",
            "tititiiii", device, (int64_t)status->state, status->boot, status->connection, status->session, now,
            (int64_t)UT_FLOOR_CONNECTED, (int64_t)UT_FLOOR_LOST, (int64_t)status->retained) != 0)
        return -1;
    if (status->state != UT_FLOOR_CONNECTED)
        return 0;
    if (ut_database_do(s->d, fault, "UPDATE progress SET boot = ? WHERE session = ? AND device = ?", "ttt",
                       status->boot, status->session, device) != 0)
        return -1;
    if (ut_database_do(s->d, fault,
                       "DELETE FROM live WHERE session IN (SELECT session FROM progress WHERE device = ?1 AND state = "
                       "'IN_PROGRESS' AND session <> ?2 AND boot < ?3)",
                       "ttt", device, status->session, status->boot) != 0)
        return -1;
    return ut_database_do(s->d, fault,
                          "UPDATE progress SET state = 'LOST' WHERE device = ?1 AND state = 'IN_PROGRESS' AND "
                          "session <> ?2 AND boot < ?3",
                          "ttt", device, status->session, status->boot);
}

static int keep_status(struct ut_ledger *l, const char *device, const struct ut_floor_status *status, int64_t now,
                       struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_floor_status known = {0};
    struct ut_fault undone;
    if (ut_database_do(s->d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int r = ut_database_ask(s->d, fault, take_status, &known,
                            "SELECT boot, connection, state, session FROM device WHERE device = ?", "t", device);
    bool news = r == 0 || ut_floor_status_order(status, &known) >= 0;
    bool same = r > 0 && ut_floor_status_order(status, &known) == 0 && status->state == known.state &&
                strcmp(status->session, known.session) == 0;
    if (r >= 0 && news && !same)
        r = put_status(s, device, status, now, fault);
    if (r >= 0 && ut_database_do(s->d, fault, "COMMIT", "") == 0)
        return news;
    (void)ut_database_do(s->d, &undone, "ROLLBACK", "");
    return -1;
}

/* Without waiting for the disk, which hundreds of desks that come at once would do in turn: what a power cut takes of
 * it the broker, which retains it, says again. */
static int status(struct ut_ledger *l, const char *device, const struct ut_floor_status *status, int64_t now,
                  struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault, "PRAGMA synchronous = NORMAL", "") != 0)
        return -1;
    int news = keep_status(l, device, status, now, fault);
    struct ut_fault other = {0};
    if (ut_database_do(s->d, news < 0 ? &other : fault, "PRAGMA synchronous = FULL", "") != 0)
        return -1;
    return news;
}

static int retain(struct ut_ledger *l, int64_t now, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault, "DELETE FROM score WHERE at < ?", "i", now - UT_LEDGER_SCORE_DAYS * DAY_MS) != 0 ||
        ut_database_do(s->d, fault, "DELETE FROM progress WHERE received < ?", "i",
                       now - UT_LEDGER_CALL_DAYS * DAY_MS) != 0)
        return -1;
    int gone = ut_database_changed(s->d);
    return ut_database_settle(s->d, fault) < 0 ? -1 : gone;
}

/* A session that was erased stays as a row of no device, so that nothing of it is taken again. */
#define CALLS                                                                                                          \
    "SELECT p.session, p.contact, p.state, p.began, p.ended, p.contiguous, "                                           \
    "(SELECT count(*) FROM event e WHERE e.session = p.session AND e.type = ?1), v.updated, v.snapshot, f.id, "        \
    "f.raised, f.lowered, f.acked, f.acked_by, f.acted, f.action, "                                                    \
    "(SELECT json FROM event e WHERE e.session = f.session AND e.sequence = f.sequence), d.state, d.since, p.device "  \
    "FROM progress p LEFT JOIN live v USING(session) LEFT JOIN device d ON d.device = p.device "                       \
    "LEFT JOIN flag f ON f.id = (SELECT max(id) FROM flag WHERE flag.session = p.session) WHERE p.device <> '' AND "

/* Sessions of a customer; ?2 and ?3 are the types of events that name one. */
#define OF_CUSTOMER                                                                                                    \
    "IN (SELECT session FROM event WHERE type IN (?2, ?3) AND CASE WHEN json_valid(json) THEN json_extract(json, "     \
    "'$.data.Customer') END = ?4)"

static int calls(struct ut_ledger *l, const char *session, int64_t since_ms, ut_ledger_each_call *each, void *ctx,
                 struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.call = each, .ctx = ctx};
    return ut_database_ask(
        s->d, fault, ut_ledger_row_call, &a,
        CALLS "CASE WHEN ?2 IS NOT NULL THEN p.session = ?2 ELSE v.session IS NOT NULL OR p.ended >= ?3 END "
              "ORDER BY f.lowered IS NULL AND f.id IS NOT NULL DESC, "
              "CASE WHEN f.lowered IS NULL THEN f.raised END, p.began",
        "iti", (int64_t)UT_EVENT_CUE_OPENED, session, since_ms);
}

static int calls_of(struct ut_ledger *l, const char *customer, ut_ledger_each_call *each, void *ctx,
                    struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.call = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_call, &a, CALLS "p.session " OF_CUSTOMER " ORDER BY p.began",
                           "iiit", (int64_t)UT_EVENT_CUE_OPENED, (int64_t)UT_EVENT_SESSION_STARTED,
                           (int64_t)UT_EVENT_SESSION_IDENTIFIED, customer);
}

/* Within a transaction. */
static int erase_of(struct sqlite *s, const char *customer, struct ut_fault *fault)
{
    static const char *const STATEMENTS[] = {
        "UPDATE progress SET device = '', contact = '', boot = '', ended = coalesce(ended, began), state = 'COMPLETED' "
        "WHERE ?1 = 0 AND session " OF_CUSTOMER,
        "DELETE FROM score WHERE ?1 = 0 AND session IN (SELECT session FROM progress WHERE device = '')",
        "DELETE FROM live WHERE ?1 = 0 AND session IN (SELECT session FROM progress WHERE device = '')",
        "DELETE FROM flag WHERE ?1 = 0 AND session IN (SELECT session FROM progress WHERE device = '')",
        "DELETE FROM event WHERE ?1 = 0 AND session IN (SELECT session FROM progress WHERE device = '')"};
    int gone = 0;
    for (size_t i = 0; i < sizeof STATEMENTS / sizeof STATEMENTS[0]; i++) {
        if (ut_database_do(s->d, fault, STATEMENTS[i], i == 0 ? "iiit" : "i", (int64_t)0,
                           (int64_t)UT_EVENT_SESSION_STARTED, (int64_t)UT_EVENT_SESSION_IDENTIFIED, customer) != 0)
            return -1;
        if (i == 0)
            gone = ut_database_changed(s->d);
    }
    return gone;
}

static int forget(struct ut_ledger *l, const char *customer, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_fault undone;
    if (ut_database_do(s->d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int gone = erase_of(s, customer, fault);
    if (gone < 0 || ut_database_do(s->d, fault, "COMMIT", "") != 0) {
        (void)ut_database_do(s->d, &undone, "ROLLBACK", "");
        return -1;
    }
    return gone > 0 && ut_database_settle(s->d, fault) < 0 ? -1 : gone;
}

static int events(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_line, &a,
                           "SELECT sequence, json FROM event WHERE session = ? AND sequence > ? ORDER BY sequence "
                           "LIMIT ?",
                           "tii", session, behind, (int64_t)most);
}

static int scores(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_line, &a,
                           "SELECT t, json FROM score WHERE session = ? AND t > ? ORDER BY t LIMIT ?", "tii", session,
                           behind, (int64_t)most);
}

static int act(struct ut_ledger *l, int64_t flag, const char *by, const char *action, int64_t now,
               struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault,
                       "UPDATE flag SET acked = coalesce(acked, ?1), acked_by = coalesce(acked_by, ?2), acted = CASE "
                       "WHEN ?3 IS NULL THEN acted ELSE coalesce(acted, ?1) END, action = coalesce(action, ?3) "
                       "WHERE id = ?4",
                       "itti", now, by, action, flag) != 0)
        return -1;
    return ut_database_changed(s->d) > 0;
}

static int checkpoints(struct ut_ledger *l, const char *device, ut_ledger_each_checkpoint *each, void *ctx,
                       struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.checkpoint = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_checkpoint, &a,
                           "SELECT device, verifier, root, note, n, received FROM checkpoint c WHERE CASE WHEN ?1 IS "
                           "NULL THEN n = (SELECT max(n) FROM checkpoint m WHERE m.device = c.device) ELSE device = ?1 "
                           "END ORDER BY device, n DESC LIMIT CASE WHEN ?1 IS NULL THEN -1 ELSE ?2 END",
                           "ti", device, (int64_t)UT_LEDGER_CHECKPOINTS);
}

static int keep_checkpoint(struct ut_ledger *l, const struct ut_ledger_checkpoint *c, int64_t now,
                           struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault,
                       "INSERT INTO checkpoint(device, n, verifier, root, note, received) VALUES(?, ?, ?, ?, ?, ?) ON "
                       "CONFLICT DO NOTHING",
                       "tittti", c->device, c->n, c->verifier, c->root, c->note, now) != 0)
        return -1;
    return ut_database_do(s->d, fault,
                          "DELETE FROM checkpoint WHERE device = ?1 AND n < (SELECT n FROM checkpoint WHERE device = "
                          "?1 ORDER BY n DESC LIMIT 1 OFFSET ?2)",
                          "ti", c->device, (int64_t)UT_LEDGER_CHECKPOINTS - 1);
}

static int renew_checkpoints(struct ut_ledger *l, const char *device, int64_t now, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    return ut_database_do(s->d, fault, "UPDATE checkpoint SET device = device || '@' || ?1 WHERE device = ?2", "it",
                          now, device) == 0
               ? ut_database_changed(s->d)
               : -1;
}

/* What a statement of several says: 1 where it has changed something. Ends the transaction. -1 and *fault. */
static int commit(struct sqlite *s, int changed, struct ut_fault *fault)
{
    struct ut_fault undone;
    if (changed >= 0 && ut_database_do(s->d, fault, "COMMIT", "") == 0)
        return changed;
    (void)ut_database_do(s->d, &undone, "ROLLBACK", "");
    return -1;
}

/* Whether a statement has changed a row, or -1. */
static int changes(const struct sqlite *s, int done)
{
    return done == 0 ? ut_database_changed(s->d) > 0 : -1;
}

static int put_rollout(struct sqlite *s, const struct ut_ledger_ring *ring, const struct ut_ledger_file *file,
                       int files, int64_t now, struct ut_fault *fault)
{
    for (int i = 0; i < UT_LEDGER_RINGS; i++) {
        if (ut_database_do(
                s->d, fault,
                "INSERT INTO rollout(number, ring, share, state, hold_s, opened, changed, note, why, "
                "changed_by, recorded) SELECT ?1, ?2, ?3, CASE ?2 WHEN 0 THEN 'open' ELSE 'waiting' END, "
                "?4, CASE ?2 WHEN 0 THEN ?5 END, ?5, ?6, '', ?7, 'waiting' WHERE ?2 > 0 OR NOT EXISTS(SELECT "
                "1 FROM rollout WHERE number >= ?1 OR state IN ('open', 'waiting'))",
                "iiiiitt", (int64_t)ring[i].number, (int64_t)i, (int64_t)ring[i].share, ring[i].hold_s, now,
                ring[i].note, ring[i].by) != 0)
            return -1;
        if (ut_database_changed(s->d) == 0)
            return 0;
    }
    /* What the last ring is at, and what comes behind it, may still be asked for. */
    if (ut_database_do(s->d, fault,
                       "DELETE FROM rollout_file WHERE number IN (SELECT number FROM rollout WHERE state = 'stopped') "
                       "OR number < (SELECT max(number) FROM rollout WHERE ring = ? AND opened IS NOT NULL)",
                       "i", (int64_t)UT_LEDGER_RINGS - 1) != 0)
        return -1;
    for (int i = 0; i < files; i++)
        if (ut_database_do(s->d, fault,
                           "INSERT INTO rollout_file(sha256, number, bytes, hex) VALUES(?, ?, ?, ?) ON CONFLICT DO "
                           "NOTHING",
                           "tiit", file[i].sha256, (int64_t)ring[0].number, file[i].bytes, file[i].hex) != 0)
            return -1;
    return 1;
}

static int open_rollout(struct ut_ledger *l, const struct ut_ledger_ring *ring, const struct ut_ledger_file *file,
                        int files, int64_t now, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    return commit(s, put_rollout(s, ring, file, files, now, fault), fault);
}

static int rollouts(struct ut_ledger *l, int most, ut_ledger_each_ring *each, void *ctx, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.ring = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_ring, &a,
                           "SELECT number, ring, share, state, hold_s, opened, changed, note, why, changed_by, "
                           "recorded FROM rollout ORDER BY number DESC, ring LIMIT ?",
                           "i", (int64_t)most * UT_LEDGER_RINGS);
}

static int newest_rollout(struct ut_ledger *l, uint32_t *number, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    *number = 0;
    return ut_database_ask(s->d, fault, ut_ledger_row_rollout, number,
                           "SELECT max(n.number, coalesce((SELECT max(number) FROM device_rollout WHERE number < "
                           "n.number + ?), 0)) FROM (SELECT coalesce(max(number), 0) AS number FROM rollout) n",
                           "i", (int64_t)UT_LEDGER_NUMBERS) < 0
               ? -1
               : 0;
}

static int pass_ring(struct ut_ledger *l, uint32_t number, int ring, const char *why, int64_t now,
                     struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    if (ut_database_do(s->d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int r = changes(s, ut_database_do(s->d, fault,
                                      "UPDATE rollout SET state = 'passed', changed = ?, why = ?, changed_by = 'serve' "
                                      "WHERE number = ? AND ring = ? AND state = 'open'",
                                      "itii", now, why, (int64_t)number, (int64_t)ring));
    if (r == 1 && ut_database_do(s->d, fault,
                                 "UPDATE rollout SET state = 'open', opened = ?1, changed = ?1, changed_by = 'serve' "
                                 "WHERE number = ?2 AND ring = ?3 AND state = 'waiting'",
                                 "iii", now, (int64_t)number, (int64_t)ring + 1) != 0)
        r = -1;
    return commit(s, r, fault);
}

static int stop_rollout(struct ut_ledger *l, uint32_t number, const char *by, const char *why, int64_t now,
                        struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    return changes(s, ut_database_do(s->d, fault,
                                     "UPDATE rollout SET state = 'stopped', changed = ?, why = ?, changed_by = ? WHERE "
                                     "number = ? AND state <> 'stopped' AND number = (SELECT max(number) FROM rollout)",
                                     "itti", now, why, by, (int64_t)number));
}

static int record_ring(struct ut_ledger *l, uint32_t number, int ring, enum ut_ledger_ring_state state,
                       struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    return ut_database_do(s->d, fault, "UPDATE rollout SET recorded = ? WHERE number = ? AND ring = ?", "tii",
                          ut_ledger_ring_state_name(state), (int64_t)number, (int64_t)ring);
}

static int rollout_file(struct ut_ledger *l, const char *sha256, ut_ledger_each_line *each, void *ctx,
                        struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ut_database_ask(s->d, fault, ut_ledger_row_line, &a,
                           "SELECT bytes, hex FROM rollout_file WHERE sha256 = ? LIMIT 1", "t", sha256);
}

/* What brokers retain may come in any order: the later start counts, and within one the later state. */
static int report_rollout(struct ut_ledger *l, const char *device, const struct ut_floor_rollout_report *report,
                          int64_t now, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    bool taken = report->state == UT_FLOOR_TRYING || report->state == UT_FLOOR_CONFIRMED;
    return changes(
        s, ut_database_do(s->d, fault,
                          "INSERT INTO device_rollout AS r(device, number, state, why, boot, since, taken) SELECT ?1, "
                          "?2, ?3, ?4, ?5, ?6, CASE WHEN ?7 THEN ?6 END WHERE ?2 < ?8 + (SELECT "
                          "coalesce(max(number), 0) FROM rollout) ON CONFLICT(device) DO UPDATE SET taken = "
                          "CASE WHEN number = ?2 THEN coalesce(taken, CASE WHEN ?7 THEN ?6 END) WHEN ?7 THEN ?6 END, "
                          "since = CASE WHEN (number, state) = (?2, ?3) THEN since ELSE ?6 END, number = ?2, state = "
                          "?3, why = ?4, boot = ?5 WHERE (?2, ?5, ?3) > (number, boot, state)",
                          "tiittiii", device, (int64_t)report->number, (int64_t)report->state, report->why,
                          report->boot, now, (int64_t)taken, (int64_t)UT_LEDGER_NUMBERS));
}

static int rollout_desks(struct ut_ledger *l, uint32_t number, int64_t since_ms, ut_ledger_each_desk *each, void *ctx,
                         struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    struct ut_ledger_asking a = {.desk = each, .ctx = ctx};
    return ut_database_ask(
        s->d, fault, ut_ledger_row_desk, &a,
        "SELECT d.device, d.state, d.since, d.lost, r.state, r.why, r.since, r.taken, coalesce(c.cues, 0), "
        "coalesce(c.ms, 0) FROM device d LEFT JOIN device_rollout r ON r.device = d.device AND r.number = ?1 LEFT JOIN "
        "(SELECT p.device, sum((SELECT count(*) FROM event e WHERE e.session = p.session AND e.type = 6)) AS cues, "
        "sum(max(0, coalesce(p.ended - p.began, v.updated - p.received, 0))) AS ms FROM progress p LEFT JOIN live v "
        "USING(session) LEFT JOIN device_rollout t ON t.device = p.device AND t.number = ?1 WHERE p.received >= ?2 AND "
        "p.received >= coalesce(t.taken, 0) GROUP BY p.device) c ON c.device = d.device ORDER BY d.device",
        "ii", (int64_t)number, since_ms);
}

static int flagged(struct ut_ledger *l, int64_t flag, char session[UT_FLOOR_SESSION], struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    return ut_database_ask(s->d, fault, ut_ledger_row_session, session, "SELECT session FROM flag WHERE id = ?", "i",
                           flag);
}

static int counts(struct ut_ledger *l, struct ut_ledger_counts *c, struct ut_fault *fault)
{
    struct sqlite *s = (struct sqlite *)l;
    *c = (struct ut_ledger_counts){0};
    return ut_database_ask(s->d, fault, ut_ledger_row_counts, c,
                           "SELECT (SELECT count(*) FROM live), (SELECT count(*) FROM flag WHERE lowered IS NULL), "
                           "(SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'), (SELECT count(*) "
                           "FROM progress), "
                           "(SELECT count(*) FROM device WHERE state = ?), (SELECT count(*) FROM flag WHERE lowered IS "
                           "NULL AND acked IS NULL)",
                           "i", (int64_t)UT_FLOOR_CONNECTED) < 0
               ? -1
               : 0;
}

static void close_sqlite(struct ut_ledger *l)
{
    struct sqlite *s = (struct sqlite *)l;
    ut_database_close(s->d);
    free(s);
}

/* Whether the file was one of ours before something happened to it: SQLite's first bytes and the owner behind them. */
static bool was_ours(const char *path)
{
    static const char MAGIC[16] = "SQLite format 3";
    enum { OWNER_AT = 68, HEAD = 72 };
    char head[HEAD] = {0};
    FILE *f = fopen(path, "rb");
    bool whole = f != NULL && fread(head, 1, sizeof head, f) == sizeof head;
    if (f != NULL)
        (void)fclose(f);
    uint32_t owner = 0;
    for (int i = 0; i < 4; i++)
        owner = owner << 8 | (unsigned char)head[OWNER_AT + i];
    return whole && memcmp(head, MAGIC, sizeof MAGIC) == 0 && owner == (uint32_t)ut_ledger_table_kind.owner;
}

static int take_check(void *ctx, const struct ut_database_row *row)
{
    *(bool *)ctx = strcmp(ut_database_text(row, 0), "ok") == 0;
    return 1;
}

/* Opened, and read through. NULL and *fault. */
static struct ut_database *open_whole(const char *path, bool serves, struct ut_fault *fault)
{
    bool fine = false;
    struct ut_database *d = ut_database_open(path, &ut_ledger_table_kind, serves, fault);
    if (d == NULL)
        return NULL;
    if (ut_database_ask(d, fault, take_check, &fine, "PRAGMA quick_check(1)", "") >= 0 && fine)
        return d;
    ut_database_close(d);
    (void)ut_fault_set(fault, UT_EXIT_STORE, "%s: is damaged; serve begins a new one when it starts", path);
    return NULL;
}

/* With its log. 0, or -1 and *fault. */
static int move_aside(const char *path, struct ut_fault *fault)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    char when[UT_TIMESTAMP_TEXT], aside[4200], from[4200], to[4210];
    ut_timestamp_text(ut_clock_unix_ms(), when);
    for (char *at = when; *at != '\0'; at++)
        if (*at == ':')
            *at = '-';
    (void)snprintf(aside, sizeof aside, "%.4000s.damaged-%s", path, when);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(from, sizeof from, "%.4000s%s", path, ends[i]);
        (void)snprintf(to, sizeof to, "%s%s", aside, ends[i]);
        if (rename(from, to) != 0 && (i == 0 || errno != ENOENT))
            return ut_fault_set(fault, UT_EXIT_STORE, "%s: is damaged and cannot be moved aside (%s); move it away",
                                path, strerror(errno));
    }
    ut_note("%s: is damaged; moved to %s, and a new one begins: desks send again what they have", path, aside);
    return 0;
}

struct ut_ledger *ut_ledger_sqlite(const char *path, bool serves, struct ut_fault *fault)
{
    static const struct ut_ledger_kind KIND = {.take = take,
                                               .status = status,
                                               .retain = retain,
                                               .calls = calls,
                                               .calls_of = calls_of,
                                               .forget = forget,
                                               .events = events,
                                               .scores = scores,
                                               .act = act,
                                               .flagged = flagged,
                                               .checkpoints = checkpoints,
                                               .keep_checkpoint = keep_checkpoint,
                                               .renew_checkpoints = renew_checkpoints,
                                               .open_rollout = open_rollout,
                                               .rollouts = rollouts,
                                               .newest_rollout = newest_rollout,
                                               .pass_ring = pass_ring,
                                               .stop_rollout = stop_rollout,
                                               .record_ring = record_ring,
                                               .rollout_file = rollout_file,
                                               .report_rollout = report_rollout,
                                               .rollout_desks = rollout_desks,
                                               .counts = counts,
                                               .close = close_sqlite};
    struct sqlite *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    s->ledger.kind = &KIND;
    s->d = open_whole(path, serves, fault);
    if (s->d == NULL && serves && fault->code == UT_EXIT_STORE && was_ours(path) && move_aside(path, fault) == 0) {
        *fault = (struct ut_fault){0};
        s->d = open_whole(path, serves, fault);
    }
    if (s->d != NULL)
        return &s->ledger;
    free(s);
    return NULL;
}
