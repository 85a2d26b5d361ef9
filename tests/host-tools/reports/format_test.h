/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the formats share: the example call and a writer's text of it, made anew for each test; what every
 * format says of the channels and of time on hold. Included once, with UT_WRITER defined as the writer, UT_CHANNELS as
 * what stands where it speaks of channels, UT_ALONE and UT_ON_HOLD as what it says of the two. */
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

#define UT_ALONE_SAID                                                                                                  \
    "one channel, the customer alone, as declared; who speaks is withheld for 1.5 s: both parties in one channel"

static void whose_channel_it_is(void **state)
{
    (void)state;
    assert_null(strstr(text, UT_CHANNELS));
    free(text);
    t.alone = "declared";
    t.withheld.ms = 1500;
    text = ut_example_text(UT_WRITER, &t);
    assert_non_null(text);
    assert_non_null(strstr(text, UT_ALONE));
}

static void time_on_hold_is_in_it(void **state)
{
    (void)state;
    assert_null(strstr(text, "hold"));
    const struct ut_hold_span h = {.kind = UT_HOLD_SOUND, .begin_ms = 10000, .end_ms = 18500};
    ut_timeline_hold(&t, &h);
    free(text);
    text = ut_example_text(UT_WRITER, &t);
    assert_non_null(text);
    assert_non_null(strstr(text, UT_ON_HOLD));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FORMAT_TESTS TEST(whose_channel_it_is), TEST(time_on_hold_is_in_it)

#endif
