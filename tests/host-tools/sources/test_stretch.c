/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/stretch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *file;
static struct ut_stretch s;

/* "abcdefghij", of which "cdefg" is the stretch, behind "XY". */
static int setup(void **state)
{
    (void)state;
    file = tmpfile();
    if (file == NULL)
        return -1;
    fputs("abcdefghij", file);
    fflush(file);
    s = (struct ut_stretch){.fd = fileno(file), .at = 2, .bytes = 5, .head = "XY", .head_bytes = 2};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return fclose(file);
}

static void reads(size_t n, const char *want)
{
    char got[32] = "";
    assert_int_equal(ut_stretch_read(&s, got, n), strlen(want));
    assert_string_equal(got, want);
}

static void head_and_stretch_are_one(void **state)
{
    (void)state;
    assert_int_equal(ut_stretch_length(&s), 7);
    reads(20, "XYcdefg");
    reads(20, "");
    for (int cut = 0; cut <= 7; cut++) {
        assert_int_equal(ut_stretch_seek(&s, 0, SEEK_SET), 0);
        char got[8] = "";
        assert_int_equal(ut_stretch_read(&s, got, (size_t)cut), cut);
        assert_int_equal(ut_stretch_read(&s, got + cut, 20 - (size_t)cut > 7 ? 7 : 0), 7 - cut);
        assert_string_equal(got, "XYcdefg");
    }
}

static void seeks_like_a_file(void **state)
{
    (void)state;
    assert_int_equal(ut_stretch_seek(&s, -2, SEEK_END), 5);
    reads(20, "fg");
    assert_int_equal(ut_stretch_seek(&s, -6, SEEK_CUR), 1);
    reads(3, "Ycd");
    assert_int_equal(ut_stretch_seek(&s, 0, SEEK_CUR), 4);
    assert_int_equal(ut_stretch_seek(&s, -1, SEEK_SET), -1);
    assert_int_equal(ut_stretch_seek(&s, INT64_MAX, SEEK_CUR), -1);
    reads(1, "e");
    assert_int_equal(ut_stretch_seek(&s, 100, SEEK_SET), 100);
    reads(5, "");
}

static void the_file_may_end_before(void **state)
{
    (void)state;
    s.bytes = 100;
    reads(30, "XYcdefghij");
    assert_int_equal(ut_stretch_seek(&s, 0, SEEK_CUR), 10);
}

static void two_stretches_of_one_file_do_not_meet(void **state)
{
    (void)state;
    struct ut_stretch other = {.fd = s.fd, .at = 0, .bytes = 3};
    char got[4] = "";
    reads(3, "XYc");
    assert_int_equal(ut_stretch_read(&other, got, 3), 3);
    assert_string_equal(got, "abc");
    reads(2, "de");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(head_and_stretch_are_one),
        TEST(seeks_like_a_file),
        TEST(the_file_may_end_before),
        TEST(two_stretches_of_one_file_do_not_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
