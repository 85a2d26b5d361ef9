/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host-tools/command_example.h"

static const struct ut_option *row_of(const char *argument)
{
    const struct ut_option *o = play_options;
    while (o->name != NULL || o->argument == NULL || strcmp(o->argument, argument) != 0)
        o++;
    return o;
}

static void rows_are_told_apart(void **state)
{
    (void)state;
    int n[4] = {0};
    for (const struct ut_option *o = play_options; ut_entry(o) != UT_ENTRY_END; o++)
        n[ut_entry(o)]++;
    assert_int_equal(n[UT_ENTRY_OPTION], 10);
    assert_int_equal(n[UT_ENTRY_WORD], 6);
    assert_int_equal(n[UT_ENTRY_PARAGRAPH], 2);
}

static void a_word_belongs_to_the_option_above_that_takes_a_value(void **state)
{
    (void)state;
    assert_null(ut_entry_owner(&play, row_of("last")));
    assert_string_equal(ut_entry_owner(&play, row_of("csv"))->name, "format");
    assert_string_equal(ut_entry_owner(&play, row_of("text"))->name, "format");
    assert_null(ut_entry_owner(&play, row_of("key s")));
}

static void arguments_say_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(ut_argument(NULL), UT_ARGUMENT_OTHER);
    assert_int_equal(ut_argument("N"), UT_ARGUMENT_OTHER);
    assert_int_equal(ut_argument("FILE"), UT_ARGUMENT_FILE);
    assert_int_equal(ut_argument("[FILE]"), UT_ARGUMENT_FILE);
    assert_int_equal(ut_argument("FILE.ini"), UT_ARGUMENT_FILE);
    assert_int_equal(ut_argument("DEV"), UT_ARGUMENT_FILE);
    assert_int_equal(ut_argument("FOLDER"), UT_ARGUMENT_FOLDER);
    assert_int_equal(ut_argument("[COMMAND]"), UT_ARGUMENT_COMMAND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_told_apart),
        cmocka_unit_test(a_word_belongs_to_the_option_above_that_takes_a_value),
        cmocka_unit_test(arguments_say_what_they_are),
    };
    (void)example;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
