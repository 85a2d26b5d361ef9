/* SPDX-License-Identifier: Apache-2.0 */
/* Without a broker; with one: tests/host-tools/commands/test_serve.py. */
#include "host-tools/commands/to_floor.h"

#include "host-tools/system/stop.h"
#include "tests/host-tools/sinks/store_test.h"

#include <signal.h>
#include <string.h>

static void what_cannot_be_sent_waits_and_is_said(void **state)
{
    (void)state;
    const struct ut_floor_link_options o = {
        .store = path, .brokers = "mqtt://127.0.0.1:1", .site = "s", .device = "d", .password_file = "", .ca_file = ""};
    struct ut_to_floor n;
    assert_int_equal(ut_to_floor(&o, &n, &fault), 0); /* nothing waits: there is nothing to wait for */
    assert_true(n.sent == 0 && n.left.waiting == 0);
    assert_string_equal(n.why, "");
    put_event("a", 1, 0, "t", "{}");
    assert_int_equal(ut_outbox_add(d, UT_FLOOR_RECEIVER, "a", 1, 1, &fault), 0);
    assert_int_equal(ut_stop_watch(&fault), 0);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(ut_to_floor(&o, &n, &fault), 0);
    assert_true(n.sent == 0 && n.left.waiting == 1);
    assert_non_null(strstr(n.why, "mqtt 127.0.0.1: 1 events wait: "));
}

static void what_is_wrong_with_the_settings_is_a_fault(void **state)
{
    (void)state;
    const struct ut_floor_link_options o = {.store = path,
                                            .brokers = "mqtt://127.0.0.1:1",
                                            .site = "s",
                                            .device = "a/b",
                                            .password_file = "",
                                            .ca_file = ""};
    struct ut_to_floor n;
    assert_int_equal(ut_to_floor(&o, &n, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_cannot_be_sent_waits_and_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_the_settings_is_a_fault, setup, teardown),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
