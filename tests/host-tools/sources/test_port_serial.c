/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/port.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    return master;
}

static int read_within(struct ut_port *p, uint8_t *data, size_t n, int ms, struct ut_fault *fault)
{
    struct pollfd q = {.fd = p->fd, .events = POLLIN};
    (void)poll(&q, 1, ms);
    return ut_port_read(p, data, n, fault);
}

/* Every byte value passes unchanged: no echo, no line editing, no translation, no flow control. */
static void the_line_is_raw(void **state)
{
    (void)state;
    int master = terminal();
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_serial(&p, ptsname(master));
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    uint8_t sent[256], got[256];
    for (int i = 0; i < 256; i++)
        sent[i] = (uint8_t)i;
    assert_int_equal(write(master, sent, sizeof sent), 256);
    for (int n = 0; n < 256;) {
        int k = read_within(&p, got + n, sizeof got - (size_t)n, 1000, &fault);
        assert_true(k > 0);
        n += k;
    }
    assert_memory_equal(sent, got, sizeof sent);
    assert_int_equal(ut_port_read(&p, got, sizeof got, &fault), UT_PORT_NOTHING);
    struct pollfd echo = {.fd = master, .events = POLLIN};
    assert_int_equal(poll(&echo, 1, 20), 0);
    ut_port_close(&p);
    (void)close(master);
}

static void it_vanishes_and_comes_back(void **state)
{
    (void)state;
    char name[] = "/tmp/undertest-port-XXXXXX";
    int file = mkstemp(name);
    assert_true(file >= 0);
    (void)close(file);
    (void)unlink(name);
    int master = terminal();
    assert_int_equal(symlink(ptsname(master), name), 0);
    struct ut_port p;
    struct ut_fault fault = {0};
    uint8_t data[16];
    ut_port_serial(&p, name);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    (void)close(master);
    assert_int_equal(read_within(&p, data, sizeof data, 1000, &fault), UT_PORT_VANISHED);
    assert_non_null(strstr(fault.text, name));
    ut_port_close(&p);
    (void)unlink(name);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_ABSENT);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    master = terminal();
    assert_int_equal(symlink(ptsname(master), name), 0);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    assert_int_equal(write(master, "back", 4), 4);
    assert_int_equal(read_within(&p, data, sizeof data, 1000, &fault), 4);
    ut_port_close(&p);
    ut_port_close(&p);
    (void)close(master);
    (void)unlink(name);
}

static void what_is_no_port_is_refused(void **state)
{
    (void)state;
    struct ut_port p;
    struct ut_fault fault = {0};
    static const char *const names[] = {"/dev/null", "/etc/passwd"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ut_port_serial(&p, names[i]);
        assert_int_equal(ut_port_open(&p, &fault), UT_PORT_REFUSED);
        assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
        assert_ptr_equal(strstr(fault.text, names[i]), fault.text);
        assert_int_equal(p.fd, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_raw),
        cmocka_unit_test(it_vanishes_and_comes_back),
        cmocka_unit_test(what_is_no_port_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
