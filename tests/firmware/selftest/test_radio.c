/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to HCI Reset among whatever else a controller sends. */
#include "firmware/selftest/radio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct ut_radio_answer answer;

/* How many answers there were, and whether the last byte was the end of one. */
static int feed(const uint8_t *bytes, size_t len, int *at_end)
{
    int answers = 0;
    for (size_t i = 0; i < len; i++)
        answers += *at_end = ut_radio_answer_take(&answer, bytes[i]);
    return answers;
}

static int setup(void **state)
{
    (void)state;
    ut_radio_answer_init(&answer);
    return 0;
}

static void test_any_number_of_commands(void **state)
{
    int at_end;
    for (unsigned credits = 0; credits < 256; credits++) {
        (void)setup(state);
        const uint8_t bytes[] = {4, 0x0E, 4, (uint8_t)credits, 3, 0x0C, 0};
        assert_int_equal(feed(bytes, sizeof bytes, &at_end), 1);
        assert_int_equal(at_end, 1);
    }
}

/* No byte of it may be another, but for the number of commands, and none may be missing: each counts when it came. */
static void test_what_is_none(void **state)
{
    int at_end;
    for (unsigned i = 0; i < 7; i++) {
        uint8_t bytes[] = {4, 0x0E, 4, 1, 3, 0x0C, 0}, fewer[6];
        for (unsigned k = 0; k < 6; k++)
            fewer[k] = bytes[k + (k >= i)];
        (void)setup(state);
        assert_int_equal(feed(fewer, sizeof fewer, &at_end), 0);
        (void)setup(state);
        bytes[i] ^= 0x10;
        assert_int_equal(feed(bytes, sizeof bytes, &at_end), i == 3);
    }
}

static void test_behind_anything(void **state)
{
    (void)state;
    int at_end;
    static const uint8_t half[] = {0xFF, 4, 0x0E, 4, 4, 0x0E, 4, 0x0E, 4, 1, 3, 0x0C, 0};
    assert_int_equal(feed(half, sizeof half, &at_end), 1); /* begins within what looked like one */
    static const uint8_t refused[] = {4, 0x0E, 4, 1, 3, 0x0C, 0x0C, 4, 0x0E, 4, 1, 5, 0x0C, 0};
    assert_int_equal(feed(refused, sizeof refused, &at_end), 0);
    static const uint8_t twice[] = {4, 0x0E, 4, 1, 3, 0x0C, 0, 4, 0x0E, 4, 1, 3, 0x0C, 0};
    assert_int_equal(feed(twice, sizeof twice, &at_end), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_any_number_of_commands, setup),
        cmocka_unit_test_setup(test_what_is_none, setup),
        cmocka_unit_test_setup(test_behind_anything, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
