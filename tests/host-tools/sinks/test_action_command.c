/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_command.h"

#include "host-tools/system/clock.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { WITHIN_MS = 60000 };

static char folder[] = "/tmp/undertone-test-XXXXXX", out[80], error[200];
static atomic_int stop;

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(out, sizeof out, "%s/out", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(out);
    return rmdir(folder);
}

/* What the program wrote. */
static const char *written(void)
{
    static char text[3000];
    FILE *f = fopen(out, "r");
    size_t n = f != NULL ? fread(text, 1, sizeof text - 1, f) : 0;
    text[n] = '\0';
    if (f != NULL)
        (void)fclose(f);
    (void)unlink(out);
    return text;
}

/* A shell is one program of many; `script` is a word of its. */
static int run_for(int limit_ms, const char *script, const char *line)
{
    static char shell[] = "/bin/sh", c[] = "-c", text[600];
    (void)snprintf(text, sizeof text, "exec > %s; %s", out, script);
    char *word[] = {shell, c, text, NULL};
    error[0] = '\0';
    return ut_action_command(word, line, limit_ms, &stop, error, sizeof error);
}

static int run(const char *script, const char *line)
{
    return run_for(60000, script, line);
}

static void the_event_comes_on_standard_input(void **state)
{
    (void)state;
    assert_int_equal(run("cat", "{\"id\":\"x\"}"), 0);
    assert_string_equal(written(), "{\"id\":\"x\"}\n");
    assert_string_equal(error, "");
}

static void nothing_is_inherited(void **state)
{
    (void)state;
    assert_int_equal(setenv("UNDERTONE_SECRET", "hidden", 1), 0);
    int fd = open("/dev/null", O_RDONLY);
    assert_true(fd >= 3 && fcntl(fd, F_SETFD, 0) == 0);
    assert_int_equal(run("env; pwd; ls /proc/self/fd", ""), 0);
    const char *text = written();
    assert_null(strstr(text, "UNDERTONE"));
    assert_null(strstr(text, "HOME="));
    assert_non_null(strstr(text, "PATH=/usr/local/bin:/usr/bin:/bin\n"));
    assert_non_null(strstr(text, "\n/\n"));
    char number[16];
    (void)snprintf(number, sizeof number, "\n%d\n", fd > 3 ? fd : 4); /* ls opens the folder as 3 */
    assert_null(strstr(text, number));
    (void)close(fd);
}

static void its_end_is_what_counts(void **state)
{
    (void)state;
    static char none[] = "/no/such/program";
    char *word[] = {none, NULL};
    assert_int_equal(run("exit 7", ""), -1);
    assert_string_equal(error, "exit code 7");
    assert_int_equal(run("kill -9 $$", ""), -1);
    assert_string_equal(error, "ended by signal 9");
    assert_int_equal(ut_action_command(word, "", 60000, &stop, error, sizeof error), -1);
    assert_non_null(strstr(error, "no such program"));
    static char line[5000];
    memset(line, 'x', sizeof line - 1);
    assert_int_equal(run("cat", line), -1);
    assert_non_null(strstr(error, "too long"));
    (void)written();
}

/* Gone, or waiting to be fetched by whoever it was left to. */
static bool over(long pid)
{
    char place[60], text[200] = "";
    (void)snprintf(place, sizeof place, "/proc/%ld/stat", pid);
    FILE *f = fopen(place, "r");
    if (f == NULL)
        return true;
    bool read = fgets(text, sizeof text, f) != NULL;
    (void)fclose(f);
    return !read || strstr(text, ") Z ") != NULL;
}

/* A pause of the test itself counts for nothing: what is looked at is that it ended, and what was left. */
static void one_that_does_not_end_is_ended_with_all_it_started(void **state)
{
    (void)state;
    int64_t from = ut_clock_ms();
    assert_int_equal(run_for(1500, "sleep 1000 & echo $!; sleep 1000", ""), -1);
    assert_true(ut_clock_ms() - from >= 1500);
    assert_string_equal(error, "no end after 1.5 s");
    long pid = strtol(written(), NULL, 10);
    assert_true(pid > 1);
    for (from = ut_clock_ms(); !over(pid); (void)poll(NULL, 0, 10))
        assert_true(ut_clock_ms() - from < WITHIN_MS);
}

static void a_stop_ends_it_at_once(void **state)
{
    (void)state;
    atomic_store(&stop, 1);
    int64_t from = ut_clock_ms();
    assert_int_equal(run("sleep 1000", ""), -1);
    assert_true(ut_clock_ms() - from < 1000000);
    atomic_store(&stop, 0);
    (void)written();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_comes_on_standard_input),
        cmocka_unit_test(nothing_is_inherited),
        cmocka_unit_test(its_end_is_what_counts),
        cmocka_unit_test(one_that_does_not_end_is_ended_with_all_it_started),
        cmocka_unit_test(a_stop_ends_it_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
