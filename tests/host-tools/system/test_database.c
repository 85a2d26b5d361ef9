/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/database.h"

#include "host-tools/system/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX", path[60];
static const char *const UPGRADE[] = {"CREATE TABLE u(a INTEGER) STRICT; INSERT INTO u SELECT count(*) FROM t;"};
static const struct ut_database_kind KIND = {
    .what = "a box",
    .owner = 77,
    .version = 2,
    .schema = "CREATE TABLE t(a INTEGER, b TEXT) STRICT; CREATE TABLE u(a INTEGER) STRICT;",
    .upgrade = UPGRADE};
static const struct ut_database_kind EARLIER = {
    .what = "a box", .owner = 77, .version = 1, .schema = "CREATE TABLE t(a INTEGER, b TEXT) STRICT;"};
static struct ut_fault fault;

static struct ut_database *box(bool create)
{
    fault = (struct ut_fault){0};
    return ut_database_open(path, &KIND, create, &fault);
}

static void remove_box(void)
{
    char name[80];
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)remove(name);
    }
}

static int setup(void **state)
{
    (void)state;
    remove_box();
    return 0;
}

static void refused(int code, const char *says)
{
    assert_null(box(true));
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, path));
    assert_non_null(strstr(fault.text, says));
}

static void put_file(const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void change_byte(long at, int value)
{
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, at, SEEK_SET), 0);
    assert_int_equal(fputc(value, f), value);
    assert_int_equal(fclose(f), 0);
}

static int take(void *ctx, const struct ut_database_row *row)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)snprintf(text + n, 100 - n, "%lld:%s%s ", (long long)ut_database_number(row, 0), ut_database_text(row, 1),
                   ut_database_null(row, 1) ? "null" : "");
    return ut_database_number(row, 0) == 9 ? 5 : 0;
}

static void rows_go_in_and_come_out_in_a_later_opening(void **state)
{
    (void)state;
    struct ut_database *d = box(true);
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(?, ?)", "it", (int64_t)1 << 40, "it's"), 0);
    assert_int_equal(ut_database_changed(d), 1);
    assert_int_equal(
        ut_database_do(d, &fault, "INSERT INTO t VALUES(?, ?), (9, 'z'), (10, 'never')", "it", (int64_t)-2, NULL), 0);
    assert_int_equal(ut_database_changed(d), 3);
    ut_database_close(d);
    d = box(false);
    assert_non_null(d);
    char text[100] = "";
    assert_int_equal(ut_database_ask(d, &fault, take, text, "SELECT a, b FROM t WHERE a != ?", "i", (int64_t)7), 5);
    assert_string_equal(text, "1099511627776:it's -2:null 9:z ");
    int64_t n = 0;
    assert_int_equal(ut_database_count(d, &fault, &n, -1, "SELECT a FROM t WHERE b = 'z'"), 0);
    assert_int_equal(n, 9);
    assert_int_equal(ut_database_count(d, &fault, &n, -1, "SELECT a FROM t WHERE b = 'none'"), 0);
    assert_int_equal(n, -1);
    ut_database_close(d);
}

static void the_file_and_its_log_are_the_owners_only(void **state)
{
    (void)state;
    struct stat there;
    char log[80];
    mode_t before = umask(0);
    struct ut_database *d = box(true);
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(1, 'x')", ""), 0);
    (void)umask(before);
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    (void)snprintf(log, sizeof log, "%s-wal", path);
    assert_int_equal(stat(log, &there), 0);
    assert_int_equal(there.st_mode & 07777, 0600);
    ut_database_close(d);
    assert_int_not_equal(stat(log, &there), 0);
}

/* What a statement does before its end is undone with it. */
static void a_statement_that_fails_says_so(void **state)
{
    (void)state;
    struct ut_database *d = box(true);
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(?, 'x')", "t", "no number"), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_int_equal(ut_database_ask(d, &fault, take, NULL, "SELECT x FROM nowhere", ""), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_non_null(strstr(fault.text, "nowhere"));
    ut_database_close(d);
}

static void what_is_none_is_refused_and_left_as_it_is(void **state)
{
    (void)state;
    static char text[5000];
    memset(text, 'x', sizeof text);
    put_file(text, sizeof text);
    refused(UT_EXIT_STORE, "is not a box");
    struct stat there;
    assert_int_equal(stat(path, &there), 0);
    assert_int_equal(there.st_size, sizeof text);
    remove_box();
    ut_database_close(box(true));
    change_byte(71, 78); /* application_id, the last of its four bytes */
    refused(UT_EXIT_STORE, "is a database, but not a box");
    remove_box();
    assert_null(box(false));
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_int_equal(stat(path, &there), -1);
    assert_int_equal(mkdir(path, 0700), 0);
    refused(UT_EXIT_STORE, "is no file");
    assert_int_equal(rmdir(path), 0);
    char nowhere[80];
    (void)snprintf(nowhere, sizeof nowhere, "%s/none/box", folder);
    assert_null(ut_database_open(nowhere, &KIND, true, &fault));
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    static char longest[5000];
    memset(longest, 'y', sizeof longest - 1);
    assert_null(ut_database_open(longest, &KIND, true, &fault));
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
}

static void a_later_programs_is_refused(void **state)
{
    (void)state;
    ut_database_close(box(true));
    change_byte(63, 3); /* user_version, the last of its four bytes */
    refused(UT_EXIT_STORE_NEWER, "is of version 3, this program knows up to 2");
    change_byte(63, 0);
    refused(UT_EXIT_STORE, "not a box");
}

static void an_earlier_programs_is_brought_up_once(void **state)
{
    (void)state;
    int64_t n;
    struct ut_database *d = ut_database_open(path, &EARLIER, true, &fault);
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(1, 'kept')", ""), 0);
    ut_database_close(d);
    for (int again = 0; again < 2; again++) {
        d = box(false);
        assert_non_null(d);
        assert_int_equal(ut_database_count(d, &fault, &n, -1, "SELECT a FROM u WHERE (SELECT b FROM t) = 'kept'"), 0);
        assert_int_equal(n, 1);
        assert_int_equal(ut_database_count(d, &fault, &n, -1, "SELECT count(*) FROM u"), 0);
        assert_int_equal(n, 1);
        assert_int_equal(ut_database_count(d, &fault, &n, -1, "PRAGMA user_version"), 0);
        assert_int_equal(n, 2);
        ut_database_close(d);
    }
    d = ut_database_open(path, &EARLIER, false, &fault);
    assert_null(d);
    assert_int_equal(fault.code, UT_EXIT_STORE_NEWER);
}

static void what_cannot_be_brought_up_stays_as_it_is(void **state)
{
    (void)state;
    int64_t n;
    struct ut_database *d = ut_database_open(path, &EARLIER, true, &fault);
    assert_int_equal(ut_database_do(d, &fault, "CREATE TABLE u(b)", ""), 0); /* somebody's own */
    ut_database_close(d);
    refused(UT_EXIT_STORE, "not a box");
    d = ut_database_open(path, &EARLIER, false, &fault);
    assert_non_null(d);
    assert_int_equal(ut_database_count(d, &fault, &n, -1, "PRAGMA user_version"), 0);
    assert_int_equal(n, 1);
    ut_database_close(d);
}

static void an_empty_file_becomes_one(void **state)
{
    (void)state;
    put_file("", 0);
    struct ut_database *d = box(true);
    assert_non_null(d);
    ut_database_close(d);
    remove_box();
    put_file("", 0);
    assert_null(box(false));
    assert_int_equal(fault.code, UT_EXIT_STORE);
}

static void a_damaged_page_is_found_when_it_is_read(void **state)
{
    (void)state;
    struct ut_database *d = box(true);
    assert_non_null(d);
    for (int i = 0; i < 300; i++)
        assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(?, ?)", "it", (int64_t)i,
                                        "a line of text that takes up room on a page"),
                         0);
    ut_database_close(d);
    static char junk[4096];
    memset(junk, 0x5A, sizeof junk);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, 3L * 4096, SEEK_SET), 0);
    assert_int_equal(fwrite(junk, 1, sizeof junk, f), sizeof junk);
    assert_int_equal(fclose(f), 0);
    d = box(false);
    assert_non_null(d);
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, 0, "SELECT sum(length(b)) FROM t"), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_non_null(strstr(fault.text, "damaged"));
    ut_database_close(d);
}

static void no_space_is_said_and_what_was_there_stays(void **state)
{
    (void)state;
    struct ut_database *d = box(true);
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(1, 'first')", ""), 0);
    assert_int_equal(ut_database_do(d, &fault, "PRAGMA max_page_count = 1", ""), 0);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t SELECT 2, hex(randomblob(20000))", ""), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_FULL);
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, 0, "SELECT count(*) FROM t"), 0);
    assert_int_equal(n, 1);
    ut_database_close(d);
}

static void another_programs_lock_is_waited_for_and_then_said(void **state)
{
    (void)state;
    struct ut_database *a = box(true), *b = box(true);
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(ut_database_do(a, &fault, "BEGIN IMMEDIATE", ""), 0);
    ut_database_wait(b, 200);
    int64_t begin = ut_clock_ms();
    assert_int_equal(ut_database_do(b, &fault, "INSERT INTO t VALUES(1, 'b')", ""), -1);
    assert_true(ut_clock_ms() - begin >= 200);
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    assert_non_null(strstr(fault.text, "longer than 0.2 s"));
    assert_int_equal(ut_database_do(a, &fault, "COMMIT", ""), 0);
    assert_int_equal(ut_database_do(b, &fault, "INSERT INTO t VALUES(1, 'b')", ""), 0);
    ut_database_close(a);
    ut_database_close(b);
}

/* Each makes the tables, or finds them made. */
static void many_may_make_it_at_once(void **state)
{
    (void)state;
    enum { MANY = 8 };
    pid_t child[MANY];
    for (int i = 0; i < MANY; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            struct ut_database *d = box(true);
            if (d == NULL || ut_database_do(d, &fault, "INSERT INTO t VALUES(1, 'x')", "") != 0)
                _exit(1);
            ut_database_close(d);
            _exit(0);
        }
    }
    for (int i = 0; i < MANY; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    struct ut_database *d = box(false);
    assert_non_null(d);
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, 0, "SELECT count(*) FROM t"), 0);
    assert_int_equal(n, MANY);
    ut_database_close(d);
}

static bool file_has(const char *end, const char *text)
{
    static char bytes[1 << 20];
    char name[80];
    (void)snprintf(name, sizeof name, "%s%s", path, end);
    FILE *f = fopen(name, "rb");
    size_t n = f != NULL ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f != NULL)
        (void)fclose(f);
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= n; i++)
        if (memcmp(bytes + i, text, len) == 0)
            return true;
    return false;
}

static void what_is_deleted_is_nowhere(void **state)
{
    (void)state;
    struct ut_database *d = box(true), *reader;
    assert_non_null(d);
    assert_int_equal(ut_database_do(d, &fault, "INSERT INTO t VALUES(1, 'a private matter')", ""), 0);
    assert_true(file_has("-wal", "a private matter"));
    assert_int_equal(ut_database_settle(d, &fault), 0);
    assert_true(file_has("", "a private matter"));
    reader = box(false);
    assert_non_null(reader);
    assert_int_equal(ut_database_do(reader, &fault, "BEGIN", ""), 0);
    int64_t n;
    assert_int_equal(ut_database_count(reader, &fault, &n, 0, "SELECT count(*) FROM t"), 0);
    assert_int_equal(ut_database_do(d, &fault, "DELETE FROM t", ""), 0);
    ut_database_wait(d, 10);
    assert_int_equal(ut_database_settle(d, &fault), 1); /* the reader still sees it */
    ut_database_close(reader);
    assert_int_equal(ut_database_settle(d, &fault), 0);
    assert_false(file_has("", "a private matter"));
    assert_false(file_has("-wal", "a private matter"));
    ut_database_close(d);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof path, "%s/box", folder);
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(rows_go_in_and_come_out_in_a_later_opening),
        TEST(the_file_and_its_log_are_the_owners_only),
        TEST(a_statement_that_fails_says_so),
        TEST(what_is_none_is_refused_and_left_as_it_is),
        TEST(a_later_programs_is_refused),
        TEST(an_earlier_programs_is_brought_up_once),
        TEST(what_cannot_be_brought_up_stays_as_it_is),
        TEST(an_empty_file_becomes_one),
        TEST(a_damaged_page_is_found_when_it_is_read),
        TEST(no_space_is_said_and_what_was_there_stays),
        TEST(another_programs_lock_is_waited_for_and_then_said),
        TEST(many_may_make_it_at_once),
        TEST(what_is_deleted_is_nowhere),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_box();
    (void)rmdir(folder);
    return failed;
}
