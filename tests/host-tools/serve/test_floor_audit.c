/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/serve/floor_audit.h"

#include "host-tools/sinks/audit_chain.h"
#include "host-tools/system/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static char file[] = "/tmp/undertone-floor-audit-XXXXXX";
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    memcpy(file + sizeof file - 7, "XXXXXX", 6);
    int fd = mkstemp(file);
    return fd >= 0 ? close(fd) : -1;
}

static int teardown(void **state)
{
    (void)state;
    return unlink(file);
}

/* The record of a number, from 1. */
static json_t *record(int n)
{
    char line[1000] = "";
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    for (int i = 0; i < n; i++)
        assert_non_null(fgets(line, sizeof line, f));
    assert_int_equal(fclose(f), 0);
    json_t *value = json_loads(line, 0, NULL);
    assert_non_null(value);
    return value;
}

static const char *text(const json_t *r, const char *name)
{
    return json_string_value(json_object_get(r, name));
}

static void many_refusals_are_one_record(void **state)
{
    (void)state;
    struct ut_floor_audit *a = ut_floor_audit_open(file, "", "s", &fault);
    int64_t now = ut_clock_ms();
    assert_non_null(a);
    ut_floor_audit_refused(a, 401, "/v1/state", "127.0.0.1", NULL);
    assert_int_equal(ut_floor_audit_step(a, now, &fault), 0);
    for (int i = 0; i < 50; i++) {
        ut_floor_audit_refused(a, 403, "/v1/customers/0123456789", "192.0.2.1", "kim");
        assert_int_equal(ut_floor_audit_step(a, now + 100 * i, &fault), 0);
    }
    assert_int_equal(ut_floor_audit_step(a, now + 2 * UT_FLOOR_AUDIT_MS, &fault), 0);
    assert_int_equal(ut_floor_audit_close(a, &fault), 0);
    json_t *first = record(2), *many = record(3), *end = record(4);
    assert_int_equal(json_integer_value(json_object_get(first, "Count")), 1);
    assert_null(text(first, "User"));
    assert_int_equal(json_integer_value(json_object_get(many, "Count")), 50);
    assert_string_equal(text(many, "Path"), "/v1/customers/");
    assert_string_equal(text(many, "User"), "kim");
    assert_string_equal(text(end, "Kind"), "serve_ended");
    json_decref(first);
    json_decref(many);
    json_decref(end);
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, file);
    assert_int_equal(ut_audit_chain_verify(&c, 0, "", &fault), 0);
    assert_int_equal(c.n, 4);
}

static void what_waits_is_there_at_the_end(void **state)
{
    (void)state;
    struct ut_floor_audit *a = ut_floor_audit_open(file, "", "s", &fault);
    assert_non_null(a);
    assert_int_equal(ut_floor_audit_add(a, "login", json_pack("{s:s}", "User", "kim"), &fault), 0);
    ut_floor_audit_refused(a, 421, "/\x1b[2J", "127.0.0.1", NULL);
    assert_int_equal(ut_floor_audit_close(a, &fault), 0);
    json_t *login = record(2), *refused = record(3);
    assert_string_equal(text(login, "User"), "kim");
    assert_null(strchr(text(refused, "Path"), 0x1b));
    json_decref(login);
    json_decref(refused);
}

/* How long the file may be at most; 0 = as long as it likes. */
static void set_room(rlim_t bytes)
{
    struct rlimit r;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = bytes != 0 ? bytes : r.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static long size_of_file(void)
{
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long n = ftell(f);
    assert_int_equal(fclose(f), 0);
    return n;
}

static void what_a_full_disk_refuses_comes_later(void **state)
{
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN);
    struct ut_floor_audit *a = ut_floor_audit_open(file, "", "s", &fault);
    int64_t now = ut_clock_ms();
    assert_non_null(a);
    long before = size_of_file();
    set_room((rlim_t)before + 40); /* a part of a line has room */
    ut_floor_audit_refused(a, 401, "/", "192.0.2.1", NULL);
    ut_floor_audit_retained(a, 2);
    fault.text[0] = '\0';
    assert_int_equal(ut_floor_audit_step(a, now, &fault), -1);
    assert_non_null(strstr(fault.text, "cannot be written"));
    assert_int_equal(ut_floor_audit_add(a, "login", json_pack("{s:s}", "User", "kim"), &fault), -1);
    assert_int_equal(size_of_file(), before);
    set_room(0);
    ut_floor_audit_refused(a, 401, "/", "192.0.2.1", NULL);
    ut_floor_audit_retained(a, 3);
    assert_int_equal(ut_floor_audit_step(a, now + UT_FLOOR_AUDIT_MS - 1, &fault), -1); /* not yet */
    assert_int_equal(size_of_file(), before);
    assert_int_equal(ut_floor_audit_step(a, now + UT_FLOOR_AUDIT_MS, &fault), 0);
    assert_int_equal(ut_floor_audit_close(a, &fault), 0);
    json_t *retention = record(2), *refused = record(3);
    assert_string_equal(text(retention, "Kind"), "retention");
    assert_int_equal(json_integer_value(json_object_get(retention, "Calls")), 5);
    assert_int_equal(json_integer_value(json_object_get(refused, "Count")), 2);
    json_decref(retention);
    json_decref(refused);
    struct ut_audit_chain c;
    ut_audit_chain_init(&c, file);
    assert_int_equal(ut_audit_chain_verify(&c, 0, "", &fault), 0);
    assert_int_equal(c.n, 4);
}

static void without_a_file_nothing_is_kept(void **state)
{
    (void)state;
    struct ut_floor_audit *a = ut_floor_audit_open("", "", "s", &fault);
    assert_non_null(a);
    assert_int_equal(ut_floor_audit_add(a, "login", json_object(), &fault), 0);
    assert_string_equal(ut_floor_audit_path(a), "");
    assert_int_equal(ut_floor_audit_close(a, &fault), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_refusals_are_one_record, setup, teardown),
        cmocka_unit_test_setup_teardown(what_waits_is_there_at_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_full_disk_refuses_comes_later, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_file_nothing_is_kept, setup, teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
