/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on a line whose other end is here: replies among records, none, and an end that goes away. */
#include "firmware/control.h"
#include "host-tools/commands/asking.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int line[2];

static int open_it(struct ut_port *p, struct ut_fault *fault)
{
    (void)fault;
    p->fd = line[0];
    return UT_PORT_OPEN;
}

static void close_it(struct ut_port *p)
{
    (void)p;
}

static int refuse(struct ut_port *p, struct ut_fault *fault)
{
    (void)ut_fault_set(fault, UT_EXIT_NO_DEVICE, "%s: busy", p->name);
    return UT_PORT_BUSY;
}

static const struct ut_port_kind kind = {.what = "line", .open = open_it, .close = close_it},
                                 busy = {.what = "line", .open = refuse, .close = close_it};

static void say(const struct ut_wire_reply *reply)
{
    uint8_t record[UT_WIRE_RECORD_BYTES], frame[UT_WIRE_FRAME_BYTES];
    ut_wire_pack_reply(record, 0, reply);
    size_t n = ut_wire_frame(record, frame);
    assert_int_equal(write(line[1], frame, n), n);
}

static void asks_until_it_hears(void **state)
{
    (void)state;
    struct ut_port port = {.kind = &kind, .name = "LINE", .fd = -1};
    struct ut_asking a = {.port = &port, .tag = 255};
    struct ut_wire_reply r;
    struct ut_fault fault = {0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
    assert_int_equal(ut_asking_open(&port, &fault), 0);
    assert_int_equal(write(line[1], "\6\tgarbage", 9), 9);
    say(&(struct ut_wire_reply){.op = UT_CONTROL_GET, .tag = 7, .key = 1}); /* somebody else's */
    say(&(struct ut_wire_reply){.op = UT_CONTROL_SET, .tag = 0, .key = 1});
    say(&(struct ut_wire_reply){.op = UT_CONTROL_GET, .tag = 0, .key = 1, .error = UT_CONTROL_NO_KEY});
    assert_int_equal(ut_asking_ask(&a, UT_CONTROL_GET, 1, (const uint8_t *)"ab", 2, &r, &fault), 0);
    assert_int_equal(r.error, UT_CONTROL_NO_KEY);
    uint8_t sent[64], record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_receiver receiver;
    struct ut_wire_request asked = {0};
    ut_wire_receiver_init(&receiver);
    ssize_t n = read(line[1], sent, sizeof sent);
    for (ssize_t i = 0; i < n; i++)
        if (ut_wire_receive(&receiver, sent[i], record) == 1)
            assert_int_equal(ut_wire_unpack_request(record, &asked), 0);
    assert_true(sent[0] == 0 && asked.op == UT_CONTROL_GET && asked.key == 1 && asked.len == 2);
    assert_memory_equal(asked.value, "ab", 2);
    assert_int_equal(ut_asking_ask(&a, UT_CONTROL_GET, 1, NULL, 0, &r, &fault), -1); /* four times, a second each */
    assert_int_equal(fault.code, UT_EXIT_PROTOCOL);
    close(line[1]);
    assert_int_equal(ut_asking_ask(&a, UT_CONTROL_GET, 1, NULL, 0, &r, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    close(line[0]);
    port.kind = &busy;
    assert_int_equal(ut_asking_open(&port, &fault), -1);
    assert_string_equal(fault.text, "LINE: busy");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(asks_until_it_hears)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
