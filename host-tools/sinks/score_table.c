/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/score_table.h"

int ut_score_table_put(struct ut_database *d, const char *session, int64_t t_ms, const char *json,
                       struct ut_fault *fault)
{
    return ut_database_do(d, fault,
                          "INSERT INTO score(session, t, json) SELECT ?1, ?2, ?3 WHERE EXISTS(SELECT 1 FROM call WHERE "
                          "session = ?1) ON CONFLICT DO NOTHING",
                          "tit", session, t_ms, json);
}

struct asking {
    ut_score_table_each *each;
    void *ctx;
};

static int take_score(void *ctx, const struct ut_database_row *row)
{
    const struct asking *a = ctx;
    return a->each(a->ctx, ut_database_number(row, 0), ut_database_text(row, 1));
}

int ut_score_table_behind(struct ut_database *d, const char *session, int64_t t_ms, int most, ut_score_table_each *each,
                          void *ctx, struct ut_fault *fault)
{
    struct asking a = {each, ctx};
    return ut_database_ask(d, fault, take_score, &a,
                           "SELECT t, json FROM score WHERE session = ? AND t > ? ORDER BY t LIMIT ?", "tii", session,
                           t_ms, (int64_t)most);
}

int ut_score_table_settle(struct ut_database *d, const char *receiver, const char *session, struct ut_fault *fault)
{
    return ut_database_do(
        d, fault,
        "DELETE FROM score WHERE session = ?1 AND NOT EXISTS(SELECT 1 FROM outbox WHERE receiver = ?2 "
        "AND session = ?1)",
        "tt", session, receiver);
}
