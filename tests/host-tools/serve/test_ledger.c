/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/system/database.h"
#include "host-tools/system/postgres.h"
#include "tests/host-tools/postgres_server.h"
#include "tests/host-tools/serve/ledger_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* What is asked of each kind of database. */
struct kind {
    struct ut_ledger *(*begin)(void); /* an empty one */
    int64_t (*ask)(const char *sql);
    void (*run)(const char *sql);
};

static const struct kind *kind;

static const struct ut_database_kind any = {.what = "x", .owner = 0x556E6466, .version = 2, .schema = ""};

static struct ut_ledger *begin_sqlite(void)
{
    clear();
    return ut_ledger_sqlite(path, true, &fault);
}

static int64_t ask_sqlite(const char *sql)
{
    int64_t n;
    struct ut_database *d = ut_database_open(path, &any, false, &fault);
    assert_non_null(d);
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    ut_database_close(d);
    return n;
}

static void run_sqlite(const char *sql)
{
    struct ut_database *d = ut_database_open(path, &any, false, &fault);
    assert_int_equal(ut_database_do(d, &fault, sql, ""), 0);
    ut_database_close(d);
}

static void run_postgres(const char *sql)
{
    struct ut_postgres *p = ut_postgres_open(ut_server_address, "undertone", &fault);
    assert_non_null(p);
    assert_int_equal(ut_postgres_script(p, &fault, sql), 0);
    ut_postgres_close(p);
}

static struct ut_ledger *begin_postgres(void)
{
    run_postgres("DROP SCHEMA IF EXISTS undertone CASCADE");
    return ut_ledger_postgres(ut_server_address, "site", &fault);
}

static int take_number(void *ctx, const struct ut_database_row *row)
{
    *(int64_t *)ctx = ut_database_number(row, 0);
    return 0;
}

static int64_t ask_postgres(const char *sql)
{
    int64_t n = -1;
    struct ut_postgres *p = ut_postgres_open(ut_server_address, "undertone", &fault);
    assert_non_null(p);
    if (ut_postgres_ask(p, &fault, take_number, &n, sql, "") != 0)
        fail_msg("%s", fault.text);
    ut_postgres_close(p);
    return n;
}

static int setup(void **state)
{
    (void)state;
    fault = (struct ut_fault){0};
    count = 0;
    l = kind->begin();
    if (l == NULL)
        print_error("%s\n", fault.text);
    return l == NULL;
}

static int64_t ask(const char *sql)
{
    return kind->ask(sql);
}

static void an_event_is_kept_once(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 1, "session.started");
    add("d", "a", 2, "cue.opened");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_NEW);
    assert_int_equal(e[1].result, UT_LEDGER_AGAIN);
    assert_int_equal(e[2].result, UT_LEDGER_NEW);
    assert_int_equal(e[0].contiguous, 2);
    add("d", "a", 2, "cue.closed"); /* of another content too */
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_AGAIN);
    assert_int_equal(e[0].contiguous, 2);
    assert_int_equal(ask("SELECT count(*) FROM event"), 2);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE sequence = 2 AND json LIKE '%cue.opened%'"), 1);
    assert_int_equal(counts().events, 2);
}

static void a_hole_waits(void **state)
{
    (void)state;
    add("d", "a", 2, "cue.opened");
    add("d", "a", 4, "flag.raised");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_NEW);
    assert_int_equal(e[0].contiguous, 0);
    assert_int_equal(counts().flags_open, 0);
    add("d", "a", 1, "session.started");
    take(NOW);
    assert_int_equal(e[0].contiguous, 2);
    assert_int_equal(counts().calls_live, 1);
    add("d", "a", 4, "flag.raised");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_AGAIN);
    assert_int_equal(e[0].contiguous, 2);
    add("d", "a", 3, "cue.closed");
    take(NOW);
    assert_int_equal(e[0].contiguous, 4);
    assert_int_equal(counts().flags_open, 1);
    add("d", "a", 5 + UT_LEDGER_AHEAD, "cue.opened");
    add("d", "a", 4 + UT_LEDGER_AHEAD, "cue.opened");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_TOO_FAR);
    assert_int_equal(e[0].contiguous, 4);
    assert_int_equal(e[1].result, UT_LEDGER_NEW);
}

static void a_session_is_of_one_device(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    take(NOW);
    add("other", "a", 2, "cue.opened");
    add("other", "a", 0, "score");
    add("d", "a", 0, "score");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
    assert_int_equal(e[1].result, UT_LEDGER_FOREIGN);
    assert_int_equal(e[2].result, UT_LEDGER_NEW);
    assert_int_equal(ask("SELECT count(*) FROM event"), 1);
    assert_int_equal(ask("SELECT count(*) FROM score"), 1);
    assert_int_equal(ask("SELECT length(snapshot) > 10 FROM live"), 1);
}

static void a_call_begins_and_ends(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 2, "flag.raised");
    add("d", "b", 1, "session.started");
    take(NOW);
    assert_int_equal(counts().calls_live, 2);
    assert_int_equal(counts().flags_open, 1);
    add("d", "a", 3, "session.completed");
    add("d", "b", 2, "session.failed");
    take(NOW);
    assert_int_equal(counts().calls_live, 0);
    assert_int_equal(counts().flags_open, 0);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'a' AND state = 'COMPLETED' AND ended > began"),
                     1);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'b' AND state = 'FAILED'"), 1);
    add("d", "b", 0, "score"); /* late */
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
}

/* Makes the newest event one of a cue. */
static void of_cue(const char *cue)
{
    char *data = strstr(json[count - 1], "{\"ContactId\"");
    assert_non_null(data);
    (void)snprintf(data, sizeof json[0] - (size_t)(data - json[count - 1]),
                   "{\"ContactId\":\"c\",\"Cue\":\"%s\",\"Explanation\":[]}}", cue);
}

static void what_a_customer_refuses_is_taken_out(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 2, "cue.opened");
    of_cue("empathy_cue");
    add("d", "a", 3, "cue.opened");
    of_cue("overlapping_speech");
    add("d", "a", 4, "handover");
    add("d", "a", 0, "score");
    add("d", "b", 1, "session.started");
    add("d", "b", 2, "cue.opened");
    of_cue("empathy_cue");
    add("d", "b", 0, "score");
    take(NOW);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE json LIKE '%Erased%'"), 0);
    assert_int_equal(ask("SELECT count(*) FROM score"), 2);
    add("d", "a", 6, "session.refused"); /* acts in its turn */
    take(NOW);
    assert_int_equal(ask("SELECT count(*) FROM score"), 2);
    add("d", "a", 5, "cue.closed");
    of_cue("empathy_cue");
    take(NOW);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'a' AND (replace(json, ' ', '') LIKE "
                         "'%\"data\":{\"ContactId\":\"c\",\"Erased\":true}%' OR replace(json, ' ', '') LIKE "
                         "'%\"data\":{\"Erased\":true,\"ContactId\":\"c\"}%')"),
                     3);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'a' AND json LIKE '%empathy%'"), 0);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'a' AND json LIKE '%overlapping%'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'b' AND json LIKE '%empathy%'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM score WHERE session = 'b'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM score"), 1);
}

/* It may overtake: events wait in the outbox, scores do not. */
static void a_score_behind_a_refusal_is_late(void **state)
{
    (void)state;
    static const char *const data[] = {"\"Score\":{\"Frustration\":0.8},\"ScoreFast\":null", "\"ScoreFast\":{\"x\":0}",
                                       "\"Score\":null,\"ScoreSlow\":{\"x\":0}", "\"Score\":null,\"ScoreFast\":null"};
    add("d", "a", 1, "session.started");
    add("d", "b", 1, "session.started");
    add("d", "a", 2, "session.refused");
    take(NOW);
    for (int i = 0; i < 4; i++)
        for (int other = 0; other <= 1; other++) {
            add("d", other ? "b" : "a", 0, "score");
            char *at = strstr(json[0], "\"data\":") + strlen("\"data\":");
            (void)snprintf(at, sizeof json[0] - (size_t)(at - json[0]),
                           "{\"ContactId\":\"c\",\"EndOffsetMillis\":%d,%s}}", i, data[i]);
            e[0].about.t_ms = i;
            take(NOW);
            assert_int_equal(e[0].result, other || i == 3 ? UT_LEDGER_NEW : UT_LEDGER_FOREIGN);
        }
    assert_int_equal(ask("SELECT count(*) FROM score WHERE session = 'a'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM live WHERE session = 'a' AND snapshot LIKE '%Frustration%'"), 0);
    assert_int_equal(ask("SELECT count(*) FROM score WHERE session = 'b'"), 4);
}

static int say_heard(const char *device, const char *boot, int connection, enum ut_floor_state state,
                     const char *session, bool retained)
{
    struct ut_floor_status s = {.state = state, .connection = connection, .retained = retained};
    (void)snprintf(s.boot, sizeof s.boot, "0000000%s-0000-7000-8000-000000000000", boot);
    (void)snprintf(s.session, sizeof s.session, "%s", session);
    return l->kind->status(l, device, &s, NOW, &fault);
}

static int say(const char *device, const char *boot, int connection, enum ut_floor_state state, const char *session)
{
    return say_heard(device, boot, connection, state, session, false);
}

static void an_older_will_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, "a"), 1);
    assert_int_equal(counts().devices_connected, 1);
    assert_int_equal(say("d", "1", 9, UT_FLOOR_LOST, ""), 0);
    assert_int_equal(say("d", "2", 2, UT_FLOOR_CONNECTED, "a"), 1);
    assert_int_equal(say("d", "2", 1, UT_FLOOR_LOST, ""), 0);
    assert_int_equal(counts().devices_connected, 1);
    assert_int_equal(say("d", "2", 2, UT_FLOOR_LOST, ""), 1);
    assert_int_equal(counts().devices_connected, 0);
}

static void a_restarted_desk_ends_its_earlier_call(void **state)
{
    (void)state;
    assert_int_equal(say("d", "1", 1, UT_FLOOR_CONNECTED, "a"), 1);
    add("d", "a", 1, "session.started");
    add("e", "x", 1, "session.started");
    take(NOW);
    assert_int_equal(say("d", "1", 1, UT_FLOOR_LOST, "a"), 1);
    assert_int_equal(counts().calls_live, 2); /* perhaps it comes back */
    assert_int_equal(say("d", "1", 2, UT_FLOOR_CONNECTED, "a"), 1);
    assert_int_equal(counts().calls_live, 2);
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, "b"), 1);
    assert_int_equal(counts().calls_live, 1);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'a' AND state = 'LOST'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'x' AND state = 'IN_PROGRESS'"), 1);
    add("d", "a", 2, "session.completed"); /* it was in the outbox */
    take(NOW);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'a' AND state = 'COMPLETED'"), 1);
}

static void what_is_old_goes(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 0, "score");
    add("d", "a", 2, "flag.raised");
    take(NOW);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_SCORE_DAYS * DAY, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM score"), 1);
    assert_int_equal(l->kind->retain(l, NOW + (UT_LEDGER_SCORE_DAYS + 1) * DAY, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM score"), 0);
    add("d", "a", 0, "score"); /* of a desk that was away so long */
    e[0].about.t_ms = 77;
    add("d", "new", 1, "session.started");
    take(NOW + (UT_LEDGER_SCORE_DAYS + 1) * DAY);
    assert_int_equal(e[0].result, UT_LEDGER_NEW);
    assert_int_equal(e[1].result, UT_LEDGER_NEW);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_CALL_DAYS * DAY, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM event"), 3);
    assert_int_equal(l->kind->retain(l, NOW + (UT_LEDGER_CALL_DAYS + 1) * DAY, &fault), 1);
    assert_int_equal(
        ask("SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM flag) + (SELECT count(*) FROM live)"), 2);
    assert_int_equal(counts().sessions, 1);
}

static void all_or_nothing(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    take(NOW);
    kind->run("ALTER TABLE flag RENAME TO elsewhere");
    add("d", "a", 2, "cue.opened");
    add("d", "a", 3, "flag.raised");
    assert_int_equal(l->kind->take(l, e, count, NOW, &fault), -1);
    count = 0;
    assert_int_equal(ask("SELECT count(*) FROM event"), 1);
    assert_int_equal(ask("SELECT contiguous FROM progress"), 1);
    kind->run("ALTER TABLE elsewhere RENAME TO flag");
    add("d", "a", 2, "cue.opened");
    take(NOW);
    assert_int_equal(e[0].contiguous, 2);
}

/* "session flag," of each call. */
static int list_call(void *ctx, const struct ut_ledger_call *c)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%s%s%s ", c->session, c->flag > 0 && c->lowered < 0 ? "!" : "",
                  c->ended >= 0 ? "." : "");
    assert_string_equal(c->contact, "c");
    assert_int_equal(c->link, UT_FLOOR_LOST);
    if (strcmp(c->session, "b") == 0) {
        assert_int_equal(c->cues, 1);
        assert_int_equal(c->events, 3);
        assert_non_null(strstr(c->flag_event, "flag.raised"));
        assert_non_null(strstr(c->snapshot, "score"));
        assert_int_equal(c->updated, NOW);
        assert_string_equal(c->device, "d");
    }
    return 0;
}

static void add_calls(void)
{
    add("d", "a", 1, "session.started");
    add("d", "b", 2, "session.started");
    add("d", "b", 1, "cue.opened");
    add("d", "b", 3, "flag.raised");
    add("d", "b", 0, "score");
    e[count - 1].about.t_ms = 4000;
    add("d", "z", 1, "session.started");
    add("d", "z", 2, "session.completed");
    add("d", "z", 3, "flag.raised");
    add("d", "z", 4, "flag.lowered");
    take(NOW);
}

static void calls_are_listed_by_their_flags(void **state)
{
    (void)state;
    char text[100] = "";
    add_calls();
    assert_int_equal(l->kind->calls(l, NULL, 0, list_call, text, &fault), 0);
    assert_string_equal(text, "b! a z. ");
    text[0] = '\0';
    assert_int_equal(l->kind->calls(l, NULL, NOW, list_call, text, &fault), 0);
    assert_string_equal(text, "b! a ");
    text[0] = '\0';
    assert_int_equal(l->kind->calls(l, "a", 0, list_call, text, &fault), 0);
    assert_string_equal(text, "a ");
}

static int list_line(void *ctx, int64_t key, const char *line)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%d%s ", (int)key, strstr(line, "cue.opened") != NULL ? "c" : "");
    return strcmp(text, "2 3 ") == 0 ? 7 : 0;
}

static void a_page_reads_on(void **state)
{
    (void)state;
    char text[100] = "";
    add_calls();
    assert_int_equal(l->kind->events(l, "b", 0, 2, list_line, text, &fault), 0);
    assert_string_equal(text, "1c 2 ");
    text[0] = '\0';
    assert_int_equal(l->kind->events(l, "z", 1, 10, list_line, text, &fault), 7);
    text[0] = '\0';
    assert_int_equal(l->kind->scores(l, "b", 3999, 10, list_line, text, &fault), 0);
    assert_string_equal(text, "4000 ");
    text[0] = '\0';
    assert_int_equal(l->kind->scores(l, "b", 4000, 10, list_line, text, &fault), 0);
    assert_string_equal(text, "");
}

static void the_first_to_see_a_flag_is_remembered(void **state)
{
    (void)state;
    char session[UT_FLOOR_SESSION];
    add_calls();
    int64_t flag = ask("SELECT id FROM flag WHERE session = 'b'");
    assert_int_equal(l->kind->flagged(l, flag, session, &fault), 1);
    assert_string_equal(session, "b");
    assert_int_equal(l->kind->flagged(l, flag + 10, session, &fault), 0);
    assert_int_equal(l->kind->act(l, flag + 10, "Kim", NULL, NOW, &fault), 0);
    assert_int_equal(l->kind->act(l, flag, "Kim", NULL, NOW, &fault), 1);
    assert_int_equal(l->kind->act(l, flag, "Lee", "calls back", NOW + 1, &fault), 1);
    assert_int_equal(l->kind->act(l, flag, "Kim", "listens", NOW + 2, &fault), 1);
    assert_int_equal(ask("SELECT count(*) FROM flag WHERE session = 'b' AND acked = 1800000000000 AND acked_by = 'Kim' "
                         "AND acted = 1800000000001 AND action = 'calls back'"),
                     1);
}

static void of_customer(const char *customer)
{
    char *data = strstr(json[count - 1], "{\"ContactId\"");
    (void)snprintf(data, sizeof json[0] - (size_t)(data - json[count - 1]),
                   "{\"ContactId\":\"c\",\"Customer\":\"%s\"}}", customer);
}

static void a_customer_is_found_and_forgotten(void **state)
{
    (void)state;
    char text[100] = "";
    add("d", "a", 1, "session.started");
    of_customer("0a1b");
    add("d", "a", 2, "flag.raised");
    add("d", "a", 0, "score");
    add("d", "y", 1, "session.started");
    add("d", "y", 2, "session.identified");
    of_customer("0a1b");
    add("d", "z", 1, "session.started");
    of_customer("ffff");
    add("d", "z", 0, "score");
    take(NOW);
    assert_int_equal(l->kind->calls_of(l, "0a1b", list_call, text, &fault), 0);
    assert_string_equal(text, "a! y ");
    assert_int_equal(l->kind->forget(l, "0a1b", &fault), 2);
    assert_int_equal(l->kind->forget(l, "0a1b", &fault), 0);
    text[0] = '\0';
    assert_int_equal(l->kind->calls(l, NULL, 0, list_call, text, &fault), 0);
    assert_string_equal(text, "z ");
    assert_int_equal(ask("SELECT count(*) FROM event"), 1);
    assert_int_equal(ask("SELECT count(*) FROM score"), 1);
    assert_int_equal(ask("SELECT count(*) FROM flag"), 0);
    assert_int_equal(counts().events, 5); /* a total, and no sum of what is there */
    add("d", "a", 3, "cue.opened");       /* it was in the outbox */
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
}

static int list_checkpoint(void *ctx, const struct ut_ledger_checkpoint *c)
{
    char *text = ctx;
    if (strlen(text) < 60)
        (void)sprintf(text + strlen(text), "%s%d%s ", c->device, (int)c->n, c->root);
    return 0;
}

static void the_newest_checkpoints_stay(void **state)
{
    (void)state;
    char text[100] = "";
    for (int i = 1; i <= UT_LEDGER_CHECKPOINTS + 2; i++) {
        struct ut_ledger_checkpoint c = {.device = "d", .n = i, .verifier = "v", .root = "r", .note = "n"};
        assert_int_equal(l->kind->keep_checkpoint(l, &c, NOW, &fault), 0);
        c.root = "other"; /* the first stays */
        assert_int_equal(l->kind->keep_checkpoint(l, &c, NOW, &fault), 0);
    }
    struct ut_ledger_checkpoint other = {.device = "e", .n = 5, .verifier = "v", .root = "s", .note = "n"};
    assert_int_equal(l->kind->keep_checkpoint(l, &other, NOW, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM checkpoint"), UT_LEDGER_CHECKPOINTS + 1);
    assert_int_equal(ask("SELECT min(n) FROM checkpoint"), 3);
    assert_int_equal(l->kind->checkpoints(l, NULL, list_checkpoint, text, &fault), 0);
    assert_string_equal(text, "d102r e5s ");
    text[0] = '\0';
    assert_int_equal(l->kind->checkpoints(l, "d", list_checkpoint, text, &fault), 0);
    assert_memory_equal(text, "d102r d101r d100r ", 18);
    /* an audit file that is rightly another */
    assert_int_equal(l->kind->renew_checkpoints(l, "none", NOW, &fault), 0);
    assert_int_equal(l->kind->renew_checkpoints(l, "d", 77, &fault), UT_LEDGER_CHECKPOINTS);
    text[0] = '\0';
    assert_int_equal(l->kind->checkpoints(l, "d", list_checkpoint, text, &fault), 0);
    assert_string_equal(text, "");
    struct ut_ledger_checkpoint first = {.device = "d", .n = 1, .verifier = "w", .root = "q", .note = "n"};
    assert_int_equal(l->kind->keep_checkpoint(l, &first, NOW, &fault), 0);
    assert_int_equal(l->kind->checkpoints(l, NULL, list_checkpoint, text, &fault), 0);
    assert_string_equal(text, "d1q d@77102r e5s ");
}

/* "number.ring state" of each ring that is not as it was made. */
static int list_ring(void *ctx, const struct ut_ledger_ring *r)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%d.%d %s%s%s ", (int)r->number, r->ring, ut_ledger_ring_state_name(r->state),
                  r->opened >= 0 ? "!" : "", r->recorded == r->state ? "=" : "");
    assert_int_equal(r->share, r->ring == 2 ? 10000 : 100 + r->ring);
    assert_int_equal(r->hold_s, 60);
    assert_string_equal(r->note, "note");
    return 0;
}

static const char *rings(int most)
{
    static char text[400];
    text[0] = '\0';
    assert_int_equal(l->kind->rollouts(l, most, list_ring, text, &fault), 0);
    return text;
}

static int roll_out(uint32_t number, const char *sha256)
{
    struct ut_ledger_ring ring[UT_LEDGER_RINGS];
    const struct ut_ledger_file file = {sha256, "666f6f", 3};
    for (int i = 0; i < UT_LEDGER_RINGS; i++)
        ring[i] = (struct ut_ledger_ring){.number = number,
                                          .ring = i,
                                          .share = i == 2 ? 10000 : 100 + (unsigned)i,
                                          .hold_s = 60,
                                          .note = "note",
                                          .by = "Kim"};
    return l->kind->open_rollout(l, ring, &file, 1, NOW, &fault);
}

static int take_file(void *ctx, int64_t key, const char *line)
{
    *(int *)ctx = key == 3 && strcmp(line, "666f6f") == 0;
    return 0;
}

static int has_file(const char *sha256)
{
    int there = 0;
    assert_int_equal(l->kind->rollout_file(l, sha256, take_file, &there, &fault), 0);
    return there;
}

static void a_rollout_goes_from_ring_to_ring(void **state)
{
    (void)state;
    assert_string_equal(rings(9), "");
    assert_int_equal(roll_out(3, "aa"), 1);
    assert_string_equal(rings(9), "3.0 open! 3.1 waiting= 3.2 waiting= ");
    assert_int_equal(roll_out(4, "bb"), 0); /* while another is open */
    assert_int_equal(l->kind->pass_ring(l, 3, 1, "all well", NOW, &fault), 0);
    assert_int_equal(l->kind->pass_ring(l, 3, 0, "all well", NOW + 1, &fault), 1);
    assert_int_equal(l->kind->pass_ring(l, 3, 0, "all well", NOW + 1, &fault), 0); /* once */
    assert_int_equal(l->kind->record_ring(l, 3, 0, UT_LEDGER_RING_PASSED, &fault), 0);
    assert_string_equal(rings(9), "3.0 passed!= 3.1 open! 3.2 waiting= ");
    assert_int_equal(ask("SELECT count(*) FROM rollout WHERE ring = 0 AND why = 'all well' AND changed_by = 'serve'"),
                     1);
    assert_int_equal(l->kind->pass_ring(l, 3, 1, "", NOW, &fault), 1);
    assert_int_equal(l->kind->pass_ring(l, 3, 2, "", NOW, &fault), 1);
    assert_int_equal(roll_out(3, "bb"), 0); /* its number is not newer */
    assert_int_equal(roll_out(4, "bb"), 1);
    assert_true(has_file("aa") && has_file("bb") && !has_file("cc")); /* the last ring is still at what was before */
    assert_int_equal(l->kind->stop_rollout(l, 3, "Kim", "no", NOW, &fault), 0); /* not the newest */
    assert_int_equal(l->kind->stop_rollout(l, 4, "Kim", "no", NOW + 5, &fault), 1);
    assert_int_equal(l->kind->stop_rollout(l, 4, "Kim", "no", NOW + 6, &fault), 0);
    assert_string_equal(rings(1), "4.0 stopped! 4.1 stopped 4.2 stopped ");
    assert_int_equal(l->kind->pass_ring(l, 4, 0, "", NOW, &fault), 0); /* for good */
    assert_int_equal(ask("SELECT count(*) FROM rollout WHERE number = 4 AND why = 'no' AND changed_by = 'Kim' AND "
                         "changed = 1800000000005"),
                     3);
    assert_int_equal(roll_out(5, "cc"), 1);
    assert_true(has_file("aa") && !has_file("bb") && has_file("cc"));
    for (int ring = 0; ring < 3; ring++)
        assert_int_equal(l->kind->pass_ring(l, 5, ring, "", NOW, &fault), 1);
    assert_int_equal(roll_out(6, "dd"), 1);
    assert_true(!has_file("aa") && has_file("cc"));
}

static int report(const char *device, int number, const char *boot, enum ut_floor_rollout_state state, int64_t now)
{
    struct ut_floor_rollout_report r = {.number = (uint32_t)number, .state = state, .why = "w"};
    (void)snprintf(r.boot, sizeof r.boot, "0000000%s-0000-7000-8000-000000000000", boot);
    return l->kind->report_rollout(l, device, &r, now, &fault);
}

static uint32_t newest(void)
{
    uint32_t number = 99;
    assert_int_equal(l->kind->newest_rollout(l, &number, &fault), 0);
    return number;
}

/* By the ledger or by a desk, which is not believed that is far ahead. */
static void numbers_go_on_where_desks_are(void **state)
{
    (void)state;
    assert_int_equal(newest(), 0);
    assert_int_equal(report("d", 1000, "1", UT_FLOOR_TRYING, NOW), 0);
    assert_int_equal(newest(), 0);
    assert_int_equal(report("d", 41, "1", UT_FLOOR_TRYING, NOW), 1);
    assert_int_equal(newest(), 41);
    assert_int_equal(roll_out(42, "aa"), 1);
    assert_int_equal(newest(), 42);
    assert_int_equal(report("d", 1042, "1", UT_FLOOR_TRYING, NOW), 0);
    assert_int_equal(report("d", 1041, "1", UT_FLOOR_TRYING, NOW), 1);
    assert_int_equal(newest(), 1041);
}

static int list_desk(void *ctx, const struct ut_ledger_desk *d)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%s%s", d->device, d->link == UT_FLOOR_CONNECTED ? "+" : "-");
    if (d->lost >= 0)
        (void)sprintf(text + strlen(text), " lost");
    if (d->reported)
        (void)sprintf(text + strlen(text), " %s %d %d", ut_floor_rollout_state_name(d->state), (int)(d->reached - NOW),
                      d->taken < 0 ? -1 : (int)(d->taken - NOW));
    (void)sprintf(text + strlen(text), " %d/%d; ", (int)d->cues, (int)d->call_ms);
    return 0;
}

static const char *desks(int number, int64_t since)
{
    static char text[400];
    text[0] = '\0';
    assert_int_equal(l->kind->rollout_desks(l, (uint32_t)number, since, list_desk, text, &fault), 0);
    return text;
}

static void desks_say_how_far_they_are(void **state)
{
    (void)state;
    assert_int_equal(report("d", 7, "2", UT_FLOOR_FETCHING, NOW + 1), 1);
    assert_string_equal(desks(7, 0), ""); /* its status is to come */
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(say("e", "2", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_string_equal(desks(7, 0), "d+ fetching 1 -1 0/0; e+ 0/0; ");
    assert_int_equal(report("d", 7, "3", UT_FLOOR_TRYING, NOW + 2), 1);
    assert_int_equal(report("d", 7, "3", UT_FLOOR_TRYING, NOW + 3), 0);
    assert_int_equal(report("d", 7, "2", UT_FLOOR_REFUSED, NOW + 3), 0); /* another broker has it from before */
    assert_int_equal(report("d", 6, "4", UT_FLOOR_CONFIRMED, NOW + 3), 0);
    assert_int_equal(report("d", 7, "3", UT_FLOOR_CONFIRMED, NOW + 4), 1);
    assert_int_equal(report("d", 7, "4", UT_FLOOR_CONFIRMED, NOW + 5), 1); /* begun again since */
    assert_string_equal(desks(7, 0), "d+ confirmed 4 2 0/0; e+ 0/0; ");
    assert_string_equal(desks(8, 0), "d+ 0/0; e+ 0/0; ");
    assert_int_equal(report("d", 7, "4", UT_FLOOR_REVERTED, NOW + 6), 1);
    assert_string_equal(desks(7, 0), "d+ reverted 6 2 0/0; e+ 0/0; ");
    assert_int_equal(report("d", 8, "4", UT_FLOOR_FETCHING, NOW + 7), 1);
    assert_string_equal(desks(8, 0), "d+ fetching 7 -1 0/0; e+ 0/0; ");
}

static void who_is_lost_is_remembered(void **state)
{
    (void)state;
    assert_int_equal(say("d", "1", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(say("d", "1", 2, UT_FLOOR_CONNECTED, ""), 1); /* another connection of the same start */
    assert_int_equal(say("d", "1", 2, UT_FLOOR_CLOSED, ""), 1);
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, ""), 1); /* it had closed */
    assert_string_equal(desks(1, 0), "d+ 0/0; ");
    assert_int_equal(say("d", "3", 1, UT_FLOOR_CONNECTED, ""), 1); /* it had not */
    assert_string_equal(desks(1, 0), "d+ lost 0/0; ");
    assert_int_equal(say("e", "1", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(say("e", "1", 1, UT_FLOOR_LOST, ""), 1);
    assert_int_equal(say("e", "1", 2, UT_FLOOR_CLOSED, ""), 1);
    assert_string_equal(desks(1, 0), "d+ lost 0/0; e- lost 0/0; ");
    assert_int_equal(say("f", "1", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(say_heard("f", "2", 1, UT_FLOOR_CONNECTED, "", true), 1); /* may have closed while nobody heard */
    assert_string_equal(desks(1, 0), "d+ lost 0/0; e- lost 0/0; f+ 0/0; ");
    assert_int_equal(say_heard("f", "2", 1, UT_FLOOR_LOST, "", true), 1); /* a will is one, whenever it is heard */
    assert_string_equal(desks(1, 0), "d+ lost 0/0; e- lost 0/0; f- lost 0/0; ");
}

static void cues_are_counted_by_the_hour_of_call(void **state)
{
    (void)state;
    assert_int_equal(say("d", "1", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(say("e", "1", 1, UT_FLOOR_CONNECTED, ""), 1);
    add("d", "a", 1, "session.started");
    add("d", "a", 2, "cue.opened");
    add("d", "a", 5, "session.completed"); /* ends 4 s behind its begin */
    add("d", "a", 3, "cue.opened");
    add("d", "a", 4, "cue.closed");
    take(NOW);
    add("d", "b", 1, "session.started");
    add("e", "x", 1, "session.started");
    take(NOW + 1000);
    add("d", "b", 0, "score");
    take(NOW + 8000); /* still in progress */
    assert_string_equal(desks(1, NOW), "d+ 2/11000; e+ 0/0; ");
    assert_string_equal(desks(1, NOW + 1), "d+ 0/7000; e+ 0/0; ");
    assert_int_equal(report("d", 1, "1", UT_FLOOR_TRYING, NOW + 2000), 1);
    assert_string_equal(desks(1, NOW), "d+ trying 2000 2000 0/0; e+ 0/0; "); /* begun before it took it */
    assert_string_equal(desks(2, NOW), "d+ 2/11000; e+ 0/0; ");
}

static void two_sites_are_apart(void **state)
{
    (void)state;
    struct ut_ledger *other = ut_ledger_postgres(ut_server_address, "other", &fault);
    assert_non_null(other);
    add_calls();
    int64_t flag = ask("SELECT id FROM flag WHERE session = 'b'");
    char text[100] = "";
    assert_int_equal(other->kind->calls(other, NULL, 0, list_call, text, &fault), 0);
    assert_int_equal(other->kind->calls(other, "a", 0, list_call, text, &fault), 0);
    assert_int_equal(other->kind->events(other, "b", 0, 2, list_line, text, &fault), 0);
    assert_int_equal(other->kind->scores(other, "b", 0, 2, list_line, text, &fault), 0);
    assert_string_equal(text, "");
    assert_int_equal(other->kind->act(other, flag, "Kim", NULL, NOW, &fault), 0);
    assert_int_equal(other->kind->flagged(other, flag, text, &fault), 0);
    add("d", "b", 4, "cue.opened"); /* of a desk that has the same name */
    assert_int_equal(other->kind->take(other, e, count, NOW, &fault), 0);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
    count = 0;
    add("d", "k", 1, "session.started");
    of_customer("0a1b");
    take(NOW);
    assert_int_equal(other->kind->calls_of(other, "0a1b", list_call, text, &fault), 0);
    assert_string_equal(text, "");
    assert_int_equal(other->kind->forget(other, "0a1b", &fault), 0);
    struct ut_ledger_counts c;
    assert_int_equal(other->kind->counts(other, &c, &fault), 0);
    assert_int_equal(c.sessions + c.calls_live + c.flags_open + c.events, 0);
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, ""), 1);
    struct ut_ledger *mine = l;
    l = other;
    assert_int_equal(say("d", "1", 1, UT_FLOOR_CONNECTED, ""), 1); /* its own desk of that name */
    l = mine;
    assert_int_equal(l->kind->forget(l, "0a1b", &fault), 1);
    assert_int_equal(roll_out(7, "aa"), 1);
    assert_int_equal(report("d", 7, "3", UT_FLOOR_TRYING, NOW), 1);
    l = other;
    assert_string_equal(rings(9), "");
    assert_string_equal(desks(7, 0), "d+ 0/0; ");
    assert_int_equal(has_file("aa"), 0);
    assert_int_equal(l->kind->stop_rollout(l, 7, "Kim", "no", NOW, &fault), 0);
    assert_int_equal(l->kind->pass_ring(l, 7, 0, "", NOW, &fault), 0);
    assert_int_equal(roll_out(2, "aa"), 1);
    l = mine;
    assert_string_equal(rings(9), "7.0 open! 7.1 waiting= 7.2 waiting= ");
    other->kind->close(other);
}

static int64_t of_site(const char *site, const char *table)
{
    char sql[100];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE site = '%s'", table, site);
    return ask(sql);
}

/* The counts of l, which is of that site, are those of its rows. */
static void counts_are_of(const char *site)
{
    char sql[150];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM progress JOIN event USING (day, session) WHERE site = '%s'",
                   site);
    assert_int_equal(counts().events, ask(sql));
    assert_int_equal(counts().sessions, of_site(site, "progress"));
}

/* What began at the site that this one was split from goes on here, whole, and nowhere else; what is another desk's, or
 * of a third site, does not. */
static void a_site_that_was_split_takes_its_calls_along(void **state)
{
    (void)state;
    struct ut_ledger *old = l, *third = ut_ledger_postgres(ut_server_address, "third", &fault),
                     *other = ut_ledger_postgres(ut_server_address, "other", &fault);
    add_calls();
    add("f", "f", 1, "session.started");
    take(NOW);
    l = third;
    add("d", "k", 1, "session.started");
    take(NOW);
    l = other;
    add("d", "b", 4, "cue.opened");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
    l->kind->split_from(l, "site");
    add("d", "b", 5, "cue.opened"); /* what is before it is on its way */
    add("d", "f", 2, "cue.opened");
    add("d", "k", 2, "cue.opened");
    add("d", "n", 1, "session.started");
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_NEW);
    assert_int_equal(e[0].contiguous, 3);
    assert_int_equal(e[1].result, UT_LEDGER_FOREIGN);
    assert_int_equal(e[2].result, UT_LEDGER_FOREIGN);
    assert_int_equal(e[3].result, UT_LEDGER_NEW);
    assert_int_equal(of_site("other", "progress"), 2);
    assert_int_equal(of_site("other", "live"), 2);
    assert_int_equal(of_site("other", "flag"), 1);
    assert_int_equal(of_site("third", "progress"), 1);
    l = old;
    add("d", "b", 4, "cue.opened"); /* by way of a broker that had kept it */
    take(NOW);
    assert_int_equal(e[0].result, UT_LEDGER_FOREIGN);
    char text[100] = "";
    assert_int_equal(l->kind->calls(l, "b", 0, list_call, text, &fault), 0);
    assert_string_equal(text, "");
    l = other;
    add("d", "b", 4, "flag.lowered");
    add("d", "b", 6, "session.completed");
    take(NOW);
    assert_int_equal(e[1].contiguous, 6);
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'b'"), 6);
    assert_int_equal(ask("SELECT count(*) FROM flag WHERE session = 'b' AND lowered IS NOT NULL"), 1);
    assert_int_equal(of_site("other", "live"), 1);
    counts_are_of("other");
    l = old;
    add("d", "v", 1, "session.started"); /* of which nothing is left to send */
    add("f", "y", 1, "session.started");
    take(NOW);
    l = third;
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, ""), 1); /* another desk of that name */
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'v' AND state = 'IN_PROGRESS'"), 1);
    l = other;
    assert_int_equal(say("d", "2", 1, UT_FLOOR_CONNECTED, ""), 1);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'v' AND state = 'LOST' AND site = 'site'"), 1);
    assert_int_equal(ask("SELECT count(*) FROM live WHERE session = 'v'"), 0);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE session = 'y' AND state = 'IN_PROGRESS'"), 1);
    l = old;
    counts_are_of("site");
    third->kind->close(third);
    other->kind->close(other);
}

static void text_of_any_kind_arrives(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    (void)snprintf(e[0].about.contact, sizeof e[0].about.contact, "%s", "\"{,}\\' \xC3\xA4 NULL");
    take(NOW);
    assert_int_equal(ask("SELECT count(*) FROM progress WHERE contact = '\"{,}\\'' \xC3\xA4 NULL'"), 1);
}

static void a_server_that_comes_back_is_found(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    take(NOW);
    assert_int_equal(ut_server("kill"), 0);
    struct ut_ledger_counts c; /* a server's child answers until it notices */
    for (int tries = 0; l->kind->counts(l, &c, &fault) == 0; tries++) {
        assert_true(tries < 600);
        (void)usleep(100000);
    }
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    add("d", "a", 2, "cue.opened");
    assert_int_equal(l->kind->take(l, e, count, NOW, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_int_equal(ut_server("start"), 0);
    take(NOW);
    assert_int_equal(e[0].contiguous, 2);
    assert_int_equal(ask("SELECT count(*) FROM event"), 2);
}

/* At a node of the same name. */
static int64_t hold(struct ut_ledger *who, const char *name, int seconds)
{
    struct ut_ledger_lease lease;
    const struct ut_ledger_holder holder = {name, name, 0};
    assert_int_equal(who->kind->hold(who, &holder, seconds, &lease, &fault), 0);
    if (lease.epoch != 0)
        assert_string_equal(lease.holder, name);
    assert_in_range(lease.left_ms, 0, 1000 * seconds + 10000);
    return lease.epoch;
}

static int list_site(void *ctx, const struct ut_ledger_site *site)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%s %s %s [%s] %d %d %d %d;", site->site, site->holder, site->node, site->others,
                  (int)site->epoch, (int)site->devices_connected, (int)site->calls_live, (int)site->events);
    return 0;
}

static void a_site_is_served_by_one(void **state)
{
    (void)state;
    char text[100] = "";
    struct ut_ledger *second = ut_ledger_postgres(ut_server_address, "site", &fault);
    assert_non_null(second);
    assert_int_equal(hold(l, "first", 10), 1);
    assert_int_equal(hold(second, "second", 10), 0);
    assert_int_equal(hold(l, "first", 10), 1);
    add("d", "a", 1, "session.started");
    take(NOW);
    assert_int_equal(hold(l, "first", 0), 1); /* gives it up */
    (void)usleep(2000);
    assert_int_equal(hold(second, "second", 10), 2);
    assert_int_equal(hold(l, "first", 10), 0);
    add("d", "a", 2, "cue.opened"); /* of one that was asleep, and does not know */
    assert_int_equal(l->kind->take(l, e, count, NOW, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    assert_int_equal(say("d", "1", 1, UT_FLOOR_CONNECTED, "a"), -1);
    assert_int_equal(report("d", 1, "1", UT_FLOOR_TRYING, NOW), -1);
    assert_int_equal(l->kind->pass_ring(l, 1, 0, "", NOW, &fault), -1);
    assert_int_equal(l->kind->stop_rollout(l, 1, "serve", "", NOW, &fault), -1);
    fault.code = 0;
    assert_int_equal(l->kind->record_ring(l, 1, 0, UT_LEDGER_RING_OPEN, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    assert_int_equal(second->kind->take(second, e, count, NOW, &fault), 0);
    assert_int_equal(e[0].contiguous, 2);
    count = 0;
    assert_int_equal(l->kind->sites(l, list_site, text, &fault), 0);
    assert_string_equal(text, "site second second [first] 2 0 1 2;");
    second->kind->close(second);
}

/* Three sites on one machine, and another machine that joins. */
static void sites_spread_over_machines(void **state)
{
    (void)state;
    char text[300] = "";
    static const char *const names[] = {"site", "paris", "rome"};
    struct ut_ledger *at[3] = {l}, *other[3];
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            at[i] = ut_ledger_postgres(ut_server_address, names[i], &fault);
        other[i] = ut_ledger_postgres(ut_server_address, names[i], &fault);
        assert_non_null(at[i]);
        assert_non_null(other[i]);
        assert_int_equal(hold(at[i], "a", 10), 1);
    }
    assert_int_equal(hold(at[0], "a", 10), 1); /* alone: it stays */
    for (int i = 0; i < 3; i++)
        assert_int_equal(hold(other[i], "b", 10), 0);
    assert_int_equal(hold(at[0], "a", 10), 0); /* one of three goes, */
    assert_int_equal(hold(at[1], "a", 10), 1); /* two and one are as even as they get */
    assert_int_equal(hold(at[2], "a", 10), 1);
    assert_int_equal(hold(other[0], "b", 10), 2);
    add("d", "a", 1, "session.started");
    assert_int_equal(l->kind->take(l, e, count, NOW, &fault), -1); /* who had it takes no more */
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    assert_int_equal(other[0]->kind->take(other[0], e, count, NOW, &fault), 0);
    count = 0;
    /* A site with many desks leaves the other one alone with it. */
    for (int i = 0; i < 9; i++) {
        const struct ut_floor_status s = {.boot = "1", .connection = 1};
        char device[] = {'d', (char)('0' + i), '\0'};
        assert_int_equal(at[1]->kind->status(at[1], device, &s, NOW, &fault), 1);
    }
    assert_int_equal(hold(at[1], "a", 10), 1); /* where it is would have less, and b more than a has now */
    assert_int_equal(hold(at[2], "a", 10), 0);
    assert_int_equal(hold(other[2], "b", 10), 2);
    for (int i = 0; i < 3; i += 2)
        assert_int_equal(hold(at[i], "a", 10), 0); /* stands by, and gets neither back */
    for (int i = 0; i < 3; i += 2)
        assert_int_equal(hold(other[i], "b", 10), 2);
    assert_int_equal(l->kind->sites(l, list_site, text, &fault), 0);
    assert_string_equal(text, "paris a a [b] 1 9 0 0;rome b b [a] 2 0 0 0;site b b [a] 2 0 1 1;");
    for (int i = 0; i < 3; i++) {
        other[i]->kind->close(other[i]);
        if (i > 0)
            at[i]->kind->close(at[i]);
    }
}

/* What has just moved stays for a while. */
static void a_site_that_moved_settles(void **state)
{
    (void)state;
    struct ut_ledger_lease lease;
    const struct ut_ledger_holder a = {"a", "a", UT_LEDGER_SETTLE_S}, b = {"b", "b", UT_LEDGER_SETTLE_S};
    struct ut_ledger *paris = ut_ledger_postgres(ut_server_address, "paris", &fault);
    assert_int_equal(hold(l, "a", 10), 1);
    assert_int_equal(hold(paris, "a", 10), 1);
    assert_int_equal(l->kind->hold(l, &b, 10, &lease, &fault), 0);
    assert_int_equal(l->kind->hold(l, &a, 10, &lease, &fault), 0);
    assert_int_equal(lease.epoch, 1);
    run_postgres("UPDATE lease SET since = since - interval '31 seconds'");
    assert_int_equal(l->kind->hold(l, &a, 10, &lease, &fault), 0);
    assert_int_equal(lease.epoch, 0);
    assert_string_equal(lease.node, "b");
    paris->kind->close(paris);
}

/* Tables of version 1 are brought up when they are opened, with what they hold. */
static void tables_of_an_earlier_program_are_brought_up(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    take(NOW);
    l->kind->close(l);
    run_postgres("DROP FUNCTION hold(text, text, text, integer, integer), balance(text, integer, integer), "
                 "weight(text); DROP TABLE standby; ALTER TABLE lease DROP node, DROP since; CREATE FUNCTION "
                 "hold(text, text, integer) RETURNS void LANGUAGE sql AS ''; INSERT INTO lease VALUES('site', 'old', "
                 "3, clock_timestamp()); ALTER TABLE device DROP lost; DROP INDEX progress_received, event_cue; DROP "
                 "TABLE rollout, "
                 "rollout_file, device_rollout; DROP FUNCTION open_rollout, pass_ring, stop_rollout, record_ring, "
                 "report_rollout, take_from, keep_status; "
                 "DELETE FROM version WHERE version > 1");
    l = ut_ledger_postgres(ut_server_address, "site", &fault);
    assert_non_null(l);
    assert_int_equal(ask("SELECT max(version) FROM version"), 4);
    assert_int_equal(hold(l, "new", 10), 4);
    assert_int_equal(counts().events, 1);
}

/* A backup reads all night: neither a new day nor what desks send waits for it, what is old does. */
static void a_reader_of_everything_stops_nothing(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 0, "score");
    take(NOW);
    struct ut_postgres *reader = ut_postgres_open(ut_server_address, "undertone", &fault);
    assert_int_equal(ut_postgres_script(reader, &fault, "BEGIN; SELECT count(*) FROM event, score, progress"), 0);
    assert_int_equal(l->kind->retain(l, NOW + DAY, &fault), 0);
    add("d", "b", 1, "session.started");
    take(NOW + 9 * DAY);
    assert_int_equal(l->kind->retain(l, NOW + (UT_LEDGER_SCORE_DAYS + 1) * DAY, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    ut_postgres_close(reader);
    assert_int_equal(l->kind->retain(l, NOW + (UT_LEDGER_SCORE_DAYS + 1) * DAY, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM score"), 0);
}

/* The planner's samples would keep what is forgotten. */
static void nothing_said_is_sampled(void **state)
{
    (void)state;
    add_calls();
    run_postgres("ANALYZE");
    assert_int_equal(
        ask("SELECT count(*) FROM pg_stats WHERE schemaname = 'undertone' AND attname IN ('json', 'snapshot', "
            "'customer', 'contact', 'action', 'acked_by')"),
        0);
    assert_true(ask("SELECT count(*) FROM pg_stats WHERE schemaname = 'undertone'") > 10);
}

/* Two that take sessions in crossed orders, as workers may just before one is fenced, do not wait for each other. */
static void two_takes_cross(void **state)
{
    (void)state;
    struct ut_ledger *second = ut_ledger_postgres(ut_server_address, "site", &fault);
    assert_non_null(second);
    for (int pass = 0; pass < 2; pass++) {
        pid_t child = fork();
        if (child == 0) { /* with a connection of its own */
            struct ut_ledger *own = ut_ledger_postgres(ut_server_address, "site", &fault);
            int r = own == NULL;
            for (int i = 1; i <= 40 && r == 0; i++) {
                count = 0;
                add("d", "y", i, "cue.opened");
                add("d", "x", i, "cue.opened");
                r = own->kind->take(own, e, count, NOW, &fault);
            }
            if (r != 0)
                print_error("%s\n", fault.text);
            _exit(r != 0);
        }
        for (int i = 1; i <= 40; i++) {
            add("d", "x", i, "cue.opened");
            add("d", "y", i, "cue.opened");
            assert_int_equal(second->kind->take(second, e, count, NOW, &fault), 0);
            count = 0;
        }
        int ended;
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_int_equal(ended, 0);
    }
    assert_int_equal(ask("SELECT count(*) FROM event"), 80);
    assert_int_equal(ask("SELECT sum(contiguous) FROM progress"), 80);
    second->kind->close(second);
}

static void tables_of_a_later_program_stay(void **state)
{
    (void)state;
    run_postgres("UPDATE version SET version = 9");
    assert_null(ut_ledger_postgres(ut_server_address, "site", &fault));
    assert_int_equal(fault.code, UT_EXIT_STORE_NEWER);
}

static void an_address_that_leads_nowhere(void **state)
{
    (void)state;
    assert_null(ut_ledger_open("postgresql://kim:secret@127.0.0.1:1/undertone?sslmode=disable", "site", true, &fault));
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_null(strstr(fault.text, "secret"));
    assert_non_null(strstr(fault.text, "postgresql://kim@127.0.0.1:1/undertone: "));
}

int main(void)
{
    static const struct kind sqlite = {begin_sqlite, ask_sqlite, run_sqlite};
    static const struct kind postgres = {begin_postgres, ask_postgres, run_postgres};
    if (mkdtemp(folder) == NULL || ut_server("start") != 0)
        return 1;
    (void)snprintf(path, sizeof path, "%s/floor", folder);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_kept_once),
        TEST(a_hole_waits),
        TEST(a_session_is_of_one_device),
        TEST(a_call_begins_and_ends),
        TEST(what_a_customer_refuses_is_taken_out),
        TEST(a_score_behind_a_refusal_is_late),
        TEST(an_older_will_says_nothing),
        TEST(a_restarted_desk_ends_its_earlier_call),
        TEST(what_is_old_goes),
        TEST(all_or_nothing),
        TEST(calls_are_listed_by_their_flags),
        TEST(a_page_reads_on),
        TEST(the_first_to_see_a_flag_is_remembered),
        TEST(a_customer_is_found_and_forgotten),
        TEST(the_newest_checkpoints_stay),
        TEST(text_of_any_kind_arrives),
        TEST(a_rollout_goes_from_ring_to_ring),
        TEST(numbers_go_on_where_desks_are),
        TEST(desks_say_how_far_they_are),
        TEST(who_is_lost_is_remembered),
        TEST(cues_are_counted_by_the_hour_of_call),
    };
    const struct CMUnitTest of_postgres[] = {
        TEST(two_sites_are_apart),
        TEST(a_site_that_was_split_takes_its_calls_along),
        TEST(a_server_that_comes_back_is_found),
        TEST(a_site_is_served_by_one),
        TEST(sites_spread_over_machines),
        TEST(a_site_that_moved_settles),
        TEST(tables_of_an_earlier_program_are_brought_up),
        TEST(a_reader_of_everything_stops_nothing),
        TEST(nothing_said_is_sampled),
        TEST(two_takes_cross),
        TEST(tables_of_a_later_program_stay),
        TEST(an_address_that_leads_nowhere),
    };
    kind = &sqlite;
    int failed = cmocka_run_group_tests_name("SQLite", tests, NULL, NULL);
    kind = &postgres;
    failed += cmocka_run_group_tests_name("PostgreSQL", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("PostgreSQL alone", of_postgres, NULL, NULL);
    clear();
    (void)rmdir(folder);
    return failed + ut_server_end();
}
