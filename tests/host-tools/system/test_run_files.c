/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/run_files.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static struct ut_run_files files;
static struct ut_fault fault;

static int setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/undertone-test-XXXXXX");
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("sub", 0700) != 0)
        return -1;
    FILE *f = fopen("call.wav", "w");
    if (f == NULL || fclose(f) != 0 || symlink("call.wav", "soft") != 0 || link("call.wav", "hard") != 0 ||
        symlink(folder, "sub/up") != 0)
        return -1;
    memset(&files, 0, sizeof files);
    memset(&fault, 0, sizeof fault);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove("call.wav");
    remove("soft");
    remove("hard");
    remove("sub/up");
    rmdir("sub");
    return chdir("/") != 0 || rmdir(folder) != 0 ? -1 : 0;
}

static void an_input_is_known_by_any_of_its_names(void **state)
{
    (void)state;
    const char *const name[] = {"call.wav", "./call.wav", "soft", "hard", "sub/../call.wav", "sub/up/soft"};
    enum { N = sizeof name / sizeof name[0] };
    for (int i = 0; i < N * N; i++) {
        char text[100];
        ut_run_files_write(&files, name[i % N], "--out"); /* the order does not matter */
        ut_run_files_read(&files, name[i / N], "the recording");
        assert_int_equal(ut_run_files_check(&files, "replay", &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        snprintf(text, sizeof text, "replay: --out %s: is the recording itself; give another name", name[i % N]);
        assert_string_equal(fault.text, text);
        assert_null(files.file);
    }
}

static void two_outputs_are_two_files(void **state)
{
    (void)state;
    const char *const pairs[][2] = {{"new", "sub/../new"}, {"soft", "hard"}, {"sub/up/new", "./new"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ut_run_files_write(&files, pairs[i][0], "--out");
        ut_run_files_write(&files, pairs[i][1], "--summary");
        assert_int_equal(ut_run_files_check(&files, "replay", &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_non_null(strstr(fault.text, " is --out as well"));
    }
}

static void other_files_are_fine(void **state)
{
    (void)state;
    ut_run_files_read(&files, "call.wav", "the recording");
    ut_run_files_read(&files, "hard", "a recording"); /* the same call twice */
    ut_run_files_read(&files, "missing", "the model");
    ut_run_files_read(&files, NULL, "the model");
    ut_run_files_write(&files, "missing", "--summary"); /* whoever reads it says that it is not there */
    ut_run_files_write(&files, "sub/call.wav", "--out");
    ut_run_files_write(&files, "/no/such/folder/x", "--report");
    ut_run_files_write(&files, "/no/such/folder/x", "--report");
    ut_run_files_write(&files, NULL, "--report");
    assert_int_equal(ut_run_files_check(&files, "replay", &fault), 0);
}

/* Nothing is lost of a device or a pipe. */
static void a_device_may_be_both(void **state)
{
    (void)state;
    ut_run_files_read(&files, "/dev/null", "the recording");
    ut_run_files_write(&files, "/dev/null", "--out");
    ut_run_files_write(&files, "/dev/null", "--summary");
    assert_int_equal(ut_run_files_check(&files, "replay", &fault), 0);
}

static void with_stream(int stream, const char *path, int flags, void (*add)(void))
{
    int kept = dup(stream), fd = open(path, flags);
    assert_true(kept >= 0 && fd >= 0);
    dup2(fd, stream);
    add();
    dup2(kept, stream);
    close(kept);
    close(fd);
}

static void printed(void)
{
    ut_run_files_print(&files);
}

static void from_stdin(void)
{
    ut_run_files_read(&files, "-", "the recording");
}

static void streams_are_files_as_well(void **state)
{
    (void)state;
    fflush(stdout);
    with_stream(STDOUT_FILENO, "hard", O_WRONLY | O_APPEND, printed);
    ut_run_files_read(&files, "call.wav", "the recording");
    assert_int_equal(ut_run_files_check(&files, "replay", &fault), -1);
    assert_string_equal(fault.text, "replay: standard output: is the recording itself; give another name");
    with_stream(STDIN_FILENO, "call.wav", O_RDONLY, from_stdin);
    ut_run_files_write(&files, "soft", "--out");
    assert_int_equal(ut_run_files_check(&files, "replay", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_input_is_known_by_any_of_its_names),
        TEST(two_outputs_are_two_files),
        TEST(other_files_are_fine),
        TEST(a_device_may_be_both),
        TEST(streams_are_files_as_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
