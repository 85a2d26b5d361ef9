/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/outcome_table.h"

#include <stdio.h>
#include <string.h>

const char *ut_outcome_about(const char *outcome)
{
    static const struct {
        const char *outcome, *about;
    } KNOWN[] = {{"resolved", "resolution"}, {"unresolved", "resolution"}, {"escalated", "escalation"},
                 {"churned", "loyalty"},     {"stayed", "loyalty"},        {"csat1", "satisfaction"},
                 {"csat2", "satisfaction"},  {"csat3", "satisfaction"},    {"csat4", "satisfaction"},
                 {"csat5", "satisfaction"}};
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (strcmp(KNOWN[i].outcome, outcome) == 0)
            return KNOWN[i].about;
    return NULL;
}

struct name {
    char text[200];
};

static int take_name(void *ctx, const struct ut_database_row *row)
{
    struct name *name = ctx;
    (void)snprintf(name->text, sizeof name->text, "%s", ut_database_text(row, 0));
    return 1;
}

static int put(struct ut_database *d, const char *call, const char *outcome, int64_t at_ms, const char *by,
               struct name *session, struct ut_fault *fault)
{
    const char *about = ut_outcome_about(outcome);
    if (about == NULL)
        return ut_fault_set(fault, UT_EXIT_USAGE, "%s: no such outcome; give one of " UT_OUTCOMES, outcome);
    int found = ut_database_ask(
        d, fault, take_name, session,
        "SELECT c.session FROM call c WHERE c.session = ?1 OR c.contact = ?1 OR EXISTS(SELECT 1 FROM event e"
        " WHERE e.session = c.session AND e.type = 'undertone.session.identified.v1' AND CASE WHEN json_valid(e.json)"
        " THEN json_extract(e.json, '$.data.Contact') = ?1 END) ORDER BY c.session = ?1 DESC, c.stored DESC LIMIT 1",
        "t", call);
    if (found <= 0)
        return found;
    return ut_database_do(
               d, fault,
               "INSERT INTO outcome VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
               " outcome = excluded.outcome, at = excluded.at, by = excluded.by WHERE outcome <> excluded.outcome",
               "tttit", session->text, about, outcome, at_ms, by) == 0
               ? 1
               : -1;
}

int ut_outcome_put(struct ut_database *d, const char *call, const char *outcome, int64_t at_ms, const char *by,
                   struct ut_fault *fault)
{
    struct name session = {""};
    return put(d, call, outcome, at_ms, by, &session, fault);
}

static int put_once(struct ut_database *d, const char *id, const char *call, const char *outcome, int64_t at_ms,
                    struct ut_fault *fault)
{
    struct name session = {""};
    int known = ut_database_ask(d, fault, take_name, &session, "SELECT session FROM heard WHERE message = ?", "t", id);
    if (known != 0)
        return known;
    int r = put(d, call, outcome, at_ms, "mqtt", &session, fault);
    if (r == 1 && ut_database_do(d, fault, "INSERT INTO heard VALUES(?, ?)", "tt", id, session.text) != 0)
        return -1;
    return r;
}

int ut_outcome_put_once(struct ut_database *d, const char *id, const char *call, const char *outcome, int64_t at_ms,
                        struct ut_fault *fault)
{
    struct ut_fault undone = {0};
    if (ut_database_do(d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    int r = put_once(d, id, call, outcome, at_ms, fault);
    if (r >= 0 && ut_database_do(d, fault, "COMMIT", "") == 0)
        return r;
    (void)ut_database_do(d, &undone, "ROLLBACK", "");
    return -1;
}

struct lines {
    ut_outcome_line *each;
    void *ctx;
};

static int take_line(void *ctx, const struct ut_database_row *row)
{
    const struct lines *l = ctx;
    l->each(l->ctx, json_pack("{s:s, s:s, s:s, s:o, s:s}", "Session", ut_database_text(row, 0), "About",
                              ut_database_text(row, 1), "Outcome", ut_database_text(row, 2), "At",
                              ut_json_time(ut_database_number(row, 3)), "By", ut_database_text(row, 4)));
    return 0;
}

int ut_outcome_of(struct ut_database *d, const char *session, ut_outcome_line *each, void *ctx, struct ut_fault *fault)
{
    struct lines l = {each, ctx};
    return ut_database_ask(d, fault, take_line, &l,
                           "SELECT session, about, outcome, at, by FROM outcome WHERE session = ? ORDER BY at, about",
                           "t", session);
}

struct cues {
    ut_outcome_each *each;
    void *ctx;
};

static int take_cue(void *ctx, const struct ut_database_row *row)
{
    const struct cues *c = ctx;
    const struct ut_outcome_cue one = {.cue = ut_database_text(row, 0),
                                       .outcome = ut_database_text(row, 1),
                                       .at_ms = ut_database_number(row, 2),
                                       .has_value = !ut_database_null(row, 3),
                                       .value = (double)ut_database_number(row, 3) / 1000};
    return c->each(c->ctx, &one);
}

int ut_outcome_cues(struct ut_database *d, ut_outcome_each *each, void *ctx, struct ut_fault *fault)
{
    struct cues c = {each, ctx};
    /* An event may be no JSON. Of a loudness the baseline is taken off. */
    return ut_database_ask(
        d, fault, take_cue, &c,
        "WITH said AS (SELECT session, sequence, json_extract(json, '$.data.Cue') AS cue,"
        " json_extract(json, '$.data.Outcome') AS outcome, json_extract(json, '$.data.Opening') AS opening"
        " FROM event WHERE type = 'undertone.cue.outcome.v1' AND json_valid(json))"
        " SELECT s.cue, s.outcome, e.at, CAST(round(1000 * CASE s.cue WHEN 'customer_raised_voice'"
        " THEN json_extract(e.json, '$.data.Explanation[0].Value')"
        " - json_extract(e.json, '$.data.Explanation[0].Baseline')"
        " ELSE json_extract(e.json, '$.data.Explanation[0].Value') END) AS INTEGER)"
        " FROM said s JOIN event e ON e.session = s.session AND e.type = 'undertone.cue.opened.v1'"
        " AND CASE WHEN json_valid(e.json) THEN json_extract(e.json, '$.id') = s.opening END"
        " WHERE NOT EXISTS(SELECT 1 FROM said n WHERE n.session = s.session AND n.opening = s.opening"
        " AND n.sequence > s.sequence) ORDER BY e.n",
        "");
}
