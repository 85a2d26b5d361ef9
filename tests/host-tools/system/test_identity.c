/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The time is the first 48 bits, so that later ones sort behind (RFC 9562, 5.7). */
static void new_ones_differ_and_carry_their_time(void **state)
{
    (void)state;
    char a[UT_IDENTITY_UUID], b[UT_IDENTITY_UUID];
    assert_int_equal(ut_identity_new(0x0123456789ABLL, a), 0);
    assert_int_equal(ut_identity_new(0x0123456789ABLL, b), 0);
    assert_int_equal(strlen(a), 36);
    assert_memory_equal(a, "01234567-89ab-7", 15);
    assert_non_null(strchr("89ab", a[19]));
    assert_string_not_equal(a, b);
    assert_int_equal(ut_identity_new(0x0123456789ACLL, b), 0);
    assert_true(strcmp(a, b) < 0);
    assert_true(ut_identity_fits(a));
}

static void a_hash_gives_the_same_again(void **state)
{
    (void)state;
    char text[UT_IDENTITY_UUID];
    ut_identity_of("00112233445566778899aabbccddeeff", text);
    assert_string_equal(text, "00112233-4455-8677-8899-aabbccddeeff");
    ut_identity_of("ffffffffffffffffffffffffffffffff", text);
    assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

static void what_is_handed_in_is_harmless_anywhere(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "Z", "0", "call-7_b.9",
                                       "0123456789012345678901234567890123456789012345678901234567890123"};
    static const char *const bad[] = {
        "",         " ",   "a/b",
        "a b",      "a%b", "a'b",
        "\xc3\xa9", "a\n", "01234567890123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(ut_identity_fits(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ut_identity_fits(bad[i]));
}

static void an_option_takes_one(void **state)
{
    (void)state;
    const struct ut_option o = {.name = "session"};
    const char *place = NULL;
    struct ut_fault fault = {0};
    assert_int_equal(ut_identity_take(&o, "x1", &place, &fault), 0);
    assert_string_equal(place, "x1");
    assert_int_equal(ut_identity_take(&o, "x 1", &place, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_non_null(strstr(fault.text, "--session x 1: not an id"));
    assert_string_equal(place, "x1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_ones_differ_and_carry_their_time),
        cmocka_unit_test(a_hash_gives_the_same_again),
        cmocka_unit_test(what_is_handed_in_is_harmless_anywhere),
        cmocka_unit_test(an_option_takes_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
