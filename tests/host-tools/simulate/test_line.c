/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/simulate/line.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static struct ut_line l;
static struct ut_fault fault;
static char folder[] = "/tmp/undertone-line-XXXXXX", path[64];

static int call(int port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* Until it is so, for a minute at most. */
static void wait_heard(bool heard)
{
    for (int i = 0; i < 6000 && ut_line_heard(&l) != heard; i++)
        (void)poll(NULL, 0, 10);
    assert_int_equal(ut_line_heard(&l), heard);
}

static void check_arrives(int fd)
{
    char got[4] = "";
    size_t n = 0;
    assert_true(ut_line_send(&l, (const uint8_t *)"abc", 3));
    while (n < 3) {
        struct pollfd q = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&q, 1, 60000), 1);
        ssize_t some = read(fd, got + n, 3 - n);
        assert_true(some > 0);
        n += (size_t)some;
    }
    assert_memory_equal(got, "abc", 3);
}

static void tcp(void **state)
{
    (void)state;
    assert_int_equal(ut_line_open_tcp(&l, 0, &fault), 0);
    int port = l.port;
    assert_false(ut_line_heard(&l));
    assert_false(ut_line_send(&l, (const uint8_t *)"x", 1));
    int fd = call(port);
    assert_true(fd >= 0);
    wait_heard(true);
    check_arrives(fd);
    (void)close(fd);
    wait_heard(false);
    fd = call(port);
    wait_heard(true);
    ut_line_vanish(&l);
    assert_false(ut_line_heard(&l));
    assert_int_equal(call(port), -1);
    (void)close(fd);
    assert_int_equal(ut_line_return(&l, &fault), 0);
    assert_int_equal(l.port, port);
    fd = call(port);
    wait_heard(true);
    check_arrives(fd);
    struct ut_line other;
    assert_int_equal(ut_line_open_tcp(&other, port, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    ut_line_close(&other);
    ut_line_close(&l);
    (void)close(fd);
}

/* Who is far behind, and says something, reads all of it. */
static void a_slow_reader_hears_the_end(void **state)
{
    (void)state;
    enum { FRAMES = 500 };
    static char got[3 * FRAMES];
    assert_int_equal(ut_line_open_tcp(&l, 0, &fault), 0);
    int fd = call(l.port);
    wait_heard(true);
    for (int i = 0; i < FRAMES; i++)
        assert_true(ut_line_send(&l, (const uint8_t *)"abc", 3));
    ut_line_finish(&l);
    ut_line_finish(&l);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write(fd, "?", 1), 1);
        (void)poll(NULL, 0, 300); /* longer than a line that vanishes waits */
        assert_true(ut_line_heard(&l));
    }
    size_t n = 0;
    for (ssize_t some = 1; some > 0 && n < sizeof got; n += (size_t)(some > 0 ? some : 0))
        some = read(fd, got + n, sizeof got - n);
    assert_int_equal(n, sizeof got);
    assert_int_equal(read(fd, got, 1), 0);
    (void)close(fd);
    wait_heard(false);
    ut_line_close(&l);
}

static void a_full_line_takes_no_more(void **state)
{
    (void)state;
    uint8_t frame[UT_LINE_HELD] = {0};
    long sent = 0, got = 0;
    assert_int_equal(ut_line_open_tcp(&l, 0, &fault), 0);
    int fd = call(l.port);
    wait_heard(true);
    for (int vain = 0; vain < 3 && sent < 1000000; sent++)
        if (!ut_line_send(&l, frame, sizeof frame)) {
            vain++;
            sent--;
        }
    assert_true(sent < 1000000);
    ut_line_close(&l);
    char bytes[65536];
    for (ssize_t n; (n = read(fd, bytes, sizeof bytes)) > 0;)
        got += n;
    assert_true(got > (sent - 1) * UT_LINE_HELD && got <= sent * UT_LINE_HELD); /* the last frame may be cut */
    (void)close(fd);
}

static void terminal(void **state)
{
    (void)state;
    assert_int_equal(ut_line_open_pty(&l, path, &fault), 0);
    assert_false(ut_line_heard(&l));
    int fd = open(path, O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    wait_heard(true);
    check_arrives(fd);
    (void)close(fd);
    wait_heard(false);
    struct ut_line other;
    assert_int_equal(ut_line_open_pty(&other, path, &fault), -1); /* the link is there */
    assert_non_null(strstr(fault.text, path));
    ut_line_close(&other);
    assert_int_equal(access(path, F_OK), 0);
    ut_line_vanish(&l);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(ut_line_return(&l, &fault), 0);
    fd = open(path, O_RDWR | O_NOCTTY);
    wait_heard(true);
    check_arrives(fd);
    (void)close(fd);
    ut_line_close(&l);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tcp), cmocka_unit_test(a_slow_reader_hears_the_end),
                                       cmocka_unit_test(a_full_line_takes_no_more), cmocka_unit_test(terminal)};
    if (mkdtemp(folder) == NULL || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 1;
    (void)snprintf(path, sizeof path, "%s/headset-1", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) != 0 || failed;
}
