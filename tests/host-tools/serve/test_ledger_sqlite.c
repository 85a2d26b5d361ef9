/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/ledger.h"

#include "host-tools/system/database.h"
#include "tests/host-tools/serve/ledger_test.h"

#include <fcntl.h>
#include <sys/stat.h>

static int setup(void **state)
{
    (void)state;
    clear();
    fault = (struct ut_fault){0};
    l = ut_ledger_sqlite(path, true, &fault);
    return l == NULL;
}

static void old_to_the_millisecond(void **state)
{
    (void)state;
    add("d", "a", 1, "session.started");
    add("d", "a", 0, "score");
    take(NOW);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_CALL_DAYS * DAY, &fault), 0);
    assert_int_equal(l->kind->retain(l, NOW + UT_LEDGER_CALL_DAYS * DAY + 1, &fault), 1);
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
    assert_null(ut_ledger_sqlite(path, false, &fault)); /* of one that only asks */
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_int_equal(aside(), 0);
    l = ut_ledger_sqlite(path, true, &fault);
    assert_non_null(l);
    assert_int_equal(fault.code, 0);
    assert_int_equal(aside(), 1);
    assert_int_equal(counts().sessions, 0);
}

static void what_is_not_ours_stays(void **state)
{
    (void)state;
    l->kind->close(l);
    damage(0, 100);
    l = ut_ledger_sqlite(path, true, &fault);
    assert_null(l);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_int_equal(aside(), 0);
}

static void a_newer_one_is_refused(void **state)
{
    (void)state;
    static const struct ut_database_kind same = {.what = "x", .owner = 0x556E6466, .version = 2, .schema = ""};
    struct ut_database *d = ut_database_open(path, &same, false, &fault);
    assert_int_equal(ut_database_do(d, &fault, "PRAGMA user_version = 9", ""), 0);
    ut_database_close(d);
    l->kind->close(l);
    l = ut_ledger_sqlite(path, true, &fault);
    assert_null(l);
    assert_int_equal(fault.code, UT_EXIT_STORE_NEWER);
    assert_int_equal(aside(), 0);
}

/* A ledger of version 1 is brought up when it is opened, with what it holds, with and without the table that came late.
 */
static void one_of_an_earlier_program_is_brought_up(void **state)
{
    static const char *const earlier[] = {"DROP TABLE rollout",        "DROP TABLE rollout_file",
                                          "DROP TABLE device_rollout", "DROP INDEX progress_received",
                                          "DROP INDEX event_cue",      "ALTER TABLE device DROP COLUMN lost",
                                          "PRAGMA user_version = 1",   "DROP TABLE checkpoint"};
    (void)state;
    struct ut_floor_status there = {.boot = "1", .connection = 1};
    add("d", "a", 1, "session.started");
    take(NOW);
    assert_int_equal(l->kind->status(l, "d", &there, NOW, &fault), 1);
    for (size_t less = 0; less <= 1; less++) {
        l->kind->close(l);
        struct ut_database *d = ut_database_open(path, &ut_ledger_table_kind, false, &fault);
        for (size_t i = 0; i < sizeof earlier / sizeof earlier[0] - less; i++)
            assert_int_equal(ut_database_do(d, &fault, earlier[i], ""), 0);
        ut_database_close(d);
        l = ut_ledger_sqlite(path, true, &fault);
        assert_non_null(l);
        assert_int_equal(counts().sessions, 1);
        assert_int_equal(counts().devices_connected, 1);
        const struct ut_floor_rollout_report said = {.number = 1, .boot = "1"};
        assert_int_equal(l->kind->report_rollout(l, "d", &said, NOW, &fault), 1);
        assert_int_equal(l->kind->renew_checkpoints(l, "d", NOW, &fault), 0);
        there.state = UT_FLOOR_LOST;
        assert_int_equal(l->kind->status(l, "d", &there, NOW, &fault), 1);
        there.state = UT_FLOOR_CONNECTED;
        there.connection++;
        assert_int_equal(l->kind->status(l, "d", &there, NOW, &fault), 1);
    }
    assert_int_equal(aside(), 0);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/floor", folder);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(old_to_the_millisecond), TEST(what_is_damaged_is_moved_aside),          TEST(what_is_not_ours_stays),
        TEST(a_newer_one_is_refused), TEST(one_of_an_earlier_program_is_brought_up),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    clear();
    (void)rmdir(folder);
    return failed;
}
