/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the formats share: the example call and a writer's text of it, made anew for each test. Included
 * once, with UT_WRITER defined as the writer. */
#ifndef UT_TESTS_HOST_TOOLS_FORMAT_TEST_H
#define UT_TESTS_HOST_TOOLS_FORMAT_TEST_H

#include "tests/host-tools/example_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ut_timeline t;
static char *text;

static int setup(void **state)
{
    (void)state;
    ut_example_make(&t);
    text = ut_example_text(UT_WRITER, &t);
    return text == NULL;
}

static int teardown(void **state)
{
    (void)state;
    free(text);
    ut_timeline_free(&t);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
