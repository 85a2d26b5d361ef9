/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void set_keeps_code_and_text(void **state)
{
    (void)state;
    struct ut_fault f = {0};
    assert_int_equal(ut_fault_set(&f, UT_EXIT_RATE, "%s: %d Hz", "a.wav", 1000), -1);
    assert_int_equal(f.code, UT_EXIT_RATE);
    assert_string_equal(f.text, "a.wav: 1000 Hz");
    assert_int_equal(ut_fault_no_memory(&f), -1);
    assert_int_equal(f.code, UT_EXIT_FAILURE);
    assert_string_equal(f.text, "not enough memory; close other programs");
}

static void a_long_text_is_cut(void **state)
{
    (void)state;
    struct ut_fault f = {0};
    static char name[2000];
    memset(name, 'x', sizeof name - 1);
    ut_fault_set(&f, UT_EXIT_MISSING, "%s: gone", name);
    assert_int_equal(strlen(f.text), sizeof f.text - 1);
}

/* What a call writes on standard error. */
static size_t caught(char *text, size_t room, int *result, int note, const char *name)
{
    struct ut_fault f = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    int kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    ut_fault_set(&f, UT_EXIT_EMPTY, "%s: is empty", name);
    if (note)
        ut_note("%s: %d blocks lost", name, 3);
    else
        *result = ut_fault_print(&f);
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t n = read(ends[0], text, room - 1);
    close(ends[0]);
    assert_true(n >= 0);
    text[n] = '\0';
    return (size_t)n;
}

static void print_is_one_line_and_gives_the_code(void **state)
{
    (void)state;
    char text[200];
    int result = 0;
    caught(text, sizeof text, &result, 0, "b.wav");
    assert_int_equal(result, UT_EXIT_EMPTY);
    assert_string_equal(text, "undertone: b.wav: is empty\n");
    caught(text, sizeof text, &result, 1, "b.wav");
    assert_string_equal(text, "undertone: b.wav: 3 blocks lost\n");
}

static void a_name_forges_no_line(void **state)
{
    (void)state;
    char text[200];
    int result = 0;
    for (int note = 0; note < 2; note++) {
        caught(text, sizeof text, &result, note, "a\nundertone: b\r\x1b]0;x\x07\x9b");
        assert_string_equal(text, note ? "undertone: a?undertone: b??]0;x??: 3 blocks lost\n"
                                       : "undertone: a?undertone: b??]0;x??: is empty\n");
    }
}

static void no_fault_prints_nothing(void **state)
{
    (void)state;
    const struct ut_fault f = {.text = "what it was"};
    int ends[2], kept = dup(STDERR_FILENO);
    char c;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    int code = ut_fault_print(&f);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    assert_int_equal(code, UT_EXIT_OK);
    assert_int_equal(read(ends[0], &c, 1), 0);
    close(ends[0]);
}

static void of_many_the_first_counts(void **state)
{
    (void)state;
    char text[400];
    struct ut_fault of[9] = {{0}}, f = {0};
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(ut_fault_first(&f, of, 9), 0);
    for (int i = 2; i < 9; i++)
        ut_fault_set(&of[i], UT_EXIT_RATE + (i > 2), "file %d", i);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    int result = ut_fault_first(&f, of, 9);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    close(ends[0]);
    assert_true(n >= 0);
    text[n] = '\0';
    assert_int_equal(result, -1);
    assert_int_equal(f.code, UT_EXIT_RATE);
    assert_string_equal(f.text, "file 2");
    assert_string_equal(text, "undertone: file 3\nundertone: file 4\nundertone: file 5\nundertone: file 6\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_keeps_code_and_text),
        cmocka_unit_test(a_long_text_is_cut),
        cmocka_unit_test(print_is_one_line_and_gives_the_code),
        cmocka_unit_test(a_name_forges_no_line),
        cmocka_unit_test(no_fault_prints_nothing),
        cmocka_unit_test(of_many_the_first_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
