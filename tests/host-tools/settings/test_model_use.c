/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/model_use.h"

#include "models/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_built_in_model_is_known(void **state)
{
    (void)state;
    const char *use = ut_model_use(ut_model_default.crc32);
    assert_true(strstr(use, "ommercial") != NULL); /* it says yes or no */
    assert_null(strchr(use, '\n'));
    assert_true(strlen(use) > 40 && use[strlen(use) - 1] == '.');
}

static void strangers_and_none_are_told_apart(void **state)
{
    (void)state;
    assert_non_null(strstr(ut_model_use(ut_model_default.crc32 + 1), "does not know"));
    assert_string_equal(ut_model_use(0), "No classifier.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_model_is_known),
        cmocka_unit_test(strangers_and_none_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
