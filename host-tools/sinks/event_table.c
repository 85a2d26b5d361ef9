/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/event_table.h"

#include "host-tools/cues/rules.h"
#include "host-tools/system/utf8.h"

#include <stdio.h>
#include <string.h>

/* What a CRM says became of a call: one row for each of resolution, escalation, loyalty and satisfaction. */
#define OUTCOME_TABLE                                                                                                  \
    "CREATE TABLE outcome(session TEXT NOT NULL REFERENCES call ON DELETE CASCADE, about TEXT NOT NULL,"               \
    " outcome TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY(session, about)) STRICT, WITHOUT "     \
    "ROWID;"

/* Up to which number a session's events have been put into the outbox of a receiver, whatever came of them there;
 * scores of recordings that wait for the floor. */
#define WAY_TABLES                                                                                                     \
    "CREATE TABLE addressed(receiver TEXT NOT NULL, session TEXT NOT NULL REFERENCES call ON DELETE CASCADE,"          \
    " sequence INTEGER NOT NULL, PRIMARY KEY(receiver, session)) STRICT, WITHOUT ROWID;"                               \
    "CREATE INDEX addressed_session ON addressed(session);"                                                            \
    "CREATE TABLE score(session TEXT NOT NULL REFERENCES call ON DELETE CASCADE, t INTEGER NOT NULL,"                  \
    " json TEXT NOT NULL, PRIMARY KEY(session, t)) STRICT, WITHOUT ROWID;"

/* What rules asked for; go: it is to be done; taken: until when one who does it has it for himself. */
#define ACTION_TABLE                                                                                                   \
    "CREATE TABLE action(id TEXT PRIMARY KEY NOT NULL, session TEXT NOT NULL REFERENCES call ON DELETE CASCADE,"       \
    " name TEXT NOT NULL, state TEXT NOT NULL CHECK(state IN ('REQUESTED', 'CONFIRMED', 'DECLINED', 'EXPIRED',"        \
    " 'DONE', 'FAILED')), go INTEGER NOT NULL, otherwise INTEGER NOT NULL, requested INTEGER NOT NULL,"                \
    " until INTEGER NOT NULL, due INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0,"                                 \
    " tries INTEGER NOT NULL DEFAULT 0, error TEXT, steps TEXT NOT NULL, json TEXT NOT NULL) STRICT, WITHOUT ROWID;"   \
    "CREATE INDEX action_session ON action(session);"                                                                  \
    "CREATE INDEX action_name ON action(name, state);"

/* The ids that a CRM's outcomes had, by the calls that they went to: one that comes again is known by it. */
#define HEARD_TABLE                                                                                                    \
    "CREATE TABLE heard(message TEXT PRIMARY KEY NOT NULL, session TEXT NOT NULL REFERENCES call ON DELETE CASCADE)"   \
    " STRICT, WITHOUT ROWID;"                                                                                          \
    "CREATE INDEX heard_session ON heard(session);"

static const char *const UPGRADE[] = {OUTCOME_TABLE, WAY_TABLES, ACTION_TABLE, HEARD_TABLE};

/* Times are Unix times in ms. "Undt" as a number owns the file. */
const struct ut_database_kind ut_event_table_kind = {
    .what = "a store of calls",
    .owner = 0x556E6474,
    .version = 5,
    .upgrade = UPGRADE,
    .cache_kb = 512, /* a desk is on for the day, beside other programs */
    .schema = "CREATE TABLE store(id TEXT NOT NULL) STRICT;"
              "INSERT INTO store VALUES(lower(hex(randomblob(16))));"
              "CREATE TABLE call(session TEXT PRIMARY KEY NOT NULL, contact TEXT NOT NULL, start INTEGER NOT NULL,"
              " ended INTEGER, state TEXT NOT NULL CHECK(state IN ('IN_PROGRESS', 'COMPLETED', 'FAILED')),"
              " stored INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
              "CREATE TABLE event(n INTEGER PRIMARY KEY AUTOINCREMENT,"
              " session TEXT NOT NULL REFERENCES call ON DELETE CASCADE, sequence INTEGER NOT NULL,"
              " type TEXT NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL, UNIQUE(session, sequence)) STRICT;"
              "CREATE TABLE outbox(receiver TEXT NOT NULL, n INTEGER NOT NULL REFERENCES event ON DELETE CASCADE,"
              " session TEXT NOT NULL, added INTEGER NOT NULL, due INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0,"
              " tries INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'WAITING'"
              " CHECK(state IN ('WAITING', 'DEAD')), error TEXT, PRIMARY KEY(receiver, n)) STRICT, WITHOUT ROWID;"
              "CREATE INDEX outbox_session ON outbox(receiver, state, session, n);"
              "CREATE INDEX outbox_event ON outbox(n);" OUTCOME_TABLE WAY_TABLES ACTION_TABLE HEARD_TABLE,
};

static int take_same(void *ctx, const struct ut_database_row *row)
{
    *(bool *)ctx = ut_database_number(row, 0) != 0;
    return 1;
}

/* It was there: 0 when it is the same, or when its call has been erased meanwhile. */
static int compare(struct ut_database *d, const struct ut_event_row *e, struct ut_fault *fault)
{
    bool same = false;
    int found =
        ut_database_ask(d, fault, take_same, &same, "SELECT json = ? FROM event WHERE session = ? AND sequence = ?",
                        "tti", e->json, e->session, e->sequence);
    if (found < 0)
        return -1;
    if (found == 0 || same)
        return 0;
    return ut_fault_set(
        fault, UT_EXIT_STORE_OTHER,
        "session %s: the store has it with another event %lld; erase it (`undertone store erase`), or give "
        "this call another --session",
        e->session, (long long)e->sequence);
}

int ut_event_table_put(struct ut_database *d, const struct ut_event_row *e, int64_t stored_ms, struct ut_fault *fault)
{
    if (ut_database_do(d, fault,
                       "INSERT INTO call(session, contact, start, state, stored) "
                       "SELECT ?, ?, ?, 'IN_PROGRESS', ? WHERE ? = 1 ON CONFLICT DO NOTHING",
                       "ttiii", e->session, e->contact_id, e->start_ms, stored_ms, e->sequence) != 0 ||
        ut_database_do(d, fault,
                       "INSERT INTO event(session, sequence, type, at, json) SELECT ?1, ?2, ?3, ?4, ?5 "
                       "WHERE EXISTS(SELECT 1 FROM call WHERE session = ?1) ON CONFLICT DO NOTHING",
                       "titit", e->session, e->sequence, e->type, e->at_ms, e->json) != 0)
        return -1;
    if (ut_database_changed(d) == 0)
        return compare(d, e, fault);
    if (e->state != NULL && ut_database_do(d, fault, "UPDATE call SET ended = ?, state = ? WHERE session = ?", "itt",
                                           e->at_ms, e->state, e->session) != 0)
        return -1;
    return 1;
}

static int take_one(void *ctx, const struct ut_database_row *row)
{
    (void)ctx;
    (void)row;
    return 1;
}

int ut_event_table_has(struct ut_database *d, const char *session, struct ut_fault *fault)
{
    return ut_database_ask(
        d, fault, take_one, NULL,
        "SELECT 1 FROM call WHERE session = ?1 OR (substr(session, 1, length(?1) + 1) = ?1 || '-' AND "
        "length(session) > length(?1) + 1 AND substr(session, length(?1) + 2) NOT GLOB '*[^0-9]*') "
        "LIMIT 1",
        "t", session);
}

struct calls {
    ut_event_table_each *each;
    void *ctx;
};

struct ut_event_table_call ut_event_table_call_of(const struct ut_database_row *row)
{
    return (struct ut_event_table_call){.session = ut_database_text(row, 0),
                                        .contact_id = ut_database_text(row, 1),
                                        .state = ut_database_text(row, 2),
                                        .dated = ut_database_number(row, 3) != 0,
                                        .began_ms = ut_database_number(row, 3),
                                        .ended_ms = ut_database_null(row, 4) ? -1 : ut_database_number(row, 4),
                                        .stored_ms = ut_database_number(row, 5),
                                        .events = ut_database_number(row, 6),
                                        .cues = ut_database_number(row, 7),
                                        .flags = ut_database_number(row, 8)};
}

static int take_call(void *ctx, const struct ut_database_row *row)
{
    const struct calls *c = ctx;
    const struct ut_event_table_call call = ut_event_table_call_of(row);
    return c->each(c->ctx, &call);
}

/* Sessions of a customer. A store may be anybody's, so that an event may be no JSON. */
#define OF_CUSTOMER                                                                                                    \
    "(SELECT session FROM event WHERE type IN ('undertone.session.started.v1', 'undertone.session.identified.v1')"     \
    " AND CASE WHEN json_valid(json) THEN json_extract(json, '$.data.Customer') END = ?)"

int ut_event_table_calls(struct ut_database *d, ut_event_table_each *each, void *ctx, struct ut_fault *fault)
{
    struct calls c = {each, ctx};
    return ut_database_ask(d, fault, take_call, &c,
                           "SELECT " UT_EVENT_TABLE_CALL_COLUMNS
                           " FROM call c JOIN event e USING(session) GROUP BY c.session ORDER BY min(e.n)",
                           "") < 0
               ? -1
               : 0;
}

int ut_event_table_calls_of(struct ut_database *d, const char *customer, ut_event_table_each *each, void *ctx,
                            struct ut_fault *fault)
{
    struct calls c = {each, ctx};
    return ut_database_ask(d, fault, take_call, &c,
                           "SELECT " UT_EVENT_TABLE_CALL_COLUMNS
                           " FROM call c JOIN event e USING(session) WHERE session IN " OF_CUSTOMER
                           " GROUP BY c.session ORDER BY min(e.n)",
                           "t", customer) < 0
               ? -1
               : 0;
}

/* When a call ended, of one that has not when it began, of one without a date when it was stored. */
#define AGE "CASE WHEN c.start = 0 THEN c.stored ELSE coalesce(c.ended, c.start) END"

int ut_event_table_calls_before(struct ut_database *d, int64_t unix_ms, ut_event_table_each *each, void *ctx,
                                struct ut_fault *fault)
{
    struct calls c = {each, ctx};
    return ut_database_ask(d, fault, take_call, &c,
                           "SELECT " UT_EVENT_TABLE_CALL_COLUMNS " FROM call c JOIN event e USING(session) WHERE " AGE
                           " < ? GROUP BY c.session ORDER BY min(e.n)",
                           "i", unix_ms) < 0
               ? -1
               : 0;
}

struct lines {
    ut_event_table_line *line;
    void *ctx;
    int count;
};

static int take_line(void *ctx, const struct ut_database_row *row)
{
    struct lines *l = ctx;
    l->line(l->ctx, ut_database_text(row, 0));
    l->count++;
    return 0;
}

int ut_event_table_events(struct ut_database *d, const char *session, ut_event_table_line *line, void *ctx,
                          struct ut_fault *fault)
{
    struct lines l = {line, ctx, 0};
    int r = ut_database_ask(d, fault, take_line, &l, "SELECT json FROM event WHERE session = ? ORDER BY sequence", "t",
                            session);
    return r < 0 ? -1 : l.count;
}

/* After a deletion. The number of calls that went, or -1 and *fault. */
static int settle(struct ut_database *d, int gone, struct ut_fault *fault)
{
    if (gone == 0)
        return 0;
    int kept = ut_database_settle(d, fault);
    if (kept > 0)
        ut_note("another program has the store open: its log keeps what was erased until that one ends");
    return kept < 0 ? -1 : gone;
}

int ut_event_table_erase(struct ut_database *d, const char *session, struct ut_fault *fault)
{
    if (ut_database_do(d, fault, "DELETE FROM call WHERE session = ?", "t", session) != 0)
        return -1;
    return settle(d, ut_database_changed(d), fault);
}

int ut_event_table_erase_of(struct ut_database *d, const char *customer, struct ut_fault *fault)
{
    if (ut_database_do(d, fault, "DELETE FROM call WHERE session IN " OF_CUSTOMER, "t", customer) != 0)
        return -1;
    return settle(d, ut_database_changed(d), fault);
}

int ut_event_table_erase_before(struct ut_database *d, int64_t unix_ms, struct ut_fault *fault)
{
    if (ut_database_do(d, fault, "DELETE FROM call AS c WHERE " AGE " < ?", "i", unix_ms) != 0)
        return -1;
    return settle(d, ut_database_changed(d), fault);
}

int ut_event_table_unscore(struct ut_database *d, const char *session, struct ut_fault *fault)
{
    for (int cue = 0; cue < UT_CUES; cue++)
        if (ut_cue_rules_scored((enum ut_cue)cue) &&
            ut_database_do(
                d, fault,
                "UPDATE event SET json = json_set(json, '$.data', json_object('ContactId', json_extract(json,"
                " '$.data.ContactId'), 'Erased', json('true'))) WHERE session = ? AND CASE WHEN json_valid(json)"
                " THEN type = 'undertone.handover.v1' OR json_extract(json, '$.data.Cue') = ? END",
                "tt", session, ut_cue_info[cue].name) != 0)
            return -1;
    return ut_database_do(d, fault, "DELETE FROM score WHERE session = ?", "t", session);
}

static int take_id(void *ctx, const struct ut_database_row *row)
{
    (void)snprintf(ctx, UT_EVENT_TABLE_ID, "%s", ut_database_text(row, 0));
    return 1;
}

int ut_event_table_id(struct ut_database *d, char id[UT_EVENT_TABLE_ID], struct ut_fault *fault)
{
    id[0] = '\0';
    return ut_database_ask(d, fault, take_id, id, "SELECT id FROM store", "") < 0 ? -1 : 0;
}

json_t *ut_event_table_call_json(const struct ut_event_table_call *c)
{
    char contact[128], session[128];
    (void)snprintf(contact, sizeof contact, "%s", c->contact_id);
    (void)snprintf(session, sizeof session, "%s", c->session);
    ut_utf8_clean(contact);
    ut_utf8_clean(session);
    int64_t lasted = (int64_t)((uint64_t)c->ended_ms - (uint64_t)c->began_ms);
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I}", "Session", session, "ContactId", contact,
                     "JobStatus", c->state, "Begin", c->dated ? ut_json_time(c->began_ms) : json_null(), "End",
                     c->dated ? ut_json_time(c->ended_ms) : json_null(), "DurationMillis",
                     c->ended_ms < 0 ? json_null() : json_integer(lasted), "Stored", ut_json_time(c->stored_ms),
                     "Events", (json_int_t)c->events, "CuesOpened", (json_int_t)c->cues, "FlagsRaised",
                     (json_int_t)c->flags);
}
