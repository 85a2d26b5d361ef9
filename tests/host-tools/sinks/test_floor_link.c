/* SPDX-License-Identifier: Apache-2.0 */
/* The link beside a broker that is not there; beside one that is: tests/host-tools/commands/test_serve.py. */
#include "host-tools/sinks/floor_link.h"

#include "host-tools/system/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char store[] = "/tmp/undertone-test-XXXXXX";

static void without_a_broker_it_waits_and_says_why(void **state)
{
    (void)state;
    const struct ut_floor_link_options o = {.store = store,
                                            .brokers = "mqtt://127.0.0.1:1",
                                            .site = "s",
                                            .device = "d",
                                            .password_file = "",
                                            .ca_file = ""};
    struct ut_fault fault = {0};
    struct ut_outbox_counts counts;
    struct ut_floor_link *l = ut_floor_link_new(&o, &fault);
    assert_non_null(l);
    struct ut_floor_link_state s = ut_floor_link_state(l);
    assert_false(s.up || s.replaced);
    assert_string_equal(s.error, "");
    ut_floor_link_session(l, "call");
    ut_floor_link_score(l, "{}");
    for (int i = 0; i < 100 && s.error[0] == '\0'; i++) {
        assert_int_equal(ut_floor_link_step(l, -1, 10, &fault), 0);
        s = ut_floor_link_state(l);
    }
    assert_string_not_equal(s.error, "");
    assert_string_equal(s.host, "127.0.0.1");
    assert_int_equal(s.taken, 0);
    assert_int_equal(ut_floor_link_counts(l, &counts, &fault), 0);
    assert_int_equal(counts.waiting, 0);
    int64_t begun = ut_clock_ms();
    ut_floor_link_leave(l);
    assert_true(ut_clock_ms() - begun < 500);
    ut_floor_link_free(l);
}

static void names_are_names(void **state)
{
    (void)state;
    static const struct {
        const char *site, *device, *says;
    } bad[] = {{"", "d", "site"}, {"s", "", "device"}, {"s", "a+b", "device"}, {"a/b", "d", "site"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct ut_floor_link_options o = {.store = store,
                                                .brokers = "mqtt://127.0.0.1:1",
                                                .site = bad[i].site,
                                                .device = bad[i].device,
                                                .password_file = "",
                                                .ca_file = ""};
        struct ut_fault fault = {0};
        assert_null(ut_floor_link_new(&o, &fault));
        assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
        assert_non_null(strstr(fault.text, bad[i].says));
    }
}

int main(void)
{
    int fd = mkstemp(store);
    if (fd < 0 || close(fd) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_a_broker_it_waits_and_says_why),
                                       cmocka_unit_test(names_are_names)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(store);
    return failed;
}
