/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/port.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* A port of a kind that answers as told. */
static int ends[2] = {-1, -1};
static int opened, closed, answer, end_answer;

static int pretend_open(struct ut_port *p, struct ut_fault *fault)
{
    opened++;
    if (answer != UT_PORT_OPEN) {
        (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "pretended");
        return answer;
    }
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    p->fd = ends[0];
    return UT_PORT_OPEN;
}

static void pretend_close(struct ut_port *p)
{
    closed++;
    if (p->fd >= 0)
        (void)close(p->fd);
}

static int pretend_ended(struct ut_port *p, struct ut_fault *fault)
{
    (void)p;
    (void)ut_fault_set(fault, UT_EXIT_FAILURE, "ended as told");
    return end_answer;
}

static uint8_t written[8];

static int pretend_rssi(const struct ut_port *p)
{
    (void)p;
    return -70;
}

static int pretend_write(struct ut_port *p, const uint8_t *data, size_t n, struct ut_fault *fault)
{
    (void)p;
    (void)fault;
    assert_true(n <= sizeof written);
    memcpy(written, data, n);
    return 0;
}

static const struct ut_port_kind simple = {.what = "pretended port", .open = pretend_open, .close = pretend_close};
static const struct ut_port_kind telling = {
    .what = "pretended port", .open = pretend_open, .close = pretend_close, .ended = pretend_ended};
static const struct ut_port_kind radio = {.what = "pretended radio",
                                          .open = pretend_open,
                                          .close = pretend_close,
                                          .rssi_dbm = pretend_rssi,
                                          .write = pretend_write};

static struct ut_port port_of(const struct ut_port_kind *kind)
{
    opened = closed = 0;
    answer = UT_PORT_OPEN;
    return (struct ut_port){.kind = kind, .name = "here", .fd = -1};
}

static void a_kind_may_measure_its_signal_and_take_frames(void **state)
{
    (void)state;
    struct ut_port p = port_of(&radio), q = port_of(&simple);
    struct ut_fault fault = {0};
    assert_int_equal(ut_port_rssi_dbm(&p), -70);
    assert_int_equal(ut_port_rssi_dbm(&q), UT_PORT_NO_RSSI);
    assert_int_equal(ut_port_write(&p, (const uint8_t *)"abc", 4, &fault), 0);
    assert_string_equal((const char *)written, "abc");
}

static void bytes_come_through_and_nothing_is_nothing(void **state)
{
    (void)state;
    struct ut_port p = port_of(&simple);
    struct ut_fault fault = {0};
    uint8_t data[8];
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), UT_PORT_NOTHING);
    assert_int_equal(write(ends[1], "0123456789", 10), 10);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), 8);
    assert_memory_equal(data, "01234567", 8);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), 2);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), UT_PORT_NOTHING);
    assert_int_equal(fault.code, 0);
    ut_port_close(&p);
    assert_int_equal(p.fd, -1);
    (void)close(ends[1]);
}

static void the_end_is_after_the_last_byte(void **state)
{
    (void)state;
    struct ut_port p = port_of(&simple);
    struct ut_fault fault = {0};
    uint8_t data[8];
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    assert_int_equal(write(ends[1], "x", 1), 1);
    (void)close(ends[1]);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), 1);
    assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), UT_PORT_VANISHED);
    assert_string_equal(fault.text, "here: the pretended port has gone");
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    ut_port_close(&p);
}

static void a_kind_may_say_what_its_end_means(void **state)
{
    (void)state;
    for (end_answer = UT_PORT_FAILED; end_answer <= UT_PORT_VANISHED; end_answer++) {
        struct ut_port p = port_of(&telling);
        struct ut_fault fault = {0};
        uint8_t data[8];
        assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
        (void)close(ends[1]);
        assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), end_answer);
        assert_string_equal(fault.text, "ended as told");
        ut_port_close(&p);
    }
}

static void what_open_says_is_passed_on(void **state)
{
    (void)state;
    struct ut_port p = port_of(&simple);
    struct ut_fault fault = {0};
    for (answer = UT_PORT_REFUSED; answer <= UT_PORT_ABSENT; answer++) {
        assert_int_equal(ut_port_open(&p, &fault), answer);
        assert_string_equal(fault.text, "pretended");
    }
    ut_port_close(&p);
    assert_int_equal(opened, 2);
    assert_int_equal(closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kind_may_measure_its_signal_and_take_frames),
        cmocka_unit_test(bytes_come_through_and_nothing_is_nothing),
        cmocka_unit_test(the_end_is_after_the_last_byte),
        cmocka_unit_test(a_kind_may_say_what_its_end_means),
        cmocka_unit_test(what_open_says_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
