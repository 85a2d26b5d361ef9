/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/rate_doubt.h"

#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { QUARTERS = 4, PACE_ONE = 16, ENOUGH = 40 };
static char text[300];

/* Records of one voice: semitones above 55 Hz, syllables per second. */
static void say(double semitones, double pace, int records, uint8_t flags)
{
    struct ut_rate_doubt r = {0};
    const struct ut_wire_score score = {.flags = flags,
                                        .customer_f0 = (uint8_t)(1 + QUARTERS * semitones),
                                        .customer_pace = (uint8_t)(PACE_ONE * pace)};
    for (int i = 0; i < records; i++)
        ut_rate_doubt_add(&r, &score);
    ut_rate_doubt_says(&r, text, sizeof text);
}

static void voices_of_people_are_right(void **state)
{
    (void)state;
    static const double voices[][2] = {{12, 4}, {22, 5.5}, {28, 4.5}, {10, 3}, {30, 4}, {24, 6}};
    for (size_t i = 0; i < sizeof voices / sizeof voices[0]; i++) {
        say(voices[i][0], voices[i][1], 200, UT_WIRE_CUSTOMER_SPEECH);
        assert_string_equal(text, "");
    }
}

static void twice_and_half_of_them_are_doubted_with_figures(void **state)
{
    (void)state;
    say(33, 9, ENOUGH, UT_WIRE_CUSTOMER_SPEECH);
    assert_non_null(strstr(text, "higher and faster"));
    assert_non_null(strstr(text, "(370 Hz, 9.0 syllables/s)"));
    assert_non_null(strstr(text, "twice"));
    say(6, 2, ENOUGH, UT_WIRE_CUSTOMER_SPEECH);
    assert_non_null(strstr(text, "lower and slower"));
    assert_non_null(strstr(text, "(78 Hz, 2.0 syllables/s)"));
    assert_non_null(strstr(text, "half"));
}

static void little_speech_says_nothing(void **state)
{
    (void)state;
    say(33, 9, ENOUGH - 1, UT_WIRE_CUSTOMER_SPEECH);
    assert_string_equal(text, "");
    say(33, 9, 100, 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voices_of_people_are_right),
        cmocka_unit_test(twice_and_half_of_them_are_doubted_with_figures),
        cmocka_unit_test(little_speech_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
