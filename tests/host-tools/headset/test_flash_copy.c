/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of an image: its bytes, nobody else's to change, and gone when it is removed. */
#include "host-tools/headset/flash_copy.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static void test_a_copy(void **state)
{
    (void)state;
    struct ut_flash_copy c, other;
    struct ut_fault fault = {0};
    struct stat s;
    uint8_t bytes[300], back[sizeof bytes + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(ut_flash_copy_make(&c, bytes, sizeof bytes, &fault), 0);
    assert_int_equal(ut_flash_copy_make(&other, bytes, 1, &fault), 0);
    assert_string_not_equal(c.path, other.path);
    ut_flash_copy_remove(&other);
    FILE *f = fopen(c.path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(back, 1, sizeof back, f), sizeof bytes);
    assert_int_equal(fclose(f), 0);
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_int_equal(stat(c.folder, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    char folder[sizeof c.folder];
    memcpy(folder, c.folder, sizeof folder);
    ut_flash_copy_remove(&c);
    assert_int_equal(stat(folder, &s), -1);
    assert_string_equal(c.folder, "");
    ut_flash_copy_remove(&c); /* nothing is left to remove */
}

static void test_no_room(void **state)
{
    (void)state;
    struct ut_flash_copy c;
    struct ut_fault fault = {0};
    struct stat s;
    struct rlimit before, none;
    uint8_t bytes[300] = {0};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    int made = ut_flash_copy_make(&c, bytes, sizeof bytes, &fault);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(made, -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "cannot be written"));
    char folder[sizeof c.folder];
    memcpy(folder, c.folder, sizeof folder);
    ut_flash_copy_remove(&c);
    assert_int_equal(stat(folder, &s), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_copy), cmocka_unit_test(test_no_room)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
