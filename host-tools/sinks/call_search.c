/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/call_search.h"

#include <string.h>

struct search {
    const struct ut_call_search *want;
    ut_call_search_each *each;
    void *ctx;
};

static bool fits(const struct ut_call_search *want, json_t *trajectory)
{
    const char *change = json_string_value(json_object_get(trajectory, "Change"));
    if (want->change != NULL && (change == NULL || strcmp(change, want->change) != 0))
        return false;
    if (want->peak > 0 && json_number_value(json_object_get(trajectory, "Peak")) < want->peak)
        return false;
    return want->above_ms == 0 ||
           json_number_value(json_object_get(trajectory, "AboveMillis")) >= (double)want->above_ms;
}

static int take(void *ctx, const struct ut_database_row *row)
{
    const struct search *s = ctx;
    json_t *trajectory = json_loads(ut_database_text(row, 10), 0, NULL);
    if (!json_is_object(trajectory)) {
        json_decref(trajectory);
        trajectory = NULL;
    }
    const struct ut_call_found found = {
        .call = ut_event_table_call_of(row), .hold_ms = ut_database_number(row, 9), .trajectory = trajectory};
    int r = fits(s->want, trajectory) ? s->each(s->ctx, &found) : 0;
    json_decref(trajectory);
    return r;
}

int ut_call_search(struct ut_database *d, const struct ut_call_search *want, ut_call_search_each *each, void *ctx,
                   struct ut_fault *fault)
{
    struct search s = {want, each, ctx};
    /* An event may be no JSON. */
    return ut_database_ask(
               d, fault, take, &s,
               "SELECT " UT_EVENT_TABLE_CALL_COLUMNS ","
               " max(CASE WHEN e.type = 'undertone.hold.ended.v1' AND json_valid(e.json)"
               " THEN json_extract(e.json, '$.data.TotalTimeMillis') END),"
               " max(CASE WHEN e.type IN ('undertone.session.completed.v1', 'undertone.session.failed.v1')"
               " AND json_valid(e.json) THEN json_extract(e.json, '$.data.Trajectory') END)"
               " FROM call c JOIN event e USING(session)"
               " WHERE (?1 = 0 OR (c.start <> 0 AND c.start >= ?1)) AND (?2 = 0 OR (c.start <> 0 AND c.start < ?2))"
               " AND (?3 IS NULL OR c.contact = ?3)"
               " AND (?4 IS NULL OR EXISTS(SELECT 1 FROM event o WHERE o.session = c.session"
               " AND o.type = 'undertone.cue.opened.v1' AND CASE WHEN json_valid(o.json)"
               " THEN json_extract(o.json, '$.data.Cue') = ?4 END))"
               " GROUP BY c.session ORDER BY CASE WHEN c.start = 0 THEN c.stored ELSE c.start END, min(e.n)",
               "iitt", want->since_ms, want->until_ms, want->contact, want->cue) < 0
               ? -1
               : 0;
}
