/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { BYTES = 300000 }; /* more than a pipe holds */
static char folder[64];
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    return mkdtemp(folder) != NULL ? setenv("TMPDIR", folder, 1) : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder); /* fails where a name was left */
}

static unsigned char byte_at(int i)
{
    return (unsigned char)(i * 31 + i / 256);
}

static void a_pipe_can_be_read_again(void **state)
{
    (void)state;
    static unsigned char got[BYTES + 1];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < BYTES; i++) {
            unsigned char b = byte_at(i);
            if (write(ends[1], &b, 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    int fd = ut_spool(ends[0], "x", &fault);
    assert_true(fd >= 0);
    close(ends[0]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int pass = 0; pass < 2; pass++) {
        assert_int_equal(read(fd, got, sizeof got), BYTES);
        for (int i = 0; i < BYTES; i++)
            assert_int_equal(got[i], byte_at(i));
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    }
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    close(fd);
}

static void a_stretch_is_copied_with_its_head(void **state)
{
    (void)state;
    char got[20];
    FILE *f = tmpfile();
    assert_true(f != NULL && fputs("0123456789", f) >= 0 && fflush(f) == 0);
    struct ut_stretch s = {.fd = fileno(f), .at = 2, .bytes = 5, .head = "ab", .head_bytes = 2, .place = 3};
    int fd = ut_spool_stretch(&s, "x", &fault);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got), 7);
    assert_memory_equal(got, "ab23456", 7);
    close(fd);
    fclose(f);
}

static void faults_name_the_source(void **state)
{
    (void)state;
    assert_int_equal(ut_spool(-1, "call.fifo", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "call.fifo: cannot be read"));
    setenv("TMPDIR", "/dev/null/none", 1);
    assert_int_equal(ut_spool_new("call.fifo", &fault), -1);
    assert_non_null(strstr(fault.text, "call.fifo: no temporary file in /dev/null/none"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_pipe_can_be_read_again),
        TEST(a_stretch_is_copied_with_its_head),
        TEST(faults_name_the_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
