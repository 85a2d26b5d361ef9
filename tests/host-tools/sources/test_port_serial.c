/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/port.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
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

enum { NOBODY = 65534 };

/* What another process makes of opening the port: ut_port_open's answer, and the fault. user 0 = this process's own. */
static int opened_elsewhere(const char *name, uid_t user, struct ut_fault *fault)
{
    int told[2], answer = 0;
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ut_port p;
        struct ut_fault f = {0};
        if (user != 0 && setuid(user) != 0)
            _exit(1);
        ut_port_serial(&p, name);
        answer = ut_port_open(&p, &f);
        (void)!write(told[1], &answer, sizeof answer);
        (void)!write(told[1], &f, sizeof f);
        _exit(0);
    }
    assert_int_equal(read(told[0], &answer, sizeof answer), sizeof answer);
    assert_int_equal(read(told[0], fault, sizeof *fault), sizeof *fault);
    (void)close(told[0]);
    (void)close(told[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return answer;
}

/* Root as well: it passes the exclusive mode, not the lock. */
static void a_port_has_one_reader(void **state)
{
    (void)state;
    int master = terminal(), exclusive = 0;
    int kept = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(kept >= 0);
    char pid[40];
    struct ut_port p;
    struct ut_fault fault = {0};
    ut_port_serial(&p, ptsname(master));
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    assert_int_equal(ioctl(kept, TIOCGEXCL, &exclusive), 0);
    assert_int_equal(exclusive, 1);
    assert_int_equal(opened_elsewhere(p.name, 0, &fault), UT_PORT_BUSY);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_ptr_equal(strstr(fault.text, p.name), fault.text);
    assert_non_null(strstr(fault.text, "in use"));
    (void)snprintf(pid, sizeof pid, "(process %ld)", (long)getpid());
    assert_non_null(strstr(fault.text, pid));
    if (geteuid() == 0) { /* whom the exclusive mode holds up, and who may not look into this process */
        assert_int_equal(chmod(p.name, 0666), 0);
        assert_int_equal(opened_elsewhere(p.name, NOBODY, &fault), UT_PORT_BUSY);
        assert_non_null(strstr(fault.text, pid));
    }
    ut_port_close(&p);
    assert_int_equal(ioctl(kept, TIOCGEXCL, &exclusive), 0);
    assert_int_equal(exclusive, 0); /* for whoever comes next */
    assert_int_equal(opened_elsewhere(p.name, 0, &fault), UT_PORT_OPEN);
    (void)close(kept);
    (void)close(master);
}

/* A program that asks for no lock, as `cat` does, reads bytes all the same. */
static void a_reader_without_a_lock_is_found_and_left_alone(void **state)
{
    (void)state;
    int master = terminal(), ready[2];
    char done, *name = ptsname(master), pid[40];
    int kept = open(name, O_RDWR | O_NOCTTY);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(master);
        (void)!write(ready[1], "", 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &done, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    struct termios before, after;
    struct ut_port p;
    struct ut_fault fault = {0};
    assert_int_equal(tcgetattr(kept, &before), 0);
    ut_port_serial(&p, name);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_BUSY);
    assert_int_equal(p.fd, -1);
    (void)snprintf(pid, sizeof pid, "(process %ld)", (long)child);
    assert_non_null(strstr(fault.text, pid));
    assert_int_equal(tcgetattr(kept, &after), 0);
    assert_int_equal(before.c_lflag, after.c_lflag);
    assert_int_equal(kill(child, SIGTERM), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(ut_port_open(&p, &fault), UT_PORT_OPEN);
    ut_port_close(&p);
    (void)close(kept);
    (void)close(master);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_is_raw),
        cmocka_unit_test(it_vanishes_and_comes_back),
        cmocka_unit_test(what_is_no_port_is_refused),
        cmocka_unit_test(a_port_has_one_reader),
        cmocka_unit_test(a_reader_without_a_lock_is_found_and_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
