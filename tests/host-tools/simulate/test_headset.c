/* SPDX-License-Identifier: Apache-2.0 */
/* A headset beside a clock that the test moves; beside live: tests/host-tools/commands/test_simulate.py. */
#include "host-tools/simulate/headset.h"

#include "tests/host-tools/simulate/script_test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct ut_script s;
static struct ut_simulated_call call;
static struct ut_headset_plan plan;
static struct ut_truth truth;
static struct ut_headset h;
static struct ut_fault fault;
static struct ut_wire_receiver receiver;
static int ear, scores;

static int begin(const char *text, unsigned calls, double speed)
{
    assert_int_equal(records_of(text, &s, &call), 0);
    plan = (struct ut_headset_plan){.call = &call, .calls = 1, .most = calls, .speed = speed};
    truth = (struct ut_truth){0};
    h = (struct ut_headset){.plan = &plan, .truth = &truth, .name = "h"};
    ut_wire_receiver_init(&receiver);
    ear = -1;
    scores = 0;
    return ut_line_open_tcp(&h.line, 0, &fault);
}

static void listen_in(void)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)h.line.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    ear = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(ear, (struct sockaddr *)&a, sizeof a), 0);
    for (int i = 0; i < 6000 && !ut_line_heard(&h.line); i++)
        (void)poll(NULL, 0, 10);
    assert_true(ut_line_heard(&h.line));
}

/* All that has been sent and not been heard yet. */
static void hear(void)
{
    uint8_t byte, record[UT_WIRE_RECORD_BYTES];
    (void)shutdown(h.line.fd, SHUT_WR);
    while (read(ear, &byte, 1) == 1)
        if (ut_wire_receive(&receiver, byte, record) == 1)
            scores += ut_wire_type(record) == UT_WIRE_SCORE;
    (void)close(ear);
}

static void end(void)
{
    ut_line_close(&h.line);
    ut_simulated_free(&call);
    ut_script_free(&s);
}

static void it_begins_when_somebody_listens_and_keeps_time(void **state)
{
    (void)state;
    assert_int_equal(begin("call a\n1 customer 2\n10 end\n", 1, 2), 0);
    assert_true(ut_headset_step(&h, 1000, 0, &fault) > 0);
    assert_int_equal(h.number, 0);
    listen_in();
    assert_int_equal(ut_headset_step(&h, 50000, 0, &fault), 125); /* 250 ms at twice the pace */
    assert_int_equal(h.number, 1);
    assert_int_equal(ut_headset_step(&h, 50100, 0, &fault), 25);
    assert_true(ut_headset_step(&h, 52500, 0, &fault) > 0); /* the middle */
    assert_int_equal(h.at > 1 ? call.item[h.at - 1].t_ms : 0, 5000);
    assert_true(ut_headset_step(&h, 55000, 0, &fault) > 0);
    assert_true(h.over);
    hear();
    assert_int_equal(receiver.records, call.n);
    assert_int_equal(receiver.lost + receiver.malformed + receiver.unknown, 0);
    assert_int_equal(scores, 41);
    (void)ut_line_heard(&h.line);
    assert_int_equal(ut_headset_step(&h, 55001, 0, &fault), -1);
    end();
}

static void records_are_lost_and_garbage_comes(void **state)
{
    (void)state;
    assert_int_equal(begin("call a\n1 lose 3\n2 garbage 700\n4 end\n", 1, 1), 0);
    listen_in();
    (void)ut_headset_step(&h, 1000, 0, &fault);
    (void)ut_headset_step(&h, 9000, 0, &fault);
    hear();
    assert_int_equal(receiver.records, call.n - 2 - 3);
    assert_int_equal(receiver.lost, 3);
    assert_int_equal(receiver.malformed, 1);
    end();
}

static void the_line_goes_and_comes(void **state)
{
    (void)state;
    assert_int_equal(begin("call a\n1 vanish 2\n6 end\n", 2, 1), 0);
    listen_in();
    (void)ut_headset_step(&h, 10000, 0, &fault);
    (void)ut_headset_step(&h, 11000, 0, &fault);
    assert_true(h.line.gone);
    (void)close(ear);
    (void)ut_headset_step(&h, 12900, 0, &fault);
    assert_true(h.line.gone);
    (void)ut_headset_step(&h, 13100, 0, &fault);
    assert_false(h.line.gone);
    listen_in();
    (void)ut_headset_step(&h, 16000, 0, &fault);
    assert_int_equal(h.number, 2); /* the next call waits for its time */
    assert_int_equal(h.at, 0);
    assert_int_equal(ut_headset_step(&h, 17900, 0, &fault), 100);
    (void)ut_headset_step(&h, 18000, 0, &fault);
    assert_int_equal(h.at, 1);
    hear();
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_begins_when_somebody_listens_and_keeps_time),
                                       cmocka_unit_test(records_are_lost_and_garbage_comes),
                                       cmocka_unit_test(the_line_goes_and_comes)};
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
