/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/postgres.h"

#include "host-tools/system/clock.h"
#include "tests/host-tools/postgres_server.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

static struct ut_postgres *p;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    p = ut_postgres_open(ut_server_address, "public", &fault);
    return p == NULL || ut_postgres_script(p, &fault, "DROP TABLE IF EXISTS x; CREATE TABLE x (n bigint, t text)") != 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_postgres_close(p);
    return 0;
}

static int add_row(void *ctx, const struct ut_database_row *row)
{
    char *text = ctx;
    (void)sprintf(text + strlen(text), "%d:%s%s ", (int)ut_database_number(row, 0), ut_database_text(row, 1),
                  ut_database_null(row, 1) ? "-" : "");
    return ut_database_number(row, 0) == 9 ? 7 : 0;
}

static void values_go_in_and_come_out(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "NULL", "a\"b\\c,{d} \xC3\xA4\n"};
    static const int64_t numbers[] = {INT64_MIN, 0, INT64_MAX};
    char text[200] = "";
    assert_int_equal(ut_postgres_ask(p, &fault, NULL, NULL, "INSERT INTO x VALUES($1, $2), (2, $3)", "itt", (int64_t)-5,
                                     "it's", NULL),
                     0);
    assert_int_equal(ut_postgres_changed(p), 2);
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text, "SELECT n, t FROM x ORDER BY n", ""), 0);
    assert_string_equal(text, "-5:it's 2:- ");
    assert_int_equal(ut_postgres_ask(p, &fault, NULL, NULL,
                                     "INSERT INTO x SELECT * FROM unnest($1::bigint[], $2::text[])", "IT", numbers,
                                     (size_t)3, texts, (size_t)3),
                     0);
    text[0] = '\0';
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text,
                                     "SELECT 1, t FROM x WHERE n = $1 OR n = $2 OR n = 0 ORDER BY n", "ii", INT64_MIN,
                                     INT64_MAX),
                     0);
    assert_string_equal(text, "1: 1:NULL 1:a\"b\\c,{d} \xC3\xA4\n ");
    text[0] = '\0';
    assert_int_equal(
        ut_postgres_ask(p, &fault, add_row, text, "SELECT true, cardinality($1::bigint[])", "I", numbers, (size_t)0),
        0);
    assert_string_equal(text, "1:0 ");
}

static void a_reader_may_stop(void **state)
{
    (void)state;
    char text[200] = "";
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text, "SELECT n, NULL FROM generate_series(8, 11) n", ""), 7);
    assert_string_equal(text, "8:- 9:- ");
}

static void a_script_is_done_whole_or_not(void **state)
{
    (void)state;
    char text[20] = "";
    assert_int_equal(ut_postgres_script(p, &fault, "INSERT INTO x VALUES(1); INSERT INTO y VALUES(1)"), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    assert_non_null(strstr(fault.text, "relation \"y\" does not exist; see the server's log"));
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text, "SELECT count(*), '' FROM x", ""), 0);
    assert_string_equal(text, "0: ");
}

static void what_another_session_holds(void **state)
{
    (void)state;
    struct ut_postgres *other = ut_postgres_open(ut_server_address, "public", &fault);
    assert_int_equal(ut_postgres_script(other, &fault, "BEGIN; LOCK TABLE x"), 0);
    assert_int_equal(ut_postgres_script(p, &fault, "SET lock_timeout = '10ms'"), 0);
    assert_int_equal(ut_postgres_ask(p, &fault, NULL, NULL, "DELETE FROM x", ""), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_LOCKED);
    ut_postgres_close(other);
}

static void a_session_that_is_ended_begins_anew(void **state)
{
    (void)state;
    char text[20] = "";
    struct ut_postgres *other = ut_postgres_open(ut_server_address, "public", &fault);
    assert_int_equal(ut_postgres_script(other, &fault,
                                        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid <> "
                                        "pg_backend_pid() AND application_name = 'undertone'"),
                     0);
    ut_postgres_close(other);
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text, "SELECT 1", ""), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_int_equal(ut_postgres_ask(p, &fault, add_row, text, "SELECT 1, current_schemas(false)::text", ""), 0);
    assert_string_equal(text, "1:{public} "); /* with the settings that it had */
}

static int take_pid(void *ctx, const struct ut_database_row *row)
{
    *(pid_t *)ctx = (pid_t)ut_database_number(row, 0);
    return 0;
}

static void one_that_gives_no_answer_holds_nobody_up(void **state)
{
    (void)state;
    static char many[100000];
    char text[200] = "";
    pid_t pid = 0;
    struct ut_postgres *hasty = ut_postgres_open_within(ut_server_address, "public", 10000, 5000, &fault);
    assert_non_null(hasty);
    memset(many, 'x', sizeof many - 1);
    assert_int_equal(ut_postgres_ask(hasty, &fault, take_pid, &pid, "SELECT pg_backend_pid(), length($1)", "t", many),
                     0);
    assert_int_equal(ut_postgres_ask(hasty, &fault, add_row, text, "SELECT 9, 'a' UNION ALL SELECT 1, 'b'", ""), 7);
    assert_int_equal(ut_postgres_ask(hasty, &fault, NULL, NULL, "SELECT 1 / 0", ""), -1);
    assert_int_equal(fault.code, UT_EXIT_STORE);
    ut_postgres_close(hasty);

    hasty = ut_postgres_open_within(ut_server_address, "public", 10000, 200, &fault);
    assert_int_equal(ut_postgres_ask(hasty, &fault, take_pid, &pid, "SELECT pg_backend_pid()", ""), 0);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    int64_t began = ut_clock_ms();
    int r = ut_postgres_ask(hasty, &fault, NULL, NULL, "SELECT 1", "");
    ut_postgres_close(hasty);
    int64_t took = ut_clock_ms() - began;
    assert_int_equal(kill(pid, SIGCONT), 0);
    assert_int_equal(r, -1);
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_non_null(strstr(fault.text, "no answer within 200 ms"));
    assert_in_range(took, 200, 5000);
}

/* A port whose connections nobody takes. */
static void one_that_is_not_there_holds_nobody_up(void **state)
{
    (void)state;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    char address[100];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    (void)snprintf(address, sizeof address, "postgresql://kim:secret@127.0.0.1:%d/x", ntohs(at.sin_port));
    int64_t began = ut_clock_ms();
    assert_null(ut_postgres_open_within(address, "public", 200, 200, &fault));
    assert_in_range(ut_clock_ms() - began, 200, 2500); /* libpq's own limit is 3 s */
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_non_null(strstr(fault.text, "no connection within 200 ms"));
    assert_null(strstr(fault.text, "secret"));
    (void)close(fd);
    assert_null(ut_postgres_open_within(address, "public", 10000, 200, &fault));
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_non_null(strstr(fault.text, "refused"));
}

static void nobody_is_there(void **state)
{
    (void)state;
    assert_null(ut_postgres_open("postgresql://kim:secret@127.0.0.1:1/x", "public", &fault));
    assert_int_equal(fault.code, UT_EXIT_STORE_AWAY);
    assert_null(strstr(fault.text, "secret"));
    assert_null(strchr(fault.text, '\n'));
    static const char *const wrong[] = {"postgresql://[", "postgresql://u:secret@[::1/x",
                                        "postgresql://u:secret%zz@h/x"};
    for (int i = 0; i < 3; i++) { /* libpq would quote it */
        assert_null(ut_postgres_open(wrong[i], "public", &fault));
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_null(strstr(fault.text, "secret"));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(values_go_in_and_come_out),
        TEST(a_reader_may_stop),
        TEST(a_script_is_done_whole_or_not),
        TEST(what_another_session_holds),
        TEST(a_session_that_is_ended_begins_anew),
        TEST(one_that_gives_no_answer_holds_nobody_up),
        TEST(one_that_is_not_there_holds_nobody_up),
        TEST(nobody_is_there),
    };
    if (ut_server("start") != 0)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + ut_server_end();
}
