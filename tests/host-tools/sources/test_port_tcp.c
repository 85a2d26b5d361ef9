/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char name[64];

/* A listener on the loopback; its address goes to `name`. */
static int listener(const char *host)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(s, 1), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&a, &size), 0);
    (void)snprintf(name, sizeof name, "%s:%d", host, ntohs(a.sin_port));
    return s;
}

static int open_within(struct ut_port *p, int ms, struct ut_fault *fault)
{
    int r = ut_port_open(p, fault);
    for (int i = 0; i < ms / 5 && r == UT_PORT_OPENING; i++) {
        (void)poll(NULL, 0, 5);
        r = ut_port_open(p, fault);
    }
    return r;
}

static int read_within(struct ut_port *p, uint8_t *data, size_t n, struct ut_fault *fault)
{
    struct pollfd q = {.fd = p->fd, .events = POLLIN};
    (void)poll(&q, 1, 1000);
    return ut_port_read(p, data, n, fault);
}

/* localhost may be two addresses of which one does not answer */
static void bytes_arrive_by_number_and_by_name(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    for (size_t i = 0; i < 2; i++) {
        int s = listener(hosts[i]);
        struct ut_port p;
        struct ut_fault fault = {0};
        uint8_t data[16];
        ut_port_tcp(&p, name);
        assert_int_equal(open_within(&p, 2000, &fault), UT_PORT_OPEN);
        int peer = accept(s, NULL, NULL);
        assert_int_equal(ut_port_read(&p, data, sizeof data, &fault), UT_PORT_NOTHING);
        assert_int_equal(send(peer, "hello", 5, 0), 5);
        assert_int_equal(read_within(&p, data, sizeof data, &fault), 5);
        (void)close(peer);
        assert_int_equal(read_within(&p, data, sizeof data, &fault), UT_PORT_VANISHED);
        ut_port_close(&p);
        assert_int_equal(open_within(&p, 2000, &fault), UT_PORT_OPEN); /* again */
        ut_port_close(&p);
        (void)close(s);
    }
}

static void nobody_there(void **state)
{
    (void)state;
    (void)close(listener("127.0.0.1"));
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_tcp(&p, name);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(open_within(&p, 2000, &fault), UT_PORT_ABSENT);
        assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
        assert_ptr_equal(strstr(fault.text, name), fault.text);
    }
    ut_port_close(&p);
}

static void an_attempt_can_be_given_up(void **state)
{
    (void)state;
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_tcp(&p, "192.0.2.1:9"); /* an address for documentation: no answer */
    int r = ut_port_open(&p, &fault);
    assert_true(r == UT_PORT_OPENING || r == UT_PORT_ABSENT);
    ut_port_close(&p);
    assert_null(p.own);
    ut_port_close(&p);
}

static void words_that_are_no_address(void **state)
{
    (void)state;
    static const char *const words[] = {"",     "host",  "host:",  ":7",         "::1:7",
                                        "[]:7", "a:b:7", "host:0", "host:65536", "host:-1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct ut_port p;
        struct ut_fault fault = {0};
        ut_port_tcp(&p, words[i]);
        assert_int_equal(ut_port_open(&p, &fault), UT_PORT_REFUSED);
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        ut_port_close(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_arrive_by_number_and_by_name),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(an_attempt_can_be_given_up),
        cmocka_unit_test(words_that_are_no_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
