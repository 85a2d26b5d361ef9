/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/effect_calls.h"

#include <math.h>
#include <string.h>

struct calls {
    ut_effect_calls_each *each;
    void *ctx;
};

static double number(const struct ut_database_row *row, int column, double scale)
{
    return ut_database_null(row, column) ? (double)NAN : (double)ut_database_number(row, column) * scale;
}

static int take(void *ctx, const struct ut_database_row *row)
{
    const struct calls *c = ctx;
    const char *change = ut_database_text(row, 3), *csat = ut_database_text(row, 6);
    const struct ut_effect_call call = {.began_ms = ut_database_number(row, 0),
                                        .held = strcmp(ut_database_text(row, 1), "held_out") == 0,
                                        .after = number(row, 2, 0.001),
                                        .worse = change[0] == '\0'              ? (double)NAN
                                                 : strcmp(change, "worse") == 0 ? 1.0
                                                                                : 0.0,
                                        .minutes = number(row, 4, 1.0 / 60000),
                                        .escalated = ut_database_number(row, 5) != 0,
                                        .csat = strncmp(csat, "csat", 4) != 0 ? (double)NAN
                                                                              : (double)(csat[strlen("csat")] - '0')};
    return c->each(c->ctx, &call);
}

int ut_effect_calls(struct ut_database *d, int64_t since_ms, ut_effect_calls_each *each, void *ctx,
                    struct ut_fault *fault)
{
    struct calls c = {each, ctx};
    /* An event may be no JSON. */
    return ut_database_ask(
        d, fault, take, &c,
        "SELECT c.start, s.arm, CAST(round(1000 * json_extract(t.course, '$.AfterCue')) AS INTEGER),"
        " json_extract(t.course, '$.Change'), c.ended - c.start,"
        " EXISTS(SELECT 1 FROM outcome o WHERE o.session = c.session AND o.outcome = 'escalated')"
        " OR EXISTS(SELECT 1 FROM event h WHERE h.session = c.session AND h.type = 'undertone.handover.v1'"
        " AND CASE WHEN json_valid(h.json) THEN json_extract(h.json, '$.data.Kind') = 'escalation' END),"
        " (SELECT outcome FROM outcome o WHERE o.session = c.session AND o.about = 'satisfaction')"
        " FROM call c JOIN (SELECT session, json_extract(json, '$.data.Arm') AS arm FROM event"
        " WHERE type = 'undertone.session.started.v1' AND json_valid(json)) s USING(session)"
        " JOIN (SELECT session, json_extract(json, '$.data.Trajectory') AS course FROM event"
        " WHERE type = 'undertone.session.completed.v1' AND json_valid(json)) t USING(session)"
        " WHERE s.arm IN ('shown', 'held_out') AND c.start <> 0 AND c.start >= ? AND c.ended >= c.start AND NOT EXISTS"
        "(SELECT 1 FROM event r WHERE r.session = c.session AND r.type = 'undertone.session.refused.v1')"
        " ORDER BY c.start, c.session",
        "i", since_ms);
}
