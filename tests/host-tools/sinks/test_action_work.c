/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_work.h"

#include "host-tools/sinks/action_table.h"
#include "host-tools/sinks/audit.h"
#include "host-tools/system/clock.h"
#include "tests/host-tools/sinks/store_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ut_config config;
static struct ut_action_rules rules;
static struct ut_action_round round_;
static atomic_int stop;
static char audit_path[300];

static void set(const char *section, const char *key, const char *value)
{
    assert_int_equal(ut_config_set(&config, section, key, value, "test", &fault), 0);
}

/* `fine` can be done, `vain` cannot. */
static void begin(void)
{
    ut_config_defaults(&config);
    set("action.fine", "on", "call.ended");
    set("action.fine", "do", "command");
    set("action.fine", "to", "/bin/true");
    set("action.vain", "on", "call.ended");
    set("action.vain", "do", "command");
    set("action.vain", "to", "/bin/false");
    set("action.vain", "park", "2");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
    put_event("s", 1, 1, "undertone.session.started.v1", "{}");
}

static void request(const char *name, int64_t sequence)
{
    char id[UT_ACTION_ID];
    ut_action_id(id, "s", sequence, name);
    const struct ut_action_request r = {.id = id, .session = "s", .name = name, .json = "{}"};
    assert_int_equal(ut_action_request(d, &r, ut_clock_unix_ms(), &fault), 1);
}

static int64_t count(const char *sql)
{
    int64_t n;
    assert_int_equal(ut_database_count(d, &fault, &n, -1, sql), 0);
    return n;
}

static void what_is_due_is_done_and_what_fails_is_parked_once(void **state)
{
    (void)state;
    begin();
    struct ut_action_work *w = ut_action_work_new(&rules, &config, path, NULL, &fault);
    assert_non_null(w);
    request("fine", 1);
    request("vain", 1);
    request("gone", 1); /* its rule is no more */
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    assert_int_equal(round_.done, 1);
    assert_int_equal(round_.failed, 2);
    assert_int_equal(round_.parked, 1);
    assert_non_null(strstr(round_.remark, "action gone: there is no such rule any more"));
    assert_int_equal(count("SELECT count(*) FROM action WHERE state = 'DONE' AND name = 'fine'"), 1);
    assert_int_equal(ut_action_hurry(d, &fault), 0);
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    assert_int_equal(round_.parked, 1);
    assert_non_null(strstr(round_.remark, "action vain: exit code 1; it is parked after 2 tries"));
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    assert_int_equal(round_.done + round_.failed, 0);
    assert_string_equal(round_.remark, "");
    ut_action_work_free(w);
}

static int64_t records(const char *kind)
{
    char line[1000];
    int64_t n = 0;
    FILE *f = fopen(audit_path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL)
        n += strstr(line, kind) != NULL;
    (void)fclose(f);
    return n;
}

/* Also what nobody has answered; what fails, when it is parked. */
static void what_becomes_of_them_is_on_record(void **state)
{
    (void)state;
    struct ut_sinks list = {0};
    char id[UT_ACTION_ID];
    begin();
    (void)snprintf(audit_path, sizeof audit_path, "%s.audit", path);
    struct ut_sink *audit = ut_audit_sink(audit_path, "", &config);
    assert_int_equal(ut_sinks_add(&list, audit, &fault), 0);
    struct ut_action_work *w = ut_action_work_new(&rules, &config, path, audit, &fault);
    request("fine", 1);
    request("vain", 1);
    ut_action_id(id, "s", 2, "fine");
    int64_t then = ut_clock_unix_ms() - UT_ACTION_ASK_MS;
    const struct ut_action_request r = {
        .id = id, .session = "s", .name = "fine", .json = "{}", .asks = true, .until_ms = then + UT_ACTION_ASK_MS};
    assert_int_equal(ut_action_request(d, &r, then, &fault), 1);
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    assert_int_equal(records("\"action_done\""), 1);
    assert_int_equal(records("\"action_expired\""), 1);
    assert_int_equal(records("\"action_failed\""), 0);
    assert_int_equal(ut_action_hurry(d, &fault), 0);
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    assert_int_equal(records("\"action_failed\""), 1);
    assert_int_equal(records("exit code 1"), 1);
    ut_action_work_free(w);
    assert_int_equal(ut_sinks_close(&list, true), 0);
    (void)unlink(audit_path);
}

static void a_stop_leaves_the_rest(void **state)
{
    (void)state;
    begin();
    struct ut_action_work *w = ut_action_work_new(&rules, &config, path, NULL, &fault);
    request("fine", 1);
    atomic_store(&stop, 1);
    assert_int_equal(ut_action_work_round(w, &stop, &round_, &fault), 0);
    atomic_store(&stop, 0);
    assert_int_equal(round_.done, 0);
    assert_int_equal(count("SELECT go FROM action"), 1);
    ut_action_work_free(w);
}

static void what_needs_settings_says_so(void **state)
{
    (void)state;
    begin();
    set("action.hook", "on", "call.ended");
    set("action.hook", "do", "webhook");
    set("action.hook", "to", "http://example.org/");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
    assert_null(ut_action_work_new(&rules, &config, path, NULL, &fault));
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_non_null(strstr(fault.text, "[webhook] key_file"));
    set("action.hook", "do", "mqtt");
    set("action.hook", "to", "a/b");
    assert_int_equal(ut_action_rules_read(&rules, &config, &fault), 0);
    assert_null(ut_action_work_new(&rules, &config, path, NULL, &fault));
    assert_non_null(strstr(fault.text, "[mqtt] brokers"));
}

/* The thread does all that is due before it ends. */
static void a_thread_does_the_same(void **state)
{
    (void)state;
    struct ut_sinks list = {0};
    begin();
    request("fine", 1);
    assert_int_equal(ut_sinks_add(&list, ut_action_work_sink(&rules, &config, path, NULL), &fault), 0);
    request("fine", 2);
    ut_action_work_wake(list.sink[0]);
    assert_int_equal(ut_sinks_close(&list, true), 0);
    assert_int_equal(count("SELECT count(*) FROM action WHERE state = 'DONE'"), 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_due_is_done_and_what_fails_is_parked_once),
        TEST(what_becomes_of_them_is_on_record),
        TEST(a_stop_leaves_the_rest),
        TEST(what_needs_settings_says_so),
        TEST(a_thread_does_the_same),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
