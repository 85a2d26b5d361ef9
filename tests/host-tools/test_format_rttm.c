/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "host-tools/format.h"

#include "tests/host-tools/example_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_timeline t;
static char *text;

static int setup(void **state)
{
    (void)state;
    ut_example_make(&t);
    text = ut_example_text(ut_format_rttm, &t);
    return text == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    ut_timeline_free(&t);
    return 0;
}

static void one_line_per_stretch_of_speech(void **state)
{
    (void)state;
    assert_string_equal(text, "SPEAKER a_call 2 1.000 1.000 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 2 2.500 1.500 <NA> <NA> customer <NA> <NA>\n"
                              "SPEAKER a_call 1 3.500 4.500 <NA> <NA> agent <NA> <NA>\n"
                              "SPEAKER a_call 2 9.000 0.900 <NA> <NA> customer <NA> <NA>\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_line_per_stretch_of_speech),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
