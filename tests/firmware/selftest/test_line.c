/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a line, what is no line, numbers and their ends. */
#include "firmware/selftest/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_line line;

/* How many lines there were; the last one stays. */
static int feed(const char *text)
{
    int lines = 0;
    for (; *text != '\0'; text++)
        lines += ut_line_take(&line, (uint8_t)*text);
    return lines;
}

static int setup(void **state)
{
    (void)state;
    ut_line_init(&line);
    return 0;
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(feed("seal -2  3 85 \r\n"), 1);
    assert_int_equal(line.words, 4);
    assert_string_equal(line.word[0], "seal");
    assert_string_equal(line.word[1], "-2");
    assert_string_equal(line.word[2], "3");
    assert_string_equal(line.word[3], "85");
    assert_int_equal(feed("\n  \nend\n"), 1); /* empty ones are none */
    assert_int_equal(line.words, 1);
    assert_string_equal(line.word[0], "end");
    assert_int_equal(feed("a b c d e\n"), 1);
    assert_int_equal(line.words, 5);
    assert_int_equal(feed("end"), 0); /* not yet */
}

static void test_what_is_no_line(void **state)
{
    (void)state;
    char longest[2 * UT_LINE_BYTES] = "";
    assert_int_equal(feed("a b c d e f\n"), 0);
    assert_int_equal(feed("en\1d\nen\x80\n"), 0);
    memset(longest, 'x', UT_LINE_BYTES - 1);
    assert_int_equal(feed(longest), 0);
    assert_int_equal(feed("\n"), 1);
    assert_int_equal(strlen(line.word[0]), UT_LINE_BYTES - 1);
    longest[UT_LINE_BYTES - 1] = 'x';
    assert_int_equal(feed(longest), 0);
    assert_int_equal(feed("\nend\n"), 1); /* left out whole, and the next one is heard */
    assert_string_equal(line.word[0], "end");
}

static void test_numbers(void **state)
{
    (void)state;
    int32_t n = 77;
    assert_int_equal(ut_line_number("-6", -6, 6, &n), 0);
    assert_int_equal(n, -6);
    assert_int_equal(ut_line_number("65535", 0, 65535, &n), 0);
    assert_int_equal(n, 65535);
    assert_int_equal(ut_line_number("007", -6, 7, &n), 0);
    assert_int_equal(n, 7);
    static const char *const none[] = {"", "-", "7", "-7", "1x", "+1", "0x1", "99999999999999999999", "--1"};
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(ut_line_number(none[i], -6, 6, &n), -1);
}

static void test_text(void **state)
{
    (void)state;
    char text[12] = "";
    ut_line_add(text, sizeof text, "level");
    ut_line_add_number(text, sizeof text, -260);
    assert_string_equal(text, "level-260");
    ut_line_add_number(text, sizeof text, INT32_MIN); /* what does not fit is cut off */
    assert_string_equal(text, "level-260-2");
    char number[16] = "";
    ut_line_add_number(number, sizeof number, INT32_MIN);
    ut_line_add(number, sizeof number, " ");
    ut_line_add_number(number, sizeof number, 0);
    assert_string_equal(number, "-2147483648 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_words, setup),
        cmocka_unit_test_setup(test_what_is_no_line, setup),
        cmocka_unit_test_setup(test_numbers, setup),
        cmocka_unit_test_setup(test_text, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
