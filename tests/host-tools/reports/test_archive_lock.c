/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_lock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/undertone-test-XXXXXX", path[100];
static struct ut_archive_lock lock;
static struct ut_fault fault;

static int group_setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/undertone.lock", folder);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when a lock is left */
}

/* A process that holds the lock until it is killed. */
static pid_t hold(int part, int parts)
{
    int ends[2];
    char word;
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        word = ut_archive_lock(&lock, folder, part, parts, &fault) == 0 ? 'y' : 'n';
        if (write(ends[1], &word, 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ends[0], &word, 1), 1);
    assert_int_equal(word, 'y');
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void a_second_run_is_told_who_holds_it(void **state)
{
    (void)state;
    char process[40];
    pid_t pid = hold(1, 1);
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    snprintf(process, sizeof process, "(process %ld on ", (long)pid);
    assert_non_null(strstr(fault.text, process));
    assert_int_equal(lock.fd, -1);
    ut_archive_unlock(&lock);
    assert_int_equal(access(path, F_OK), 0);                            /* it is the other's */
    assert_int_equal(ut_archive_lock(&lock, folder, 2, 3, &fault), -1); /* a part of it */
    assert_non_null(strstr(fault.text, process));
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(access(path, F_OK), 0); /* left behind, held by nobody */
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), 0);
    ut_archive_unlock(&lock);
    assert_int_equal(access(path, F_OK), -1);
    ut_archive_unlock(&lock); /* twice is harmless */
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void parts_keep_out_the_whole_and_themselves(void **state)
{
    (void)state;
    char process[60];
    pid_t first = hold(1, 3);
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
    snprintf(process, sizeof process, "(process %ld on ", (long)first);
    assert_non_null(strstr(fault.text, process));
    assert_non_null(strstr(fault.text, ", part 1/3)"));
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 3, &fault), -1);
    assert_non_null(strstr(fault.text, process));
    static const int others[][2] = {{2, 4}, {1, 2}, {100000, 100000}}; /* may hold the same calls */
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(ut_archive_lock(&lock, folder, others[i][0], others[i][1], &fault), -1);
        assert_non_null(strstr(fault.text, process));
    }
    assert_int_equal(ut_archive_lock(&lock, folder, 2, 3, &fault), 0);
    pid_t third = hold(3, 3);
    ut_archive_unlock(&lock);
    assert_int_equal(access(path, F_OK), 0); /* still held */
    end(first);
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
    snprintf(process, sizeof process, "(process %ld on ", (long)third);
    assert_non_null(strstr(fault.text, process));
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 3, &fault), 0); /* which a killed run left */
    end(third);
    ut_archive_unlock(&lock);
    assert_int_equal(access(path, F_OK), -1);
}

/* A process that a killed run started does not keep the next run out. */
static void children_hold_nothing(void **state)
{
    (void)state;
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pause();
        _exit(1);
    }
    close(lock.fd); /* as when the holder dies */
    pid_t other = hold(1, 1);
    kill(other, SIGKILL);
    kill(child, SIGKILL);
    waitpid(other, NULL, 0);
    waitpid(child, NULL, 0);
    assert_int_equal(unlink(path), 0);
}

/* A second name of a recording, a file of somebody else's, a pipe: they stay as they are. */
static void what_is_not_a_lock_stays_as_it_is(void **state)
{
    (void)state;
    static const char text[] = "RIFF, a recording";
    char other[120], now[sizeof text] = "";
    snprintf(other, sizeof other, "%s/call.wav", folder);
    for (int names = 1; names <= 2; names++) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(names == 1 ? text : "", f);
        fclose(f);
        if (names == 2)
            assert_int_equal(link(path, other), 0);
        assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_FAILURE);
        assert_non_null(strstr(fault.text, "was not made by undertone"));
        assert_int_equal(lock.fd, -1);
        f = fopen(path, "r");
        assert_non_null(f);
        assert_int_equal(fread(now, 1, sizeof now, f), names == 1 ? sizeof text - 1 : 0);
        fclose(f);
        ut_archive_unlock(&lock);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(unlink(other), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
    assert_int_equal(unlink(path), 0);
}

static void a_link_is_no_lock(void **state)
{
    (void)state;
    assert_int_equal(symlink("/tmp/undertone-test-none", path), 0);
    assert_int_equal(ut_archive_lock(&lock, folder, 1, 1, &fault), -1);
    assert_int_equal(access("/tmp/undertone-test-none", F_OK), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ut_archive_lock(&lock, "/dev/null", 1, 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_run_is_told_who_holds_it),
        cmocka_unit_test(parts_keep_out_the_whole_and_themselves),
        cmocka_unit_test(children_hold_nothing),
        cmocka_unit_test(what_is_not_a_lock_stays_as_it_is),
        cmocka_unit_test(a_link_is_no_lock),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
