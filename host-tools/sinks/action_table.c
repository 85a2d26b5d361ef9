/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_table.h"

#include "host-tools/settings/action_rules.h"
#include "host-tools/system/digest.h"
#include "host-tools/system/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS 3600000LL
/* A due time so far ahead is that of a clock which has been set back since. */
#define FAR_MS (2 * HOUR_MS)

/* Between tries. */
static int64_t pause_ms(int failures)
{
    static const int64_t seconds[] = {5, 30, 120, 600, 1800};
    int last = (int)(sizeof seconds / sizeof seconds[0]) - 1;
    return 1000 * seconds[failures < 1 ? 0 : failures > last ? last : failures - 1];
}

void ut_action_id(char id[UT_ACTION_ID], const char *session, int64_t sequence, const char *name)
{
    char text[300], digest[UT_DIGEST_TEXT];
    int n = snprintf(text, sizeof text, "%.150s\n%" PRId64 "\n%.60s", session, sequence, name);
    ut_digest(text, (size_t)n, digest);
    (void)snprintf(id, UT_ACTION_ID, "%.32s", digest);
}

int ut_action_request(struct ut_database *d, const struct ut_action_request *r, int64_t now, struct ut_fault *fault)
{
    if (ut_database_do(d, fault,
                       "INSERT INTO action(id, session, name, state, go, otherwise, requested, until, due, steps, json)"
                       " SELECT ?1, ?2, ?3, 'REQUESTED', ?4, ?5, ?6, ?7, ?6, 'REQUESTED ' || ?6, ?8"
                       " WHERE NOT EXISTS(SELECT 1 FROM action WHERE name = ?3 AND state = 'FAILED')"
                       " AND (?9 = 0 OR (SELECT count(*) FROM action WHERE name = ?3 AND requested > ?6 - ?10"
                       " AND requested <= ?6) < ?9) ON CONFLICT DO NOTHING",
                       "tttiiiitii", r->id, r->session, r->name, (int64_t)!r->asks, (int64_t)r->otherwise, now,
                       r->asks ? r->until_ms : 0, r->json, (int64_t)r->limit, HOUR_MS) != 0)
        return -1;
    return ut_database_changed(d) > 0;
}

int ut_action_answer(struct ut_database *d, const char *id, bool yes, int64_t now, struct ut_fault *fault)
{
    const char *state = yes ? "CONFIRMED" : "DECLINED";
    if (ut_database_do(d, fault,
                       "UPDATE action SET state = ?1, go = ?2, due = ?3, steps = steps || ' ' || ?1 || ' ' || ?3"
                       " WHERE id = ?4 AND state = 'REQUESTED' AND go = 0 AND until > ?3",
                       "tiit", state, (int64_t)yes, now, id) != 0)
        return -1;
    return ut_database_changed(d) > 0;
}

static int take_any(void *ctx, const struct ut_database_row *row)
{
    (void)ctx;
    (void)row;
    return 1;
}

int ut_action_asks(struct ut_database *d, const char *id, const char *consent, int64_t now, struct ut_fault *fault)
{
    return ut_database_ask(d, fault, take_any, NULL,
                           "SELECT 1 FROM action WHERE id = ? AND state = 'REQUESTED' AND go = 0 AND until > ?"
                           " AND CASE WHEN json_valid(json) THEN json_extract(json, '$.data.Consent') END = ?",
                           "tit", id, now, consent);
}

bool ut_action_expires(const struct ut_action_row *row, int64_t now)
{
    return row->until_ms <= now || row->until_ms > now + UT_ACTION_ASK_MS;
}

int ut_action_expire(struct ut_database *d, int64_t now, struct ut_fault *fault)
{
    return ut_database_do(d, fault,
                          "UPDATE action SET state = 'EXPIRED', go = otherwise, due = ?1,"
                          " steps = steps || ' EXPIRED ' || ?1"
                          " WHERE state = 'REQUESTED' AND go = 0 AND (until <= ?1 OR until > ?1 + ?2)",
                          "ii", now, (int64_t)UT_ACTION_ASK_MS);
}

static int take_due(void *ctx, const struct ut_database_row *row)
{
    struct ut_action_due *due = ctx;
    (void)snprintf(due->id, sizeof due->id, "%s", ut_database_text(row, 0));
    (void)snprintf(due->name, sizeof due->name, "%s", ut_database_text(row, 1));
    due->tries = (int)ut_database_number(row, 2);
    due->json = strdup(ut_database_text(row, 3));
    return 1;
}

/* Found, then taken if nobody was faster. */
int ut_action_take(struct ut_database *d, int64_t now, struct ut_action_due *due, struct ut_fault *fault)
{
    *due = (struct ut_action_due){0};
    int r = ut_database_ask(d, fault, take_due, due,
                            "SELECT id, name, tries, json FROM action WHERE go = 1 AND (due <= ?1 OR due > ?1 + ?2)"
                            " AND (taken <= ?1 OR taken > ?1 + ?2) ORDER BY requested, id LIMIT 1",
                            "ii", now, FAR_MS);
    if (r <= 0)
        return r;
    if (due->json != NULL && ut_database_do(d, fault,
                                            "UPDATE action SET taken = ?1 + ?2 WHERE id = ?3 AND go = 1"
                                            " AND (taken <= ?1 OR taken > ?1 + ?4)",
                                            "iiti", now, (int64_t)UT_ACTION_LEASE_MS, due->id, FAR_MS) == 0) {
        if (ut_database_changed(d) > 0)
            return 1;
        free(due->json);
        due->json = NULL;
        return 0;
    }
    if (due->json == NULL)
        (void)ut_fault_no_memory(fault);
    free(due->json);
    due->json = NULL;
    return -1;
}

int ut_action_untake(struct ut_database *d, const struct ut_action_due *due, struct ut_fault *fault)
{
    return ut_database_do(d, fault, "UPDATE action SET taken = 0 WHERE id = ?", "t", due->id);
}

int ut_action_done(struct ut_database *d, const struct ut_action_due *due, int64_t now, struct ut_fault *fault)
{
    return ut_database_do(d, fault,
                          "UPDATE action SET state = 'DONE', go = 0, error = NULL, steps = steps || ' DONE ' || ?1"
                          " WHERE id = ?2 AND state <> 'DONE'",
                          "it", now, due->id);
}

int ut_action_failed(struct ut_database *d, const struct ut_action_due *due, int park, const char *error, int64_t now,
                     struct ut_fault *fault)
{
    if (due->tries + 1 < park)
        return ut_database_do(d, fault,
                              "UPDATE action SET tries = tries + 1, error = ?1, due = ?2, taken = 0 WHERE id = ?3",
                              "tit", error, now + pause_ms(due->tries + 1), due->id);
    /* one statement: all of the name or none; one that another has in hand stays in his */
    return ut_database_do(d, fault,
                          "UPDATE action SET state = 'FAILED', go = 0, tries = tries + (id = ?1), error = ?2,"
                          " taken = taken * (id <> ?1),"
                          " steps = steps || ' FAILED ' || ?3 WHERE go = 1 AND name = ?4",
                          "ttit", due->id, error, now, due->name) == 0
               ? 1
               : -1;
}

int ut_action_retry(struct ut_database *d, const char *which, int64_t now, struct ut_fault *fault)
{
    if (ut_database_do(d, fault,
                       "UPDATE action SET state = 'CONFIRMED', go = 1, tries = 0, due = ?1,"
                       " steps = steps || ' CONFIRMED ' || ?1 WHERE state = 'FAILED' AND (id = ?2 OR name = ?2)",
                       "it", now, which) != 0)
        return -1;
    return ut_database_changed(d);
}

int ut_action_hurry(struct ut_database *d, struct ut_fault *fault)
{
    return ut_database_do(d, fault, "UPDATE action SET due = 0 WHERE go = 1", "");
}

int ut_action_next(struct ut_database *d, int64_t *unix_ms, struct ut_fault *fault)
{
    return ut_database_count(d, fault, unix_ms, -1,
                             "SELECT min(CASE WHEN go = 1 THEN max(due, taken) ELSE until END) FROM action"
                             " WHERE go = 1 OR state = 'REQUESTED' HAVING count(*) > 0");
}

int ut_action_forget(struct ut_database *d, const char *session, struct ut_fault *fault)
{
    return ut_database_do(d, fault, "DELETE FROM action WHERE session = ?", "t", session);
}

struct listing {
    ut_action_each *each;
    void *ctx;
};

static int take_row(void *ctx, const struct ut_database_row *row)
{
    const struct listing *l = ctx;
    const struct ut_action_row out = {.id = ut_database_text(row, 0),
                                      .session = ut_database_text(row, 1),
                                      .name = ut_database_text(row, 2),
                                      .state = ut_database_text(row, 3),
                                      .steps = ut_database_text(row, 4),
                                      .error = ut_database_text(row, 5),
                                      .requested_ms = ut_database_number(row, 6),
                                      .tries = (int)ut_database_number(row, 7),
                                      .waits = ut_database_number(row, 8) != 0,
                                      .json = ut_database_text(row, 9),
                                      .otherwise = ut_database_number(row, 10) != 0,
                                      .until_ms = ut_database_number(row, 11)};
    return l->each(l->ctx, &out);
}

#define COLUMNS                                                                                                        \
    "SELECT id, session, name, state, steps, error, requested, tries, go, json, otherwise, until FROM action"

int ut_action_list(struct ut_database *d, ut_action_each *each, void *ctx, struct ut_fault *fault)
{
    struct listing l = {each, ctx};
    return ut_database_ask(d, fault, take_row, &l, COLUMNS " ORDER BY requested, id", "") < 0 ? -1 : 0;
}

int ut_action_list_asked(struct ut_database *d, ut_action_each *each, void *ctx, struct ut_fault *fault)
{
    struct listing l = {each, ctx};
    return ut_database_ask(d, fault, take_row, &l,
                           COLUMNS " WHERE state = 'REQUESTED' AND go = 0 ORDER BY requested, id", "") < 0
               ? -1
               : 0;
}

int ut_action_list_of(struct ut_database *d, const char *session, ut_action_each *each, void *ctx,
                      struct ut_fault *fault)
{
    struct listing l = {each, ctx};
    return ut_database_ask(d, fault, take_row, &l, COLUMNS " WHERE session = ? ORDER BY requested, id", "t", session) <
                   0
               ? -1
               : 0;
}

static void clean(const char *text, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", text);
    ut_utf8_clean(out);
}

/* "REQUESTED 17 DONE 18" as a list. */
static json_t *steps_of(const char *steps)
{
    json_t *list = json_array();
    char state[16];
    long long at;
    int used;
    while (sscanf(steps, " %15[A-Z] %lld%n", state, &at, &used) == 2) {
        json_array_append_new(list, json_pack("{s:s, s:o}", "State", state, "At", ut_json_time(at)));
        steps += used;
    }
    return list;
}

json_t *ut_action_json(const struct ut_action_row *row, bool whole)
{
    char text[4][UT_ACTION_ERROR];
    clean(row->id, text[0], sizeof text[0]);
    clean(row->session, text[1], sizeof text[1]);
    clean(row->name, text[2], sizeof text[2]);
    clean(row->error, text[3], sizeof text[3]);
    json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:o, s:o}", "Id", text[0], "Session", text[1], "Action",
                            text[2], "State", row->state, "Waits", row->waits, "Failures", row->tries, "Error",
                            text[3][0] != '\0' ? json_string(text[3]) : json_null(), "Steps", steps_of(row->steps));
    json_t *sent = whole ? json_loads(row->json, 0, NULL) : NULL;
    if (sent != NULL)
        json_object_set_new(out, "Sent", sent);
    return out;
}
