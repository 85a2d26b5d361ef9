/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/web_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct ut_fault fault;

static void an_address_has_two_parts(void **state)
{
    (void)state;
    char text[] = "http://127.0.0.1:8137/?token=" TOKEN "\n";
    const char *token;
    assert_int_equal(ut_web_client_address(text, &token, &fault), 0);
    assert_string_equal(text, "http://127.0.0.1:8137");
    assert_string_equal(token, TOKEN);
}

static void what_is_no_address_of_this_machine(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "http://127.0.0.1:/?token=" TOKEN,
                                      "http://127.0.0.1:123456/?token=" TOKEN,
                                      "http://127.0.0.1:80/?token=" TOKEN "0",
                                      "http://127.0.0.1:80/?token=0",
                                      "http://127.0.0.1:80@evil.example/?token=" TOKEN,
                                      "https://127.0.0.1:80/?token=" TOKEN,
                                      "http://127.0.0.1:80/?token=" TOKEN "\nx"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[200];
        const char *token = NULL;
        (void)snprintf(text, sizeof text, "%s", bad[i]);
        fault = (struct ut_fault){0};
        assert_int_equal(ut_web_client_address(text, &token, &fault), -1);
        assert_int_equal(fault.code, UT_EXIT_PROTOCOL);
        assert_null(strstr(fault.text, TOKEN));
    }
}

static void nobody_answers(void **state)
{
    (void)state;
    char *answer = NULL;
    fault = (struct ut_fault){0};
    assert_int_equal(ut_web_client_ask("http://127.0.0.1:1", TOKEN, "POST", "/x", "{}", &answer, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_NO_DEVICE);
    assert_null(strstr(fault.text, TOKEN));
    assert_null(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_two_parts),
        cmocka_unit_test(what_is_no_address_of_this_machine),
        cmocka_unit_test(nobody_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
