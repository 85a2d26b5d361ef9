/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/tty_holder.h"

#include "tests/host-tools/line.h"

#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { WITH_MASTER = 1, LOCKED = 2 };

/* A process of its own that has the line open until it is ended. */
static pid_t hold(const struct ut_line *l, int how)
{
    int ready[2];
    char done;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(l->kept);
        int fd = open(l->port, O_RDWR | O_NOCTTY);
        if ((how & WITH_MASTER) == 0)
            (void)close(l->master);
        if (fd < 0 || ((how & LOCKED) != 0 && flock(fd, LOCK_EX) != 0) || prctl(PR_SET_NAME, "evil\033[2J\n") != 0)
            _exit(1);
        (void)!write(ready[1], "", 1);
        (void)pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &done, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return child;
}

static void end(pid_t child)
{
    assert_int_equal(kill(child, SIGTERM), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void another_process_is_found_and_its_name_is_text(void **state)
{
    (void)state;
    struct ut_line l, other;
    struct ut_tty_holder h;
    ut_line_open(&l);
    ut_line_open(&other);
    assert_int_equal(ut_tty_holder(l.port, &h), 0); /* open in this process alone */
    pid_t child = hold(&l, 0);
    assert_int_equal(ut_tty_holder(l.port, &h), 1);
    assert_int_equal(h.pid, child);
    assert_ptr_equal(strstr(h.program, "evil"), h.program);
    assert_null(strchr(h.program, '\033'));
    assert_null(strchr(h.program, '\n'));
    assert_int_equal(ut_tty_holder(other.port, &h), 0);
    end(child);
    assert_int_equal(ut_tty_holder(l.port, &h), 0);
    ut_line_close(&l);
    ut_line_close(&other);
}

static void the_maker_of_a_pseudo_terminal_holds_it_only_with_a_lock(void **state)
{
    (void)state;
    struct ut_line l;
    struct ut_tty_holder h;
    ut_line_open(&l);
    pid_t child = hold(&l, WITH_MASTER);
    assert_int_equal(ut_tty_holder(l.port, &h), 0);
    end(child);
    child = hold(&l, WITH_MASTER | LOCKED); /* as a process of another user shows: by its lock alone */
    assert_int_equal(ut_tty_holder(l.port, &h), 1);
    assert_int_equal(h.pid, child);
    end(child);
    ut_line_close(&l);
}

static void what_is_no_device_has_no_holder(void **state)
{
    (void)state;
    struct ut_tty_holder h;
    assert_int_equal(ut_tty_holder("/nonexistent", &h), 0);
    assert_int_equal(ut_tty_holder("/etc/passwd", &h), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_process_is_found_and_its_name_is_text),
        cmocka_unit_test(the_maker_of_a_pseudo_terminal_holds_it_only_with_a_lock),
        cmocka_unit_test(what_is_no_device_has_no_holder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
