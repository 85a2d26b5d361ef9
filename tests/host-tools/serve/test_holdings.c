/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/holdings.h"

#include "host-tools/serve/ledger.h"
#include "host-tools/sinks/event_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/undertone-test-XXXXXX";
static struct ut_database *d;
static struct ut_fault fault;

/* What was found, and the one that is asked for. */
struct seen {
    const char *wanted;
    int tables, strange;
    bool found;
    struct ut_holding_found one;
};

static int take(void *ctx, const struct ut_holding_found *f)
{
    struct seen *s = ctx;
    s->tables++;
    s->strange += f->about == NULL;
    assert_true(strlen(f->columns) > 0);
    if (f->about != NULL) {
        assert_string_equal(f->about->table, f->table);
        assert_true(strlen(f->about->holds) > 0 && strlen(f->about->kept) > 0 && strlen(f->about->erase) > 0);
    }
    if (strcmp(f->table, s->wanted) == 0) {
        s->found = true;
        s->one = *f;
    }
    return 0;
}

static struct seen look(enum ut_holder holder, const char *wanted)
{
    struct seen s = {.wanted = wanted};
    assert_int_equal(ut_holdings(d, holder, take, &s, &fault), 0);
    return s;
}

static int close_file(void **state)
{
    (void)state;
    ut_database_close(d);
    d = NULL;
    return truncate(path, 0);
}

static void run(const char *sql)
{
    assert_int_equal(ut_database_do(d, &fault, sql, ""), 0);
}

static void test_store(void **state)
{
    (void)state;
    d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    struct seen s = look(UT_HOLDER_STORE, "event");
    assert_int_equal(s.tables, 9);
    assert_int_equal(s.strange, 0);
    assert_true(s.found && s.one.rows == 0 && s.one.first == -1 && s.one.last == -1);
    run("INSERT INTO call VALUES('a', 'a', 1000000, NULL, 'IN_PROGRESS', 7), ('b', 'b', 0, NULL, 'IN_PROGRESS', 8)");
    run("INSERT INTO event(session, sequence, type, at, json) VALUES('a', 1, 't', 1000500, '{}'), ('a', 2, 't', "
        "1000900, '{}'), ('b', 1, 't', 3, '{}')");
    s = look(UT_HOLDER_STORE, "event");
    assert_true(s.one.rows == 3 && s.one.first == 8 && s.one.last == 1000900);
    s = look(UT_HOLDER_STORE, "call");
    assert_true(s.one.rows == 2 && s.one.first == 8 && s.one.last == 1000000);
    run("DELETE FROM call WHERE session = 'b'");
    s = look(UT_HOLDER_STORE, "event");
    assert_true(s.one.rows == 2 && s.one.first == 1000500);
}

static void test_ledger(void **state)
{
    (void)state;
    struct ut_ledger *l = ut_ledger_sqlite(path, true, &fault);
    assert_non_null(l);
    l->kind->close(l);
    d = ut_database_open(path, &ut_ledger_table_kind, false, &fault);
    assert_non_null(d);
    run("INSERT INTO score VALUES('a', 250, 5000, '{}'), ('a', 500, 6000, '{}')");
    struct seen s = look(UT_HOLDER_LEDGER, "score");
    assert_int_equal(s.tables, 10);
    assert_int_equal(s.strange, 0);
    assert_true(s.one.rows == 2 && s.one.first == 5000 && s.one.last == 6000);
    assert_int_equal(s.one.about->days, UT_LEDGER_SCORE_DAYS);
    assert_int_equal(s.one.about->right, UT_RIGHT_CALLS);
    assert_int_equal(look(UT_HOLDER_LEDGER, "progress").one.about->days, UT_LEDGER_CALL_DAYS);
}

/* That a table without a description would be noticed above. */
static void test_unknown_table(void **state)
{
    (void)state;
    d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    run("CREATE TABLE sound(samples BLOB)");
    struct seen s = look(UT_HOLDER_STORE, "sound");
    assert_int_equal(s.strange, 1);
    assert_true(s.found && s.one.about == NULL && s.one.first == -1);
}

static int stop(void *ctx, const struct ut_holding_found *f)
{
    (void)f;
    return ++*(int *)ctx == 2 ? 9 : 0;
}

static void test_each_ends_it(void **state)
{
    int n = 0;
    (void)state;
    d = ut_database_open(path, &ut_event_table_kind, true, &fault);
    assert_non_null(d);
    assert_int_equal(ut_holdings(d, UT_HOLDER_STORE, stop, &n, &fault), 9);
    assert_int_equal(n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_store, close_file),
        cmocka_unit_test_teardown(test_ledger, close_file),
        cmocka_unit_test_teardown(test_unknown_table, close_file),
        cmocka_unit_test_teardown(test_each_ends_it, close_file),
    };
    if (mkstemp(path) < 0)
        return 1;
    int r = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return r;
}
