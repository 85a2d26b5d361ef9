/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_token_is_another(void **state)
{
    (void)state;
    char a[UT_TOKEN_TEXT], b[UT_TOKEN_TEXT];
    ut_token_make(a);
    ut_token_make(b);
    assert_int_equal(strlen(a), 64);
    assert_int_equal(strspn(a, "0123456789abcdef"), 64);
    assert_false(ut_token_same(a, b));
    assert_true(ut_token_same(a, a));
}

/* BLAKE2b with 32 bytes of output, as `b2sum -l 256` has it */
static void a_hash_is_blake2b(void **state)
{
    (void)state;
    char hash[UT_TOKEN_TEXT];
    ut_token_hash("abc", hash);
    assert_string_equal(hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_token_is_another), cmocka_unit_test(a_hash_is_blake2b)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
