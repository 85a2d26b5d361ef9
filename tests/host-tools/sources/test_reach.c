/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/reach.h"

#include "host-tools/system/clock.h"
#include "tests/host-tools/line.h"

#include <string.h>

static void each_port_is_heard_for_itself(void **state)
{
    (void)state;
    static struct ut_reach r[4];
    struct ut_line line[3];
    for (int i = 0; i < 3; i++) {
        ut_line_open(&line[i]);
        ut_reach_name(&r[i], line[i].port);
    }
    ut_reach_listen(r, 3, 0);
    for (int i = 0; i < 3; i++)
        ut_line_begin(&line[i]);
    ut_reach_name(&r[3], "/nonexistent/port");
    ut_line_say_hello(&line[0], UT_FEATURES_VERSION);
    uint8_t record[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_status(record, 1, &(struct ut_wire_status){.t_ms = 5000});
    ut_line_say(&line[1], record);
    ut_reach_listen(r, 4, 200);
    assert_true(r[0].opened && r[1].opened && r[2].opened);
    assert_true(r[0].have_hello);
    assert_memory_equal(&r[0].hello, &ut_line_hello, sizeof ut_line_hello);
    assert_false(r[1].have_hello);
    assert_int_equal(r[1].records, 1);
    assert_int_equal(r[2].records, 0);
    assert_false(r[3].opened);
    assert_int_equal(r[3].fault.code, UT_EXIT_NO_DEVICE);
    for (int i = 0; i < 3; i++)
        ut_line_close(&line[i]);
}

static void listening_ends_with_the_last_hello(void **state)
{
    (void)state;
    static struct ut_reach r;
    struct ut_line line;
    ut_line_open(&line);
    ut_reach_name(&r, line.port);
    ut_reach_listen(&r, 1, 0);
    ut_line_begin(&line);
    ut_line_say_hello(&line, UT_FEATURES_VERSION);
    int64_t start = ut_clock_ms();
    ut_reach_listen(&r, 1, 60000);
    assert_true(r.have_hello);
    assert_true(ut_clock_ms() - start < 30000);
    ut_line_close(&line);
}

/* It comes behind the hello, in the same bytes or soon after. */
static void why_it_started_is_heard(void **state)
{
    (void)state;
    static struct ut_reach r;
    const struct ut_wire_reset reset = {UT_WIRE_WATCHDOG, 2, 0x1234, 0x5679, 0, 4};
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_line line;
    ut_line_open(&line);
    ut_reach_name(&r, line.port);
    ut_reach_listen(&r, 1, 0);
    ut_line_begin(&line);
    ut_line_say_hello(&line, UT_FEATURES_VERSION);
    ut_wire_pack_reset(record, 2, &reset);
    ut_line_say(&line, record);
    ut_reach_listen(&r, 1, 60000);
    assert_true(r.have_hello && r.have_reset);
    assert_int_equal(r.reset.cause, UT_WIRE_WATCHDOG);
    assert_int_equal(r.reset.boots, 4);
    ut_line_close(&line);
}

static void the_list_is_well_formed(void **state)
{
    (void)state;
    static struct ut_reach r[UT_REACH_MAX];
    int n = ut_reach_list(r);
    assert_in_range(n, 0, UT_REACH_MAX);
    for (int i = 0; i < n; i++) {
        assert_true(r[i].port[0] != '\0');
        assert_false(r[i].opened);
        assert_true((r[i].vid >= 0) == (r[i].pid >= 0));
    }
}

static void a_name_alone_is_a_port(void **state)
{
    (void)state;
    struct ut_reach r;
    memset(&r, 1, sizeof r);
    ut_reach_name(&r, "/dev/ttyACM3");
    assert_string_equal(r.port, "/dev/ttyACM3");
    assert_string_equal(r.description, "");
    assert_true(r.vid == -1 && r.pid == -1 && !r.opened && r.fault.code == 0 && r.records == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_port_is_heard_for_itself), cmocka_unit_test(listening_ends_with_the_last_hello),
        cmocka_unit_test(why_it_started_is_heard),       cmocka_unit_test(the_list_is_well_formed),
        cmocka_unit_test(a_name_alone_is_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
