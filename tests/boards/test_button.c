/* SPDX-License-Identifier: Apache-2.0 */
/* The one button of a headset, at its looks. */
#include "boards/button.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ut_button b;

static int setup(void **state)
{
    (void)state;
    ut_button_init(&b);
    return 0;
}

/* How often `muted` is said to have changed. */
static int press(int down, int looks)
{
    int changes = 0;
    while (looks-- > 0) {
        int before = b.muted, changed = ut_button_look(&b, down);
        assert_int_equal(changed, b.muted != before);
        changes += changed;
    }
    return changes;
}

static void test_a_press_mutes_and_back(void **state)
{
    (void)state;
    for (int i = 0; i < 23; i++) /* bounces */
        press(i & 1, 1);
    assert_int_equal(press(1, UT_BUTTON_LOOKS - 1) + press(0, 5), 0);
    assert_int_equal(press(1, 200), 1);
    assert_true(b.muted);
    assert_int_equal(press(0, 10), 0);
    assert_true(b.muted);
    assert_int_equal(press(1, 10), 0); /* his microphone opens when he lets go */
    assert_int_equal(press(0, 10), 1);
    assert_false(b.muted);
    assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
}

/* Held for 3 s it opens pairing mode, for 10 s it has the bonds forgotten, once, and the muting is as it was. */
static void test_what_a_hold_wishes(void **state)
{
    (void)state;
    for (int muted = 0; muted < 2; muted++) {
        b.muted = muted;
        press(1, 305);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_PAIR);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
        assert_int_equal(b.muted, muted);
        press(1, 600);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
        press(1, 105);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_FORGET);
        press(1, 2000);
        press(0, 10);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
        assert_int_equal(b.muted, muted);
    }
    for (int i = 0; i < 310; i++) { /* muted all the while */
        press(1, 1);
        assert_true(b.muted);
    }
}

static void test_a_hold_says_yes(void **state)
{
    (void)state;
    ut_button_ask(&b, 1);
    assert_int_equal(b.confirmed, -1);
    press(1, 300);
    assert_int_equal(b.confirmed, -1);
    press(1, 5);
    assert_int_equal(b.confirmed, 1);
    press(0, 10);
    assert_false(b.muted);
    assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
}

/* The agent presses to mute, and somebody asks just then: he is muted, and the other refused. */
static void test_a_press_is_no_consent(void **state)
{
    (void)state;
    ut_button_ask(&b, 1);
    press(1, 250);
    assert_true(b.muted);
    assert_int_equal(b.confirmed, -1);
    press(0, 5);
    assert_int_equal(b.confirmed, 0);
    assert_true(b.muted);
}

/* Who asked leaves before the 3 s are over, and perhaps another asks: the hold that was for him is for nothing else. */
static void test_who_asked_has_left(void **state)
{
    (void)state;
    for (int another = 0; another < 2; another++) {
        ut_button_ask(&b, 1);
        press(1, 100);
        ut_button_ask(&b, 0);
        if (another)
            ut_button_ask(&b, 1);
        press(1, 305);
        press(0, 10);
        assert_int_equal(b.confirmed, -1);
        assert_int_equal(ut_button_wish(&b), BOARD_WISH_NONE);
        ut_button_ask(&b, 0);
    }
    press(1, 305);
    assert_int_equal(ut_button_wish(&b), BOARD_WISH_PAIR); /* the next is one of its own */
}

/* Pairing mode blinks eight times a second, a pairing that asks twice. */
static void test_the_light(void **state)
{
    (void)state;
    for (int asks = 0; asks < 2; asks++) {
        int changes = 0, lit = 0, last = 1;
        b.blinks = b.light = 0;
        b.open = 1;
        ut_button_ask(&b, asks);
        for (int i = 0; i < 600; i++) {
            (void)ut_button_light(&b);
            int now = b.light;
            changes += now != last;
            lit += now;
            last = now;
        }
        assert_in_range(changes, asks ? 23 : 99, asks ? 25 : 101);
        assert_in_range(lit, 295, 305);
    }
}

/* Looks of 2.56 s at which it is lit. */
static int lit(void)
{
    int n = 0;
    for (int i = 0; i < UT_BUTTON_CUE_LOOKS; i++) {
        (void)ut_button_light(&b);
        n += b.light;
    }
    return n;
}

/* One pattern for each severity, whichever cue it is. */
static void test_the_light_of_a_cue(void **state)
{
    (void)state;
    static const int LOOKS[] = {256, 64, 16, 4};
    assert_int_equal(lit(), 0);
    for (int cue = 128; cue < 256; cue++) {
        ut_button_cue(&b, cue);
        assert_int_equal(lit(), LOOKS[cue & 3]);
    }
    for (int i = 0; i < 100; i++) /* amid a period */
        (void)ut_button_light(&b);
    ut_button_cue(&b, 131);
    (void)ut_button_light(&b);
    assert_true(b.light);
    ut_button_cue(&b, 0);
    assert_int_equal(lit(), 0);
}

static void test_a_press_puts_the_light_out(void **state)
{
    (void)state;
    ut_button_cue(&b, 128);
    press(1, 10);
    assert_int_equal(lit(), 256); /* he may be about to hold it */
    press(0, 10);
    assert_int_equal(lit(), 0);
    ut_button_cue(&b, 128); /* told again */
    assert_int_equal(lit(), 0);
    ut_button_cue(&b, 132); /* another of the same severity */
    assert_int_equal(lit(), 256);
    press(1, 305); /* a hold is about pairing */
    press(0, 10);
    assert_int_equal(lit(), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup(test_a_press_mutes_and_back, setup),
                                       cmocka_unit_test_setup(test_what_a_hold_wishes, setup),
                                       cmocka_unit_test_setup(test_a_hold_says_yes, setup),
                                       cmocka_unit_test_setup(test_a_press_is_no_consent, setup),
                                       cmocka_unit_test_setup(test_who_asked_has_left, setup),
                                       cmocka_unit_test_setup(test_the_light, setup),
                                       cmocka_unit_test_setup(test_the_light_of_a_cue, setup),
                                       cmocka_unit_test_setup(test_a_press_puts_the_light_out, setup)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
