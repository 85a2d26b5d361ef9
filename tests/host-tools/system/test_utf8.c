/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The character in so many bytes, whether that is the right number or not. */
static void encode(uint32_t c, int bytes, char *text)
{
    static const int lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    text[bytes] = '\0';
    for (int i = bytes - 1; i > 0; i--, c >>= 6)
        text[i] = (char)(0x80 | (c & 0x3F));
    text[0] = (char)((uint32_t)lead[bytes] | c);
}

static void every_character_in_its_bytes_only(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x120000; c++) {
        int needed = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        for (int bytes = needed; bytes <= 4; bytes++) {
            char text[5];
            encode(c, bytes, text);
            const char *at = text;
            int is_one = bytes == needed && c <= 0x10FFFF && !(c >= 0xD800 && c < 0xE000);
            if (ut_utf8_next(&at) != (is_one ? c : UT_UTF8_BAD) || at != text + bytes)
                fail_msg("U+%04X in %d bytes", (unsigned)c, bytes);
        }
    }
}

static void what_is_cut_short_ends_before_the_next_character(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long bytes;
    } cases[] = {{"\xc3", 1},         {"\xc3z", 1},    {"\xe2\x82", 2}, {"\xe2\x82z", 2}, {"\xf0\x9f\x8e", 3},
                 {"\xf0\x9f\xe2", 2}, {"\x80\x80", 1}, {"\xbf z", 1},   {"\xff z", 1},    {"\xf8\x88\x80\x80\x80", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *at = cases[i].text;
        assert_int_equal(ut_utf8_next(&at), UT_UTF8_BAD);
        assert_int_equal(at - cases[i].text, cases[i].bytes);
    }
}

static void clean_text_is_left_alone(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } cases[] = {{"", ""},
                 {"plain", "plain"},
                 {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa7", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\xa7"},
                 {"\xc3", "?"},
                 {"\xe2\x82", "??"},
                 {"\xc0\x80", "??"},
                 {"\xe0\x80\x80", "???"},
                 {"\xed\xa0\x80", "???"},
                 {"\xf4\x90\x80\x80", "????"},
                 {"a\xff z", "a? z"},
                 {"\xf8\x88\x80\x80z", "????z"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        snprintf(text, sizeof text, "%s", cases[i].from);
        ut_utf8_clean(text);
        assert_string_equal(text, cases[i].to);
    }
}

static void plain_text_does_nothing_to_a_terminal(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x110000; c++) {
        int bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        char text[5], before[5];
        int control = c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
        int direction =
            c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        int surrogate = c >= 0xD800 && c < 0xE000;
        encode(c, bytes, text);
        memcpy(before, text, sizeof text);
        if (control || direction || surrogate)
            memset(before, '?', (size_t)bytes);
        ut_utf8_clean(text);
        if (strcmp(text, before) != 0)
            fail_msg("U+%04X", (unsigned)c);
    }
    char line[] = "a\nb\x1b[2J\x9b\xff \xe2\x82";
    char copy[8], whole[20];
    assert_ptr_equal(ut_utf8_plain(line, copy, sizeof copy), copy);
    assert_string_equal(copy, "a?b?[2J");
    assert_string_equal(ut_utf8_plain(line, whole, sizeof whole), "a?b?[2J?? ??");
    ut_utf8_clean(line);
    assert_string_equal(line, "a?b?[2J?? ??");
}

static void a_line_has_no_control_characters(void **state)
{
    (void)state;
    assert_true(ut_utf8_is_line("ada", 3));
    assert_true(ut_utf8_is_line("J\xC3\xBCrgen", 64));
    assert_false(ut_utf8_is_line("ada", 2));
    assert_false(ut_utf8_is_line("", 64));
    for (char c = 1; c < ' '; c++)
        assert_false(ut_utf8_is_line((const char[]){'a', c, '\0'}, 64));
    assert_false(ut_utf8_is_line("a\x7F", 64));
    assert_false(ut_utf8_is_line("J\xFCrgen", 64)); /* Latin-1 */
    assert_false(ut_utf8_is_line("J\xC3", 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_in_its_bytes_only),
        cmocka_unit_test(plain_text_does_nothing_to_a_terminal),
        cmocka_unit_test(what_is_cut_short_ends_before_the_next_character),
        cmocka_unit_test(clean_text_is_left_alone),
        cmocka_unit_test(a_line_has_no_control_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
