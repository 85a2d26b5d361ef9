/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/sound_check.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { SAMPLES = 16000 };
static char text[200];

/* A tone of some size over an offset, as converters give it. */
static bool says(double size, double offset, double converter)
{
    struct ut_sound_check c = {0};
    for (int i = 0; i < SAMPLES; i++)
        ut_sound_check_add(&c, fmax(-converter, fmin(converter, size * sin(0.1 * i) + offset)));
    return ut_sound_check_says(&c, text, sizeof text);
}

static void a_voice_is_fit(void **state)
{
    (void)state;
    static const double sizes[] = {0.0001, 0.01, 0.5, 0.99};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_false(says(sizes[i], 0.0, 1));
        assert_string_equal(text, "");
    }
    assert_false(says(0.1, 0.05, 1));
    assert_string_equal(text, "");
}

static void samples_far_above_full_scale_are_useless(void **state)
{
    (void)state;
    assert_true(says(20000, 0, 32768));
    assert_non_null(strstr(text, "up to 20000 times"));
    assert_false(says(4, 0, 100)); /* loud, not another scale */
    assert_non_null(strstr(text, "is clipped"));
    struct ut_sound_check c = {0};
    for (int i = 0; i < SAMPLES; i++)
        ut_sound_check_add(&c, i == 7 ? 500.0 : 0.1 * sin(0.1 * i));
    assert_false(ut_sound_check_says(&c, text, sizeof text)); /* a click */
    assert_string_equal(text, "");
}

static void clipping_is_said_with_its_share(void **state)
{
    (void)state;
    assert_false(says(2, 0, 32767.0 / 32768)); /* beyond full scale for two thirds of the time */
    assert_non_null(strstr(text, "is clipped: 66."));
    assert_false(says(1.00001, 0, 1));
    struct ut_sound_check c = {0};
    for (int i = 0; i < SAMPLES; i++)
        ut_sound_check_add(&c, i % 25 == 0 ? 1.0 : 0.1 * sin(0.1 * i)); /* 4 % */
    assert_false(ut_sound_check_says(&c, text, sizeof text));
    assert_string_equal(text, "");
}

static void an_offset_is_said(void **state)
{
    (void)state;
    assert_false(says(0.1, -0.5, 1));
    assert_non_null(strstr(text, "offset of -0.50"));
    assert_false(says(0.1, 0.11, 1));
    assert_non_null(strstr(text, "offset of 0.11"));
}

/* A-law has no zero: a line at rest may go to and fro between its two smallest codes. */
static void alaw_at_rest_is_silent(void **state)
{
    (void)state;
    struct ut_sound_check c = {0}, voice = {0};
    assert_false(ut_sound_check_silent(&c)); /* nobody is there */
    for (int i = 0; i < SAMPLES; i++) {
        ut_sound_check_add(&c, (i % 3 == 0 ? 8 : -8) / 32768.0);
        ut_sound_check_add(&voice, (i % 3 == 0 ? 8 : -7) / 32768.0);
    }
    assert_true(ut_sound_check_silent(&c));
    assert_false(ut_sound_check_silent(&voice));
}

static void what_never_changes_is_silent(void **state)
{
    (void)state;
    static const double values[] = {0, 0.5, -1, 1 / 128.0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_false(says(0, values[i], 1));
        assert_non_null(strstr(text, "is silent throughout"));
    }
    assert_false(says(1.0 / 32768, 0, 1)); /* its last bit */
    assert_non_null(strstr(text, "is silent"));
    assert_false(says(1.1 / 32768, 0, 1));
    assert_string_equal(text, "");
    struct ut_sound_check one = {0}, none = {0};
    ut_sound_check_add(&one, 0.5);
    assert_true(ut_sound_check_silent(&one));
    assert_false(ut_sound_check_says(&none, text, sizeof text));
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_voice_is_fit),
        cmocka_unit_test(samples_far_above_full_scale_are_useless),
        cmocka_unit_test(clipping_is_said_with_its_share),
        cmocka_unit_test(an_offset_is_said),
        cmocka_unit_test(alaw_at_rest_is_silent),
        cmocka_unit_test(what_never_changes_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
