/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/cues/rules.h"
#include "host-tools/serve/ledger_sql.h"
#include "host-tools/system/clock.h"
#include "host-tools/system/postgres.h"
#include "host-tools/system/postgres_address.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 4,
    ANSWER_MS = 250,    /* of a replica: all that serve does waits meanwhile; a page's questions take less */
    REPLICA_MS = 30000, /* after one that did not answer */
    BEHIND_MS = 200,    /* after one that was behind, until it is asked how far it is */
    BEGIN_MS = 3000     /* for the first connection, while nothing waits */
};

struct postgres {
    struct ut_ledger ledger;
    struct ut_postgres *p;
    struct ut_postgres *replica; /* NULL = none, or not there */
    char *replica_address;
    bool replica_failing, wrote; /* wrote: since `position` was asked for */
    char position[40];           /* in the server's log of writes, behind all that this program did */
    int64_t replica_due_ms, replica_reads, replica_behind;
    char name[200], replica_name[200], site[UT_FLOOR_NAME];
    char split_from[UT_FLOOR_NAME];   /* the site whose calls go on here; "" = none */
    int64_t epoch;                    /* of the lease; 0 = none was asked for */
    const char *scored_cues[UT_CUES]; /* that come from scores */
    size_t scored;
    /* a take's columns */
    const char *session[UT_LEDGER_SESSIONS_MAX], *device[UT_LEDGER_SESSIONS_MAX], *contact[UT_LEDGER_SESSIONS_MAX],
        *type[UT_LEDGER_SESSIONS_MAX], *json[UT_LEDGER_SESSIONS_MAX];
    int64_t sequence[UT_LEDGER_SESSIONS_MAX], at[UT_LEDGER_SESSIONS_MAX], t[UT_LEDGER_SESSIONS_MAX];
};

static int take_number(void *ctx, const struct ut_database_row *row)
{
    *(int64_t *)ctx = ut_database_number(row, 0);
    return 0;
}

static void lose_replica(struct postgres *s, const struct ut_fault *fault)
{
    if (!s->replica_failing)
        ut_note("%s; pages ask the ledger itself meanwhile", fault->text);
    s->replica_failing = true;
    s->replica_due_ms = ut_clock_ms() + REPLICA_MS;
    ut_postgres_close(s->replica);
    s->replica = NULL;
}

static int take_position(void *ctx, const struct ut_database_row *row)
{
    struct postgres *s = ctx;
    (void)snprintf(s->position, sizeof s->position, "%s", ut_database_text(row, 0));
    return 0;
}

/* Whether the replica has all that this program did: 1, also while the server is away, whose last word it has then; 0;
 * or -1 when it cannot be asked. What was committed is flushed, unless commits do not wait for that. */
static int is_level(struct postgres *s, struct ut_fault *fault)
{
    int64_t level = 0;
    if (s->wrote && ut_postgres_ask(s->p, fault, take_position, s,
                                    "SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN "
                                    "pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END",
                                    "") != 0)
        return 1;
    s->wrote = false;
    int r = ut_postgres_ask(s->replica, fault, take_number, &level,
                            "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, NOT pg_is_in_recovery())", "t",
                            s->position);
    return r != 0 ? -1 : level != 0;
}

/* The replica; or NULL where it is not to be asked what a page wants to know: nobody sees less than what was committed
 * here before. */
static struct ut_postgres *level_replica(struct postgres *s)
{
    struct ut_fault fault;
    if (s->replica_address == NULL || ut_clock_ms() < s->replica_due_ms)
        return NULL;
    if (s->replica == NULL)
        s->replica = ut_postgres_open_within(s->replica_address, "undertone", ANSWER_MS, ANSWER_MS, &fault);
    int level = s->replica != NULL ? is_level(s, &fault) : -1;
    if (level < 0) {
        lose_replica(s, &fault);
        return NULL;
    }
    if (s->replica_failing)
        ut_note("%s: answers pages again", s->replica_name);
    s->replica_failing = false;
    if (level == 0) {
        s->replica_behind++;
        s->replica_due_ms = ut_clock_ms() + BEHIND_MS;
    }
    return level > 0 ? s->replica : NULL;
}

/* What a page wants to know, of the replica or else of the server. 0, or -1 and *fault, or what `each` returned. */
static int ask_for_page(struct postgres *s, struct ut_fault *fault, ut_database_each *each, void *ctx, const char *sql,
                        const char *types, ...)
{
    struct ut_fault lost = {0};
    struct ut_postgres *replica = level_replica(s);
    va_list list;
    int r = -1;
    if (replica != NULL) {
        va_start(list, types);
        r = ut_postgres_ask_list(replica, &lost, each, ctx, sql, types, list);
        va_end(list);
        if (lost.code == 0)
            s->replica_reads++;
        else
            lose_replica(s, &lost);
    }
    if (replica == NULL || lost.code != 0) {
        va_start(list, types);
        r = ut_postgres_ask_list(s->p, fault, each, ctx, sql, types, list);
        va_end(list);
    }
    return r;
}

static int take_result(void *ctx, const struct ut_database_row *row)
{
    struct ut_ledger_event *e = (struct ut_ledger_event *)ctx + (ut_database_number(row, 0) - 1);
    e->result = (enum ut_ledger_result)ut_database_number(row, 1);
    e->contiguous = e->about.type == UT_EVENT_SCORE ? 0 : ut_database_number(row, 2);
    return 0;
}

static struct postgres *writing(struct ut_ledger *l)
{
    struct postgres *s = (struct postgres *)l;
    s->wrote = true;
    return s;
}

static int take(struct ut_ledger *l, struct ut_ledger_event *event, size_t n, int64_t now, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    for (size_t i = 0; i < n; i++) {
        const struct ut_ledger_event *e = &event[i];
        s->session[i] = e->about.session;
        s->device[i] = e->device;
        s->contact[i] = e->about.contact;
        s->type[i] = ut_event_type_name(e->about.type);
        s->json[i] = e->json;
        s->sequence[i] = e->about.sequence;
        s->at[i] = e->about.at_ms;
        s->t[i] = e->about.t_ms;
    }
    return n == 0 ? 0
                  : ut_postgres_ask(
                        s->p, fault, take_result, event,
                        "SELECT i, result, reached FROM take_from($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
                        "$13, $14)",
                        "ttiiiTTTTTIIIT", s->split_from, s->site, s->epoch, now, (int64_t)UT_LEDGER_AHEAD,
                        s->scored_cues, s->scored, s->session, n, s->device, n, s->contact, n, s->type, n, s->sequence,
                        n, s->at, n, s->t, n, s->json, n);
}

static int status(struct ut_ledger *l, const char *device, const struct ut_floor_status *status, int64_t now,
                  struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    int64_t news = 0;
    int r = ut_postgres_ask(s->p, fault, take_number, &news,
                            "SELECT keep_status($1, $2, $3, $4::integer, $5, $6, $7, $8, $9, $10, $11)", "titittititt",
                            s->site, s->epoch, device, (int64_t)status->state,
                            status->state == UT_FLOOR_CONNECTED ? "true" : "false", status->boot, status->connection,
                            status->session, now, status->retained ? "true" : "false", s->split_from);
    return r == 0 ? (int)news : -1;
}

/* Names of tables, at most so many at a time. */
struct names {
    char name[32][40];
    int n;
};

static int take_name(void *ctx, const struct ut_database_row *row)
{
    struct names *names = ctx;
    (void)snprintf(names->name[names->n], sizeof names->name[0], "%s", ut_database_text(row, 0));
    names->n++;
    return names->n == (int)(sizeof names->name / sizeof names->name[0]);
}

/* What waits for a drop waits with it, so it gives up soon, and the next retention goes on. */
static int drop_old(struct postgres *s, int64_t now, struct ut_fault *fault)
{
    struct ut_fault later;
    struct names old;
    char sql[100];
    int r = ut_postgres_script(s->p, fault, "SET lock_timeout = '500ms'");
    do {
        old.n = 0;
        if (r == 0)
            r = ut_postgres_ask(s->p, fault, take_name, &old, "SELECT old_days($1, $2::integer, $3::integer)", "iii",
                                now, (int64_t)UT_LEDGER_SCORE_DAYS, (int64_t)UT_LEDGER_CALL_DAYS);
        r = r < 0 ? -1 : 0;
        for (int i = 0; i < old.n && r == 0; i++) {
            (void)snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", old.name[i]);
            r = ut_postgres_script(s->p, fault, sql);
        }
    } while (r == 0 && old.n > 0);
    (void)ut_postgres_script(s->p, &later, "SET lock_timeout = '5s'");
    return r;
}

static int retain(struct ut_ledger *l, int64_t now, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    int64_t gone = 0;
    if (ut_postgres_ask(s->p, fault, take_number, &gone, "SELECT retain($1, $2, $3::integer)", "tii", s->site, now,
                        (int64_t)UT_LEDGER_CALL_DAYS) != 0)
        return -1;
    return drop_old(s, now, fault) == 0 ? (int)gone : -1;
}

#define CALL                                                                                                           \
    "SELECT session, contact, state, began, ended, events, cues, updated, snapshot, flag, raised, lowered, acked, "    \
    "acked_by, acted, action, flag_event, link, link_since, device FROM call WHERE site = $1 AND "

static int calls(struct ut_ledger *l, const char *session, int64_t since_ms, ut_ledger_each_call *each, void *ctx,
                 struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.call = each, .ctx = ctx};
    if (session == NULL)
        return ask_for_page(s, fault, ut_ledger_row_call, &a,
                            CALL "(is_live OR ended >= $2) ORDER BY flag IS NOT NULL AND lowered IS NULL DESC, "
                                 "CASE WHEN lowered IS NULL THEN raised END NULLS FIRST, began",
                            "ti", s->site, since_ms);
    int r = ask_for_page(s, fault, ut_ledger_row_call, &a, CALL "session = $2", "tt", s->site, session);
    if (r != 0 || s->replica == NULL)
        return r;
    /* A replica that is alone may not have it yet: that there is none the server says itself. */
    return ut_postgres_ask(s->p, fault, ut_ledger_row_call, &a, CALL "session = $2", "tt", s->site, session);
}

static int calls_of(struct ut_ledger *l, const char *customer, ut_ledger_each_call *each, void *ctx,
                    struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.call = each, .ctx = ctx};
    return ask_for_page(s, fault, ut_ledger_row_call, &a,
                        CALL "session IN (SELECT session FROM event WHERE customer = $2) ORDER BY began", "tt", s->site,
                        customer);
}

struct forgotten {
    int calls;
    int64_t days[4]; /* whose tables are swept at once: all of it well within a lease */
    int n;
};

static int take_forgotten(void *ctx, const struct ut_database_row *row)
{
    struct forgotten *f = ctx;
    int64_t day = ut_database_number(row, 0);
    f->calls++;
    for (int i = 0; i < f->n; i++)
        if (f->days[i] == day)
            return 0;
    if (f->n < (int)(sizeof f->days / sizeof f->days[0]))
        f->days[f->n++] = day;
    return 0;
}

/* Deleted rows stay in their tables until they are swept. What cannot be swept soon the server sweeps by itself. */
static void sweep(struct postgres *s, const struct forgotten *f)
{
    struct ut_fault later;
    char sql[100];
    if (ut_postgres_script(s->p, &later, "SET statement_timeout = '1500ms'") != 0)
        return;
    for (int i = 0; i < f->n; i++) {
        (void)snprintf(sql, sizeof sql, "VACUUM event_%" PRId64 ", score_%" PRId64, f->days[i], f->days[i]);
        (void)ut_postgres_script(s->p, &later, sql);
    }
    (void)ut_postgres_script(s->p, &later, "VACUUM live, flag");
    (void)ut_postgres_script(s->p, &later, "SET statement_timeout = '30s'");
}

static int forget(struct ut_ledger *l, const char *customer, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    struct forgotten f = {.n = 0};
    if (ut_postgres_ask(s->p, fault, take_forgotten, &f, "SELECT forget($1, $2)", "tt", s->site, customer) != 0)
        return -1;
    if (f.calls > 0)
        sweep(s, &f);
    return f.calls;
}

static int events(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ask_for_page(s, fault, ut_ledger_row_line, &a,
                        "SELECT sequence, json FROM event WHERE session = $2 AND day = (SELECT day FROM progress WHERE "
                        "session = $2 AND site = $1) AND sequence > $3 ORDER BY sequence LIMIT $4",
                        "ttii", s->site, session, behind, (int64_t)most);
}

static int scores(struct ut_ledger *l, const char *session, int64_t behind, int most, ut_ledger_each_line *each,
                  void *ctx, struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ask_for_page(s, fault, ut_ledger_row_line, &a,
                        "SELECT t, json FROM score WHERE session = $2 AND day = (SELECT day FROM progress WHERE "
                        "session = $2 AND site = $1) AND t > $3 ORDER BY t LIMIT $4",
                        "ttii", s->site, session, behind, (int64_t)most);
}

static int act(struct ut_ledger *l, int64_t flag, const char *by, const char *action, int64_t now,
               struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    if (ut_postgres_ask(s->p, fault, NULL, NULL,
                        "UPDATE flag SET acked = coalesce(acked, $2), acked_by = coalesce(acked_by, $3), acted = CASE "
                        "WHEN $4::text IS NULL THEN acted ELSE coalesce(acted, $2) END, action = coalesce(action, $4) "
                        "WHERE site = $1 AND id = $5",
                        "titti", s->site, now, by, action, flag) != 0)
        return -1;
    return ut_postgres_changed(s->p) > 0;
}

static int flagged(struct ut_ledger *l, int64_t flag, char session[UT_FLOOR_SESSION], struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    return ut_postgres_ask(s->p, fault, ut_ledger_row_session, session,
                           "SELECT session FROM flag WHERE site = $1 AND id = $2", "ti", s->site, flag);
}

#define CHECKPOINT "SELECT device, verifier, root, note, n, received FROM checkpoint WHERE site = $1 "

static int checkpoints(struct ut_ledger *l, const char *device, ut_ledger_each_checkpoint *each, void *ctx,
                       struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.checkpoint = each, .ctx = ctx};
    if (device != NULL)
        return ut_postgres_ask(s->p, fault, ut_ledger_row_checkpoint, &a,
                               CHECKPOINT "AND device = $2 ORDER BY n DESC LIMIT $3", "tti", s->site, device,
                               (int64_t)UT_LEDGER_CHECKPOINTS);
    return ut_postgres_ask(
        s->p, fault, ut_ledger_row_checkpoint, &a,
        "SELECT DISTINCT ON (device) device, verifier, root, note, n, received FROM checkpoint WHERE "
        "site = $1 ORDER BY device, n DESC",
        "t", s->site);
}

static int keep_checkpoint(struct ut_ledger *l, const struct ut_ledger_checkpoint *c, int64_t now,
                           struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    if (ut_postgres_ask(
            s->p, fault, NULL, NULL,
            "INSERT INTO checkpoint(site, device, n, verifier, root, note, received) VALUES($1, $2, $3, $4, "
            "$5, $6, $7) ON CONFLICT DO NOTHING",
            "ttittti", s->site, c->device, c->n, c->verifier, c->root, c->note, now) != 0)
        return -1;
    return ut_postgres_ask(s->p, fault, NULL, NULL,
                           "DELETE FROM checkpoint WHERE site = $1 AND device = $2 AND n < (SELECT n FROM checkpoint "
                           "WHERE site = $1 AND device = $2 ORDER BY n DESC LIMIT 1 OFFSET $3)",
                           "tti", s->site, c->device, (int64_t)UT_LEDGER_CHECKPOINTS - 1);
}

static int renew_checkpoints(struct ut_ledger *l, const char *device, int64_t now, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    if (ut_postgres_ask(
            s->p, fault, NULL, NULL,
            "UPDATE checkpoint SET device = device || '@' || $3::bigint::text WHERE site = $1 AND device = $2", "tti",
            s->site, device, now) != 0)
        return -1;
    return ut_postgres_changed(s->p);
}

static int open_rollout(struct ut_ledger *l, const struct ut_ledger_ring *ring, const struct ut_ledger_file *file,
                        int files, int64_t now, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    int64_t opened = 0, share[UT_LEDGER_RINGS], bytes[UT_LEDGER_FILES];
    const char *note[UT_LEDGER_RINGS], *sha256[UT_LEDGER_FILES], *hex[UT_LEDGER_FILES];
    for (int i = 0; i < UT_LEDGER_RINGS; i++) {
        share[i] = ring[i].share;
        note[i] = ring[i].note;
    }
    for (int i = 0; i < files; i++) {
        sha256[i] = file[i].sha256;
        bytes[i] = file[i].bytes;
        hex[i] = file[i].hex;
    }
    int r = ut_postgres_ask(
        s->p, fault, take_number, &opened, "SELECT open_rollout($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)::integer",
        "tiitiITTIT", s->site, (int64_t)ring[0].number, ring[0].hold_s, ring[0].by, now, share, (size_t)UT_LEDGER_RINGS,
        note, (size_t)UT_LEDGER_RINGS, sha256, (size_t)files, bytes, (size_t)files, hex, (size_t)files);
    return r == 0 ? (int)opened : -1;
}

static int rollouts(struct ut_ledger *l, int most, ut_ledger_each_ring *each, void *ctx, struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.ring = each, .ctx = ctx};
    return ut_postgres_ask(
        s->p, fault, ut_ledger_row_ring, &a,
        "SELECT number, ring, share, state, hold_s, opened, changed, note, why, changed_by, recorded "
        "FROM rollout WHERE site = $1 ORDER BY number DESC, ring LIMIT $2",
        "ti", s->site, (int64_t)most * UT_LEDGER_RINGS);
}

static int newest_rollout(struct ut_ledger *l, uint32_t *number, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    *number = 0;
    return ut_postgres_ask(s->p, fault, ut_ledger_row_rollout, number,
                           "SELECT greatest(n.number, (SELECT max(number) FROM device_rollout WHERE site = $1 AND "
                           "number < n.number + $2)) FROM (SELECT coalesce(max(number), 0) AS number FROM rollout "
                           "WHERE site = $1) n",
                           "ti", s->site, (int64_t)UT_LEDGER_NUMBERS) < 0
               ? -1
               : 0;
}

static int pass_ring(struct ut_ledger *l, uint32_t number, int ring, const char *why, int64_t now,
                     struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    int64_t passed = 0;
    int r =
        ut_postgres_ask(s->p, fault, take_number, &passed, "SELECT pass_ring($1, $2, $3, $4::integer, $5, $6)::integer",
                        "tiiiti", s->site, s->epoch, (int64_t)number, (int64_t)ring, why, now);
    return r == 0 ? (int)passed : -1;
}

static int stop_rollout(struct ut_ledger *l, uint32_t number, const char *by, const char *why, int64_t now,
                        struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    int64_t stopped = 0;
    int r = ut_postgres_ask(s->p, fault, take_number, &stopped, "SELECT stop_rollout($1, $2, $3, $4, $5, $6)::integer",
                            "tiitti", s->site, s->epoch, (int64_t)number, by, why, now);
    return r == 0 ? (int)stopped : -1;
}

static int record_ring(struct ut_ledger *l, uint32_t number, int ring, enum ut_ledger_ring_state state,
                       struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    return ut_postgres_ask(s->p, fault, NULL, NULL, "SELECT record_ring($1, $2, $3, $4::integer, $5)", "tiiit", s->site,
                           s->epoch, (int64_t)number, (int64_t)ring, ut_ledger_ring_state_name(state));
}

static int rollout_file(struct ut_ledger *l, const char *sha256, ut_ledger_each_line *each, void *ctx,
                        struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.line = each, .ctx = ctx};
    return ut_postgres_ask(s->p, fault, ut_ledger_row_line, &a,
                           "SELECT bytes, hex FROM rollout_file WHERE site = $1 AND sha256 = $2 LIMIT 1", "tt", s->site,
                           sha256);
}

static int report_rollout(struct ut_ledger *l, const char *device, const struct ut_floor_rollout_report *report,
                          int64_t now, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    bool taken = report->state == UT_FLOOR_TRYING || report->state == UT_FLOOR_CONFIRMED;
    int64_t news = 0;
    int r = ut_postgres_ask(s->p, fault, take_number, &news,
                            "SELECT report_rollout($1, $2, $3, $4, $5::smallint, $6, $7, $8, $9, $10)::integer",
                            "titiitttii", s->site, s->epoch, device, (int64_t)report->number, (int64_t)report->state,
                            report->why, report->boot, taken ? "true" : "false", now, (int64_t)UT_LEDGER_NUMBERS);
    return r == 0 ? (int)news : -1;
}

static int rollout_desks(struct ut_ledger *l, uint32_t number, int64_t since_ms, ut_ledger_each_desk *each, void *ctx,
                         struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    struct ut_ledger_asking a = {.desk = each, .ctx = ctx};
    return ut_postgres_ask(
        s->p, fault, ut_ledger_row_desk, &a,
        "SELECT d.device, d.state, d.since, d.lost, r.state, r.why, r.since, r.taken, coalesce(c.cues, 0), "
        "coalesce(c.ms, 0) FROM device d LEFT JOIN device_rollout r ON r.site = d.site AND r.device = d.device AND "
        "r.number = $2 LEFT JOIN (SELECT p.device, sum((SELECT count(*) FROM event e WHERE e.day = p.day AND e.session "
        "= p.session AND e.type = 'undertone.cue.opened.v1'))::bigint AS cues, sum(greatest(0, coalesce(p.ended - "
        "p.began, v.updated - p.received, 0)))::bigint AS ms FROM progress p LEFT JOIN live v USING (session) LEFT "
        "JOIN device_rollout t ON t.site = p.site AND t.device = p.device AND t.number = $2 WHERE p.site = $1 AND "
        "p.received >= $3 AND p.received >= coalesce(t.taken, 0) GROUP BY p.device) c ON c.device = d.device WHERE "
        "d.site = $1 ORDER BY d.device",
        "tii", s->site, (int64_t)number, since_ms);
}

static int counts(struct ut_ledger *l, struct ut_ledger_counts *c, struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    *c = (struct ut_ledger_counts){0};
    int r = ask_for_page(
        s, fault, ut_ledger_row_counts, c,
        "SELECT (SELECT count(*) FROM live WHERE site = $1), (SELECT count(*) FROM flag WHERE site = $1 "
        "AND lowered IS NULL), coalesce(sum(events), 0)::bigint, coalesce(sum(sessions), 0)::bigint, "
        "(SELECT count(*) FROM device WHERE site = $1 AND state = $2), (SELECT count(*) FROM flag WHERE site = "
        "$1 AND "
        "lowered IS NULL AND acked IS NULL) FROM site WHERE site = $1",
        "ti", s->site, (int64_t)UT_FLOOR_CONNECTED);
    c->replica_reads = s->replica_reads;
    c->replica_behind = s->replica_behind;
    return r < 0 ? -1 : 0;
}

static int take_lease(void *ctx, const struct ut_database_row *row)
{
    struct ut_ledger_lease *lease = ctx;
    lease->epoch = ut_database_number(row, 0);
    (void)snprintf(lease->holder, sizeof lease->holder, "%s", ut_database_text(row, 1));
    lease->left_ms = ut_database_number(row, 2);
    lease->server_ms = ut_database_number(row, 3);
    (void)snprintf(lease->node, sizeof lease->node, "%s", ut_database_text(row, 4));
    return 0;
}

static int hold(struct ut_ledger *l, const struct ut_ledger_holder *holder, int seconds, struct ut_ledger_lease *lease,
                struct ut_fault *fault)
{
    struct postgres *s = (struct postgres *)l;
    if (ut_postgres_ask(s->p, fault, take_lease, lease,
                        "SELECT mine, whose, left_ms, now_ms, whose_node FROM hold($1, $2, $3, $4::integer, "
                        "$5::integer)",
                        "tttii", s->site, holder->name, holder->node, (int64_t)seconds, (int64_t)holder->settle_s) != 0)
        return -1;
    if (lease->epoch != 0)
        s->epoch = lease->epoch;
    return 0;
}

struct asking_sites {
    ut_ledger_each_site *each;
    void *ctx;
};

static int take_site(void *ctx, const struct ut_database_row *row)
{
    const struct asking_sites *a = ctx;
    const struct ut_ledger_site site = {.site = ut_database_text(row, 0),
                                        .holder = ut_database_text(row, 1),
                                        .node = ut_database_text(row, 2),
                                        .others = ut_database_text(row, 3),
                                        .epoch = ut_database_number(row, 4),
                                        .left_ms = ut_database_number(row, 5),
                                        .devices_connected = ut_database_number(row, 6),
                                        .calls_live = ut_database_number(row, 7),
                                        .flags_open = ut_database_number(row, 8),
                                        .events = ut_database_number(row, 9)};
    return a->each(a->ctx, &site);
}

static int sites(struct ut_ledger *l, ut_ledger_each_site *each, void *ctx, struct ut_fault *fault)
{
    struct asking_sites a = {each, ctx};
    return ut_postgres_ask(
        ((struct postgres *)l)->p, fault, take_site, &a,
        "SELECT site, holder, node, (SELECT coalesce(string_agg(s.node, ' ' ORDER BY s.node), '') FROM standby s WHERE "
        "s.site = l.site AND s.until > clock_timestamp()), epoch, greatest(0, ceil(1000 * extract(epoch FROM until - "
        "clock_timestamp())))::bigint, (SELECT count(*) FROM device d WHERE d.site = l.site AND d.state = $1), "
        "(SELECT count(*) FROM live v WHERE v.site = l.site), (SELECT count(*) FROM flag f WHERE f.site = l.site AND "
        "lowered IS NULL), (SELECT coalesce(sum(events), 0)::bigint FROM site s WHERE s.site = l.site) FROM lease l "
        "ORDER BY site",
        "i", (int64_t)UT_FLOOR_CONNECTED);
}

static int read_from(struct ut_ledger *l, const char *address, struct ut_fault *fault)
{
    struct postgres *s = writing(l);
    s->replica_address = strdup(address);
    if (s->replica_address == NULL)
        return ut_fault_no_memory(fault);
    (void)ut_postgres_name(address, s->replica_name, sizeof s->replica_name);
    struct ut_fault away;
    s->replica = ut_postgres_open_within(address, "undertone", BEGIN_MS, ANSWER_MS, &away);
    if (s->replica == NULL && away.code != UT_EXIT_STORE_AWAY) {
        *fault = away;
        return -1;
    }
    if (s->replica == NULL)
        lose_replica(s, &away);
    return 0;
}

static void split_from(struct ut_ledger *l, const char *site)
{
    struct postgres *s = (struct postgres *)l;
    (void)snprintf(s->split_from, sizeof s->split_from, "%s", site);
}

static void close_postgres(struct ut_ledger *l)
{
    struct postgres *s = (struct postgres *)l;
    ut_postgres_close(s->replica);
    free(s->replica_address);
    ut_postgres_close(s->p);
    free(s);
}

/* From the tables of `version` (0: none) to those of this program. */
static int bring_up(struct postgres *s, int64_t version, struct ut_fault *fault)
{
    static const struct {
        const unsigned char *sql;
        size_t n;
    } step[VERSION] = {{ledger_postgres_sql, sizeof ledger_postgres_sql},
                       {ledger_postgres_2_sql, sizeof ledger_postgres_2_sql},
                       {ledger_postgres_3_sql, sizeof ledger_postgres_3_sql},
                       {ledger_postgres_4_sql, sizeof ledger_postgres_4_sql}};
    int r = 0;
    for (; version < VERSION && r == 0; version++) {
        char *sql = strndup((const char *)step[version].sql, step[version].n);
        r = sql == NULL ? ut_fault_no_memory(fault) : ut_postgres_script(s->p, fault, sql);
        free(sql);
        if (r == 0)
            r = ut_postgres_ask(s->p, fault, NULL, NULL, "INSERT INTO version VALUES($1)", "i", version + 1);
    }
    return r;
}

/* Whether it can keep all characters: an event with one that it has not would end every attempt to commit it. */
static int check_encoding(struct postgres *s, struct ut_fault *fault)
{
    int64_t whole = 0;
    if (ut_postgres_ask(s->p, fault, take_number, &whole, "SELECT (current_setting('server_encoding') = 'UTF8')::int",
                        "") != 0)
        return -1;
    return whole != 0 ? 0
                      : ut_fault_set(fault, UT_EXIT_STORE,
                                     "%s: its encoding is not UTF8, and calls may have any character; make a database "
                                     "with ENCODING 'UTF8' TEMPLATE template0",
                                     s->name);
}

/* Makes the tables, or brings them up; one program at a time. */
static int prepare(struct postgres *s, struct ut_fault *fault)
{
    int64_t version = 0;
    if (ut_postgres_script(s->p, fault,
                           "BEGIN; SELECT pg_advisory_xact_lock(hashtext('undertone.schema')); "
                           "DO $$ BEGIN IF to_regnamespace('undertone') IS NULL THEN CREATE SCHEMA undertone; END IF; "
                           "END $$; CREATE TABLE IF NOT EXISTS version (version integer NOT NULL)") != 0 ||
        ut_postgres_ask(s->p, fault, take_number, &version, "SELECT coalesce(max(version), 0) FROM version", "") != 0 ||
        (version < VERSION && bring_up(s, version, fault) != 0)) {
        struct ut_fault undone;
        (void)ut_postgres_script(s->p, &undone, "ROLLBACK");
        return -1;
    }
    if (version > VERSION) {
        (void)ut_postgres_script(s->p, fault, "ROLLBACK");
        return ut_fault_set(fault, UT_EXIT_STORE_NEWER,
                            "%s: the tables are of version %d, of a later program; this one knows %d: update it",
                            s->name, (int)version, VERSION);
    }
    return ut_postgres_script(s->p, fault, "COMMIT");
}

struct ut_ledger *ut_ledger_postgres(const char *address, const char *site, struct ut_fault *fault)
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
                                               .hold = hold,
                                               .sites = sites,
                                               .read_from = read_from,
                                               .split_from = split_from,
                                               .close = close_postgres};
    struct postgres *s = calloc(1, sizeof *s);
    if (s == NULL) {
        (void)ut_fault_no_memory(fault);
        return NULL;
    }
    s->ledger.kind = &KIND;
    (void)snprintf(s->site, sizeof s->site, "%s", site);
    (void)ut_postgres_name(address, s->name, sizeof s->name);
    for (int cue = 0; cue < UT_CUES; cue++)
        if (ut_cue_rules_scored((enum ut_cue)cue))
            s->scored_cues[s->scored++] = ut_cue_info[cue].name;
    s->p = ut_postgres_open(address, "undertone", fault);
    if (s->p != NULL && check_encoding(s, fault) == 0 && prepare(s, fault) == 0)
        return &s->ledger;
    ut_postgres_close(s->p);
    free(s);
    return NULL;
}
