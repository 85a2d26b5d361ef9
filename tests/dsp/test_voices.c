/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/voices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LOW = 110 * 16, HIGH = 220 * 16 /* Hz Q4: 12 semitones apart */ };

static struct ut_voices v;

static int setup(void **state)
{
    (void)state;
    ut_voices_init(&v);
    return 0;
}

static void rows(int n, int speech, int f0_q4)
{
    struct ut_row row;
    memset(&row, 0, sizeof row);
    row.speech = (uint8_t)speech;
    row.f0_q4 = (uint16_t)f0_q4;
    for (int i = 0; i < n; i++)
        ut_voices_hop(&v, &row);
}

/* A turn of one pitch, then a pause. */
static void say(int n, int f0_q4, int pause)
{
    rows(n, 1, f0_q4);
    rows(pause, 0, 0);
}

static void two_in_turn_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(v.found, i >= 14); /* 7 x 7 / 14 x 12^2 = 504 */
        say(100, i % 2 ? HIGH : LOW, 30);
    }
    for (int i = 0; i < 400; i++) /* as long as they go on */
        say(100, i % 2 ? HIGH : LOW, 30);
    assert_int_equal(v.found, 1);
}

static void found_is_lost_when_one_goes_on_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++)
        say(100, i % 2 ? HIGH : LOW, 30);
    assert_int_equal(v.found, 1);
    for (int i = 0; i < 16; i++)
        say(100, LOW, 30);
    assert_int_equal(v.found, 1);
    for (int i = 0; i < UT_VOICES_STRETCHES; i++)
        say(100, LOW, 30);
    assert_int_equal(v.found, 0);
}

static void one_voice_is_one(void **state)
{
    (void)state;
    uint32_t random = 1;
    for (int i = 0; i < 200; i++) { /* a lively one: an octave, evenly */
        random = random * 1664525 + 1013904223;
        say(60 + i % 80, 110 * 16 + (int)(random >> 16) % (110 * 16), 20 + i % 100);
        assert_int_equal(v.found, 0);
    }
}

static void a_handed_over_telephone_is_no_mix(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) { /* one change of voice, or three */
        say(100, i / 20 % 2 ? HIGH : LOW, 30);
        assert_int_equal(v.found, 0);
    }
}

static void gaps_are_the_other_partys_turns(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        say(100, i % 2 ? HIGH : LOW, i % 6 == 5 ? 250 : 30);
        assert_int_equal(v.found, 0);
    }
}

static void turns_without_a_pause_are_divided(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++)
        rows(200, 1, i % 2 ? HIGH : LOW);
    assert_int_equal(v.found, 1);
}

static void what_is_short_or_has_no_pitch_says_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        say(49, i % 2 ? HIGH : LOW, 30);
        rows(9, 1, i % 2 ? HIGH : LOW);
        say(91, 0, 30);
        assert_int_equal(v.n, 0);
    }
    say(50, LOW, 12);
    assert_int_equal(v.n, 1);
    rows(10, 1, HIGH);
    say(40, 0, 12);
    assert_int_equal(v.n, 2);
    assert_int_equal(v.pitch_q4[1], 24 * 16); /* semitones above 55 Hz */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(two_in_turn_are_found),
        TEST(found_is_lost_when_one_goes_on_alone),
        TEST(one_voice_is_one),
        TEST(a_handed_over_telephone_is_no_mix),
        TEST(gaps_are_the_other_partys_turns),
        TEST(turns_without_a_pause_are_divided),
        TEST(what_is_short_or_has_no_pitch_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
