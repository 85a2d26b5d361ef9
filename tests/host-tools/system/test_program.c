/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct ut_program p;

static int shell(const char *script, int limit_ms)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    return ut_program_run(&p, argv, limit_ms);
}

static void output_and_exit_code_are_kept(void **state)
{
    (void)state;
    assert_int_equal(shell("echo out; echo err >&2; exit 7", 5000), 0);
    assert_int_equal(p.status, 7);
    assert_int_equal(p.timed_out, 0);
    assert_string_equal(p.output, "out\nerr\n");
}

static void input_is_empty(void **state)
{
    (void)state;
    assert_int_equal(shell("cat; echo end", 5000), 0);
    assert_string_equal(p.output, "end\n");
}

static void a_nul_hides_nothing(void **state)
{
    (void)state;
    assert_int_equal(shell("printf 'a\\000b'", 5000), 0);
    assert_string_equal(p.output, "a b");
}

static void what_does_not_fit_is_dropped_and_the_program_ends(void **state)
{
    (void)state;
    assert_int_equal(shell("yes | head -c 300000; exit 3", 20000), 0);
    assert_int_equal(p.status, 3);
    assert_int_equal(strlen(p.output), sizeof p.output - 1);
}

static void one_that_does_not_end_is_stopped_with_what_it_started(void **state)
{
    (void)state;
    time_t begin = time(NULL);
    assert_int_equal(shell("echo begun; sleep 60 & sleep 60", 300), 0);
    assert_int_equal(p.timed_out, 1);
    assert_int_equal(p.status, -1);
    assert_string_equal(p.output, "begun\n");
    assert_true(time(NULL) - begin < 20);
}

static void a_signal_is_no_exit_code(void **state)
{
    (void)state;
    assert_int_equal(shell("kill -9 $$", 5000), 0);
    assert_int_equal(p.status, -1);
    assert_int_equal(p.timed_out, 0);
}

static void one_that_is_not_there(void **state)
{
    (void)state;
    const char *argv[] = {"undertone-no-such-program", NULL};
    assert_int_equal(ut_program_run(&p, argv, 5000), -1);
    assert_int_equal(ut_program_exists("undertone-no-such-program"), 0);
    assert_int_equal(ut_program_exists("sh"), 1);
    assert_int_equal(ut_program_exists("/bin/sh"), 1);
    assert_int_equal(ut_program_exists("/bin"), 0);
    assert_int_equal(setenv("PATH", "", 1), 0);
    assert_int_equal(ut_program_exists("sh"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_exit_code_are_kept),
        cmocka_unit_test(input_is_empty),
        cmocka_unit_test(a_nul_hides_nothing),
        cmocka_unit_test(what_does_not_fit_is_dropped_and_the_program_ends),
        cmocka_unit_test(one_that_does_not_end_is_stopped_with_what_it_started),
        cmocka_unit_test(a_signal_is_no_exit_code),
        cmocka_unit_test(one_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
