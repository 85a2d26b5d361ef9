/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/system/database.h"
#include "tests/host-tools/serve/floor_event.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX", path[60];
static struct ut_ledger *l;
static struct ut_fault fault;
static struct ut_ledger_event e[20];
static size_t count;
static char json[20][UT_FLOOR_EVENT_MAX];
static const int64_t NOW = 1800000000000, DAY = 86400000;

static void clear(void)
{
    char name[400];
    DIR *d = opendir(folder);
    for (struct dirent *f; d != NULL && (f = readdir(d)) != NULL;) {
        (void)snprintf(name, sizeof name, "%s/%s", folder, f->d_name);
        (void)unlink(name);
    }
    if (d != NULL)
        (void)closedir(d);
}

static int setup(void **state)
{
    (void)state;
    clear();
    fault = (struct ut_fault){0};
    l = ut_ledger_sqlite(path, &fault);
    return l == NULL;
}

static int teardown(void **state)
{
    (void)state;
    if (l != NULL)
        l->kind->close(l);
    return 0;
}

static void add(const char *device, const char *session, int sequence, const char *type)
{
    static const enum ut_floor_kind kinds[] = {UT_FLOOR_CALL, UT_FLOOR_CUE, UT_FLOOR_FLAG, UT_FLOOR_SCORE};
    int k = 0;
    (void)snprintf(json[count], sizeof json[count], "%s", ut_floor_event(session, sequence, type));
    while (ut_payload_parse(json[count], strlen(json[count]), kinds[k], &e[count].about) != UT_PAYLOAD_FINE)
        assert_true(++k < 4);
    (void)snprintf(e[count].device, sizeof e[count].device, "%s", device);
    e[count].json = json[count];
    count++;
}

static void take(int64_t now)
{
    assert_int_equal(l->kind->take(l, e, count, now, &fault), 0);
    count = 0;
}

static int64_t ask(const char *sql)
{
    static const struct ut_database_kind any = {.what = "x", .owner = 0x556E6466, .version = 1, .schema = ""};
    int64_t n;
    struct ut_database *d = ut_database_open(path, &any, false, &fault);
    assert_non_null(d);
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    ut_database_close(d);
    return n;
}

static struct ut_ledger_counts counts(void)
{
    struct ut_ledger_counts c;
    assert_int_equal(l->kind->counts(l, &c, &fault), 0);
    return c;
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
    assert_int_equal(ask("SELECT type FROM event WHERE sequence = 2"), UT_EVENT_CUE_OPENED);
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
    assert_int_equal(ask("SELECT count(*) FROM event WHERE session = 'a' AND json LIKE '%\"data\":{\"ContactId\":\"c\","
                         "\"Erased\":true}}'"),
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

static int say(const char *device, const char *boot, int connection, enum ut_floor_state state, const char *session)
{
    struct ut_floor_status s = {.state = state, .connection = connection};
    (void)snprintf(s.boot, sizeof s.boot, "0000000%s-0000-7000-8000-000000000000", boot);
    (void)snprintf(s.session, sizeof s.session, "%s", session);
    return l->kind->status(l, device, &s, NOW, &fault);
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
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_SCORE_DAYS * DAY + 1, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM score"), 0);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_CALL_DAYS * DAY, &fault), 0);
    assert_int_equal(ask("SELECT count(*) FROM event"), 2);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_CALL_DAYS * DAY + 1, &fault), 1);
    assert_int_equal(
        ask("SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM flag) + (SELECT count(*) FROM live)"), 0);
}

static void all_or_nothing(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    take(NOW);
    static const struct ut_database_kind any = {.what = "x", .owner = 0x556E6466, .version = 1, .schema = ""};
    struct ut_database *d = ut_database_open(path, &any, false, &fault);
    assert_int_equal(ut_database_do(d, &fault, "DROP TABLE flag", ""), 0);
    add("d", "a", 2, "cue.opened");
    add("d", "a", 3, "flag.raised");
    assert_int_equal(l->kind->take(l, e, count, NOW, &fault), -1);
    count = 0;
    ut_database_close(d);
    assert_int_equal(ask("SELECT count(*) FROM event"), 1);
    assert_int_equal(ask("SELECT contiguous FROM progress"), 1);
    l->kind->close(l);
    l = NULL;
}

static int aside(void)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *f; (f = readdir(d)) != NULL;)
        n += strstr(f->d_name, ".damaged-") != NULL;
    (void)closedir(d);
    return n;
}

/* Overwrites from a place of the file. */
static void damage(off_t at, int length)
{
    int fd = open(path, O_WRONLY);
    char junk[4096];
    memset(junk, 0xA5, sizeof junk);
    assert_true(fd >= 0 && lseek(fd, at, SEEK_SET) == at);
    assert_int_equal(write(fd, junk, (size_t)length), length);
    assert_int_equal(close(fd), 0);
}

static void what_is_damaged_is_moved_aside(void **state)
{
    (void)state;
    for (int i = 1; i < 15; i++)
        add("d", "a", i, i == 1 ? "session.started" : "cue.opened");
    take(NOW);
    l->kind->close(l);
    damage(4096, 4000);
    l = ut_ledger_sqlite(path, &fault);
    assert_non_null(l);
    assert_int_equal(aside(), 1);
    assert_int_equal(counts().sessions, 0);
}

static void what_is_not_ours_stays(void **state)
{
    (void)state;
    l->kind->close(l);
    damage(0, 100);
    l = ut_ledger_sqlite(path, &fault);
    assert_null(l);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_int_equal(aside(), 0);
}

static void a_newer_one_is_refused(void **state)
{
    (void)state;
    static const struct ut_database_kind same = {.what = "x", .owner = 0x556E6466, .version = 1, .schema = ""};
    struct ut_database *d = ut_database_open(path, &same, false, &fault);
    assert_int_equal(ut_database_do(d, &fault, "PRAGMA user_version = 9", ""), 0);
    ut_database_close(d);
    l->kind->close(l);
    l = ut_ledger_sqlite(path, &fault);
    assert_null(l);
    assert_int_equal(fault.code, UT_EXIT_STORE_NEWER);
    assert_int_equal(aside(), 0);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
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
        TEST(what_is_damaged_is_moved_aside),
        TEST(what_is_not_ours_stays),
        TEST(a_newer_one_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    clear();
    (void)rmdir(folder);
    return failed;
}
