/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/outbox.h"

#include "host-tools/system/pause.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A due time so far ahead is that of a clock which has been set back since. */
static const int64_t FAR_MS = 30LL * 3600 * 1000;

int64_t ut_outbox_delay_ms(int tries, uint32_t chance)
{
    static const int64_t seconds[UT_OUTBOX_TRIES - 1] = {5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
    int64_t ms = 1000 * seconds[tries < 1 ? 0 : tries < UT_OUTBOX_TRIES ? tries - 1 : UT_OUTBOX_TRIES - 2];
    return ut_pause_about_ms(ms, chance);
}

void ut_outbox_left(const struct ut_outbox_counts *c, const char *sends, const char *option, char text[UT_OUTBOX_LEFT])
{
    char wait[80] = "", dead[80] = "", revive[120] = "";
    if (c->waiting > 0)
        (void)snprintf(wait, sizeof wait, "%" PRId64 " %s in the outbox%s", c->waiting,
                       c->waiting == 1 ? "event waits" : "events wait", c->dead > 0 ? ", " : "");
    if (c->dead > 0) {
        (void)snprintf(dead, sizeof dead, "%" PRId64 " %s dead%s", c->dead, c->dead == 1 ? "event is" : "events are",
                       c->waiting > 0 ? "" : " in the outbox");
        (void)snprintf(revive, sizeof revive, "; `undertone outbox revive%s` lets what is dead wait again", option);
    }
    (void)snprintf(text, UT_OUTBOX_LEFT, "%s%s%s%s%s%s%s", wait, dead, c->error[0] != '\0' ? ": " : "", c->error,
                   c->waiting > 0 ? "; " : "", c->waiting > 0 ? sends : "", revive);
}

int ut_outbox_add(struct ut_database *d, const char *receiver, const char *session, int64_t sequence, int64_t now,
                  struct ut_fault *fault)
{
    if (ut_database_do(
            d, fault,
            "INSERT INTO outbox(receiver, n, session, added, due) "
            "SELECT ?1, n, session, ?2, ?2 FROM event WHERE session = ?3 AND sequence = ?4 AND NOT "
            "EXISTS(SELECT 1 FROM addressed a WHERE a.receiver = ?1 AND a.session = ?3 AND a.sequence >= ?4) "
            "ON CONFLICT DO NOTHING",
            "titi", receiver, now, session, sequence) != 0)
        return -1;
    return ut_database_do(d, fault,
                          "INSERT INTO addressed(receiver, session, sequence) SELECT ?1, session, sequence FROM event "
                          "WHERE session = ?2 AND sequence = ?3 ON CONFLICT DO UPDATE SET sequence = "
                          "max(sequence, excluded.sequence)",
                          "tti", receiver, session, sequence);
}

static int take_row(void *ctx, const struct ut_database_row *found)
{
    struct ut_outbox_row *row = ctx;
    row->n = ut_database_number(found, 0);
    row->sequence = ut_database_number(found, 1);
    row->tries = (int)ut_database_number(found, 2);
    (void)snprintf(row->session, sizeof row->session, "%s", ut_database_text(found, 3));
    row->json = strdup(ut_database_text(found, 4));
    return 1;
}

/* Found, then taken if nobody was faster. */
int ut_outbox_take(struct ut_database *d, const char *receiver, int64_t now, struct ut_outbox_row *row,
                   struct ut_fault *fault)
{
    *row = (struct ut_outbox_row){0};
    int r = ut_database_ask(
        d, fault, take_row, row,
        "SELECT o.n, e.sequence, o.tries, o.session, e.json FROM outbox o JOIN event e USING(n) "
        "WHERE o.receiver = ?1 AND o.state = 'WAITING' AND (o.due <= ?2 OR o.due > ?2 + ?3) AND "
        "(o.taken <= ?2 OR o.taken > ?2 + ?3) AND NOT EXISTS(SELECT 1 FROM outbox p WHERE p.receiver = o.receiver "
        "AND p.state = 'WAITING' AND p.session = o.session AND p.n < o.n) ORDER BY o.n LIMIT 1",
        "tii", receiver, now, FAR_MS);
    if (r <= 0)
        return r;
    if (row->json == NULL)
        return ut_fault_no_memory(fault);
    if (ut_database_do(d, fault,
                       "UPDATE outbox SET taken = ?1 + ?2 WHERE receiver = ?3 AND n = ?4 AND state = 'WAITING' AND "
                       "(taken <= ?1 OR taken > ?1 + ?5)",
                       "iitii", now, (int64_t)UT_OUTBOX_TAKEN_MS, receiver, row->n, FAR_MS) != 0)
        r = -1;
    else if (ut_database_changed(d) == 0)
        r = 0;
    if (r == 1)
        return 1;
    free(row->json);
    row->json = NULL;
    return r;
}

int ut_outbox_hurry(struct ut_database *d, const char *receiver, int64_t now, struct ut_fault *fault)
{
    return ut_database_do(d, fault, "UPDATE outbox SET due = ? WHERE receiver = ? AND state = 'WAITING' AND due > ?",
                          "iti", now, receiver, now);
}

int ut_outbox_sent(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row, struct ut_fault *fault)
{
    return ut_database_do(d, fault, "DELETE FROM outbox WHERE receiver = ? AND n = ?", "ti", receiver, row->n);
}

int ut_outbox_again(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row, int64_t now,
                    int64_t again_ms, const char *error, struct ut_fault *fault)
{
    return ut_database_do(d, fault,
                          "UPDATE outbox SET tries = ?, due = ?, taken = 0, error = ?, state = ? "
                          "WHERE receiver = ? AND n = ?",
                          "iittti", (int64_t)row->tries + 1, now + again_ms, error,
                          row->tries + 1 >= UT_OUTBOX_TRIES ? "DEAD" : "WAITING", receiver, row->n);
}

int ut_outbox_untake(struct ut_database *d, const char *receiver, const struct ut_outbox_row *row,
                     struct ut_fault *fault)
{
    return ut_database_do(d, fault, "UPDATE outbox SET taken = 0 WHERE receiver = ? AND n = ?", "ti", receiver, row->n);
}

int ut_outbox_stop(struct ut_database *d, const char *receiver, const char *error, struct ut_fault *fault)
{
    return ut_database_do(
        d, fault, "UPDATE outbox SET state = 'DEAD', taken = 0, error = ? WHERE receiver = ? AND state = 'WAITING'",
        "tt", error, receiver);
}

struct head {
    ut_outbox_each *each;
    void *ctx;
};

static int take_head(void *ctx, const struct ut_database_row *row)
{
    const struct head *h = ctx;
    return h->each(h->ctx, ut_database_number(row, 0), ut_database_text(row, 1), ut_database_number(row, 2),
                   ut_database_text(row, 3), ut_database_text(row, 4));
}

int ut_outbox_head(struct ut_database *d, const char *receiver, int64_t n, int most, ut_outbox_each *each, void *ctx,
                   struct ut_fault *fault)
{
    struct head h = {each, ctx};
    return ut_database_ask(
        d, fault, take_head, &h,
        "SELECT o.n, o.session, e.sequence, e.type, e.json FROM outbox o JOIN event e USING(n) "
        "WHERE o.receiver = ? AND o.n > ? AND o.state = 'WAITING' AND NOT EXISTS(SELECT 1 FROM outbox p "
        "WHERE p.receiver = o.receiver AND p.state = 'DEAD' AND p.session = o.session) "
        "ORDER BY o.n LIMIT ?",
        "tii", receiver, n, (int64_t)most);
}

int ut_outbox_acked(struct ut_database *d, const char *receiver, const char *session, int64_t sequence, int64_t now,
                    struct ut_fault *fault)
{
    struct ut_fault undone;
    if (ut_database_do(d, fault, "BEGIN IMMEDIATE", "") != 0)
        return -1;
    if (ut_database_do(d, fault,
                       "DELETE FROM outbox WHERE receiver = ? AND n IN "
                       "(SELECT n FROM event WHERE session = ? AND sequence <= ?)",
                       "tti", receiver, session, sequence) == 0 &&
        ut_database_do(d, fault,
                       "INSERT INTO outbox(receiver, n, session, added, due) SELECT ?1, n, session, ?2, ?2 FROM event "
                       "WHERE session = ?3 AND sequence > ?4 ON CONFLICT DO NOTHING",
                       "titi", receiver, now, session, sequence) == 0 &&
        ut_database_do(d, fault,
                       "DELETE FROM score WHERE session = ?1 AND EXISTS(SELECT 1 FROM event WHERE session = ?1 AND "
                       "sequence <= ?2 AND type IN ('undertone.session.completed.v1', 'undertone.session.failed.v1'))",
                       "ti", session, sequence) == 0 &&
        ut_database_do(d, fault, "COMMIT", "") == 0)
        return 0;
    (void)ut_database_do(d, &undone, "ROLLBACK", "");
    return -1;
}

int ut_outbox_refused(struct ut_database *d, const char *receiver, const char *session, const char *error,
                      struct ut_fault *fault)
{
    return ut_database_do(d, fault,
                          "UPDATE outbox SET state = 'DEAD', taken = 0, error = ? "
                          "WHERE receiver = ? AND session = ? AND state = 'WAITING'",
                          "ttt", error, receiver, session);
}

int ut_outbox_revive(struct ut_database *d, const char *receiver, int64_t now, struct ut_fault *fault)
{
    if (ut_database_do(d, fault,
                       "UPDATE outbox SET state = 'WAITING', tries = 0, due = ?, taken = 0 "
                       "WHERE receiver = ? AND state = 'DEAD'",
                       "it", now, receiver) != 0)
        return -1;
    return ut_database_changed(d);
}

static int take_counts(void *ctx, const struct ut_database_row *row)
{
    struct ut_outbox_counts *c = ctx;
    c->waiting = ut_database_number(row, 0);
    c->dead = ut_database_number(row, 1);
    c->oldest_ms = ut_database_null(row, 2) ? -1 : ut_database_number(row, 2);
    c->due_ms = ut_database_null(row, 3) ? -1 : ut_database_number(row, 3);
    (void)snprintf(c->error, sizeof c->error, "%s", ut_database_text(row, 4));
    return 0;
}

int ut_outbox_counts(struct ut_database *d, const char *receiver, struct ut_outbox_counts *c, struct ut_fault *fault)
{
    *c = (struct ut_outbox_counts){0};
    return ut_database_ask(
        d, fault, take_counts, c,
        "SELECT sum(state = 'WAITING'), sum(state = 'DEAD'), "
        "min(CASE WHEN state = 'WAITING' THEN added END), "
        "min(CASE WHEN state = 'WAITING' AND NOT EXISTS(SELECT 1 FROM outbox p WHERE p.receiver = o.receiver "
        "AND p.state = 'WAITING' AND p.session = o.session AND p.n < o.n) THEN max(due, taken) END), "
        "(SELECT error FROM outbox WHERE receiver = ?1 AND error IS NOT NULL ORDER BY due DESC LIMIT 1) "
        "FROM outbox o WHERE receiver = ?1",
        "t", receiver);
}
