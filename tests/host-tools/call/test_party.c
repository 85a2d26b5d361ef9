/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/party.h"

#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void each_has_a_word_and_a_role(void **state)
{
    (void)state;
    static const char *const want[][2] = {
        [UT_CUSTOMER] = {"customer", "CUSTOMER"}, [UT_AGENT] = {"agent", "AGENT"}, [UT_BOTH] = {"both", "BOTH"}};
    for (int party = UT_CUSTOMER; party <= UT_BOTH; party++) {
        assert_string_equal(ut_party_word(party), want[party][0]);
        assert_string_equal(ut_party_role(party), want[party][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_has_a_word_and_a_role)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
