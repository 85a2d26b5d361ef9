/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/holdings.h"

#include "host-tools/serve/ledger.h"

#include <string.h>

static const char TILL_ERASED[] = "until [store] days after its end, or until it is erased";
static const char WITH_CALL[] = "with its call";
static const char STORE_ERASE[] = "undertone store erase SESSION or --older DAYS; undertone customer forget KEY";
static const char FLOOR_ERASE[] = "DELETE /v1/customers/KEY; else with time";

/* A call without a date counts by when it was stored, as store erase --older has it. */
static const struct ut_holding store[] = {
    {"store", "a random name of the file", "SELECT count(*), NULL, NULL FROM store", "as long as the file", 0,
     UT_RIGHTS, "delete the file"},
    {"call", "that there was a call: session, contact, begin, end, state",
     "SELECT count(*), min(CASE WHEN start > 0 THEN start ELSE stored END), max(CASE WHEN start > 0 THEN start ELSE "
     "stored END) FROM call",
     TILL_ERASED, 0, UT_RIGHTS, STORE_ERASE},
    {"event", "what happened in calls: disclosures, cues with their reasons, flags, holds, outcomes, sums at the end",
     "SELECT count(*), min(CASE WHEN start > 0 THEN at ELSE stored END), max(CASE WHEN start > 0 THEN at ELSE stored "
     "END) FROM event JOIN call USING(session)",
     WITH_CALL, 0, UT_RIGHTS, STORE_ERASE},
    {"outbox", "which events have yet to reach the webhook or the floor",
     "SELECT count(*), min(added), max(added) FROM outbox", "until they have arrived, or go with their call", 0,
     UT_RIGHTS, STORE_ERASE},
    {"addressed", "up to which number events of a call have been put into the outbox, by receiver",
     "SELECT count(*), NULL, NULL FROM addressed", WITH_CALL, 0, UT_RIGHTS, STORE_ERASE},
    {"score", "of recorded calls the customer's scores that wait for the floor, one a second",
     "SELECT count(*), min(stored), max(stored) FROM score JOIN call USING(session)",
     "until the floor has the call, or go with it", 0, UT_RIGHTS, STORE_ERASE},
    {"action", "what rules had done: which, when, what it was sent, what came of it",
     "SELECT count(*), min(requested), max(requested) FROM action", WITH_CALL, 0, UT_RIGHTS, STORE_ERASE},
    {"outcome", "what a CRM says became of calls", "SELECT count(*), min(at), max(at) FROM outcome", WITH_CALL, 0,
     UT_RIGHTS, STORE_ERASE},
    {"heard", "a CRM's own ids of what it said by MQTT", "SELECT count(*), NULL, NULL FROM heard", WITH_CALL, 0,
     UT_RIGHTS, STORE_ERASE},
    {0},
};

static const struct ut_holding ledger[] = {
    {"progress", "that there was a call: session, desk, contact, begin, end, state",
     "SELECT count(*), min(received), max(received) FROM progress", "from its first event", UT_LEDGER_CALL_DAYS,
     UT_RIGHT_CALLS, FLOOR_ERASE},
    {"event", "what happened in calls, as desks send it", "SELECT count(*), min(received), max(received) FROM event",
     WITH_CALL, UT_LEDGER_CALL_DAYS, UT_RIGHT_CALLS, FLOOR_ERASE},
    {"score", "the customer's scores, one a second", "SELECT count(*), min(at), max(at) FROM score", "from its time",
     UT_LEDGER_SCORE_DAYS, UT_RIGHT_CALLS, FLOOR_ERASE},
    {"live", "the newest score of each call in progress", "SELECT count(*), min(updated), max(updated) FROM live",
     "while the call is in progress", 0, UT_RIGHT_CALLS, FLOOR_ERASE},
    {"flag", "flags for the supervisor, who has seen them and what was done",
     "SELECT count(*), min(raised), max(raised) FROM flag", WITH_CALL, UT_LEDGER_CALL_DAYS, UT_RIGHT_CALLS,
     FLOOR_ERASE},
    {"device", "desks and whether they are connected", "SELECT count(*), min(since), max(since) FROM device",
     "as long as the file", 0, UT_RIGHT_CALLS, "delete the file"},
    {"checkpoint", "signed sums of desks' audit files, of which it is the newest of each desk that stay",
     "SELECT count(*), min(received), max(received) FROM checkpoint", "until newer ones take its place", 0,
     UT_RIGHT_AUDIT, "delete the file"},
    {"rollout", "what was rolled out to desks, ring by ring, and what came of it: no call is in it",
     "SELECT count(*), min(changed), max(changed) FROM rollout", "as long as the file", 0, UT_RIGHT_ROLLOUTS,
     "delete the file"},
    {"rollout_file", "the settings, cue packs and firmware of roll-outs that desks may still take",
     "SELECT count(*), NULL, NULL FROM rollout_file", "until a later one takes its place", 0, UT_RIGHT_FILES,
     "delete the file"},
    {"device_rollout", "how far each desk has come with the newest roll-out that it knows",
     "SELECT count(*), min(since), max(since) FROM device_rollout", "as long as the file", 0, UT_RIGHTS,
     "delete the file"},
    {0},
};

struct looking {
    struct ut_database *d;
    const struct ut_holding *known;
    ut_holdings_each *each;
    void *ctx;
    struct ut_fault *fault;
};

static int64_t time_of(const struct ut_database_row *row, int column)
{
    return ut_database_null(row, column) ? -1 : ut_database_number(row, column);
}

static int take_count(void *ctx, const struct ut_database_row *row)
{
    struct ut_holding_found *f = ctx;
    f->rows = ut_database_number(row, 0);
    f->first = time_of(row, 1);
    f->last = time_of(row, 2);
    return 1;
}

static int take_table(void *ctx, const struct ut_database_row *row)
{
    const struct looking *l = ctx;
    struct ut_holding_found f = {.table = ut_database_text(row, 0),
                                 .columns = ut_database_text(row, 1),
                                 .about = l->known,
                                 .first = -1,
                                 .last = -1};
    while (f.about->table != NULL && strcmp(f.about->table, f.table) != 0)
        f.about++;
    if (f.about->table == NULL)
        f.about = NULL;
    else if (ut_database_ask(l->d, l->fault, take_count, &f, f.about->count, "") < 0)
        return -1;
    return l->each(l->ctx, &f);
}

int ut_holdings(struct ut_database *d, enum ut_holder holder, ut_holdings_each *each, void *ctx, struct ut_fault *fault)
{
    struct looking l = {d, holder == UT_HOLDER_STORE ? store : ledger, each, ctx, fault};
    return ut_database_ask(
        d, fault, take_table, &l,
        "SELECT name, (SELECT group_concat(name, ', ') FROM pragma_table_info(m.name)) FROM "
        "sqlite_master m WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
        "");
}
