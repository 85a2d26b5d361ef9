/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/host-tools/command_example.h"

enum { WORDS = 12 };

static struct choices chosen;
static struct ut_fault fault;
static char *words[WORDS + 1];

/* Takes the words of a line, between single spaces. */
static int take_by(const struct ut_command *c, const char *line)
{
    static char text[400];
    int n = 0;
    memset(&chosen, 0, sizeof chosen);
    memset(&fault, 0, sizeof fault);
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        words[n++] = word;
    assert_in_range(n, 0, WORDS);
    words[n] = NULL;
    return ut_options_take(c, n, words, &chosen, &fault);
}

static int take(const char *line)
{
    return take_by(&play, line);
}

static void values_go_to_their_places(void **state)
{
    (void)state;
    assert_int_equal(take("--json a.wav --out there --seconds=2.5 b.wav --jobs 3 --format rttm --nothing"), 2);
    assert_true(chosen.json && !chosen.slow);
    assert_string_equal(chosen.out, "there");
    assert_true(chosen.seconds == 2.5);
    assert_int_equal(chosen.jobs, 3);
    assert_string_equal(chosen.format, "rttm");
    assert_null(chosen.from);
    assert_string_equal(words[0], "a.wav");
    assert_string_equal(words[1], "b.wav");
    assert_null(words[2]);
    assert_int_equal(take("--csv"), 0);
    assert_string_equal(chosen.format, "csv");
    assert_int_equal(take(""), 0);
    assert_null(words[0]);
    assert_int_equal(take("--out --json"), 0); /* a value that must be there may look as it likes */
    assert_string_equal(chosen.out, "--json");
    assert_int_equal(take("--out="), 0);
    assert_string_equal(chosen.out, "");
}

static void a_value_may_be_missing_where_it_says_so(void **state)
{
    (void)state;
    assert_int_equal(take("--from"), 0);
    assert_string_equal(chosen.from, "");
    assert_int_equal(take("--from --slow a.wav"), 1);
    assert_string_equal(chosen.from, "");
    assert_int_equal(take("--from x.wav a.wav"), 1);
    assert_string_equal(chosen.from, "x.wav");
    assert_int_equal(take("--from=x.wav"), 0);
    assert_string_equal(chosen.from, "x.wav");
}

static void a_name_has_a_byte_at_least(void **state)
{
    (void)state;
    const struct ut_option o = {.name = "contact-id", .argument = "ID"};
    const char *name = "before";
    memset(&fault, 0, sizeof fault);
    assert_int_equal(ut_option_name(&o, "", &name, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
    assert_non_null(strstr(fault.text, "--contact-id: an empty name"));
    assert_string_equal(name, "before");
    assert_int_equal(ut_option_name(&o, " ", &name, &fault), 0);
    assert_string_equal(name, " ");
}

static void beginnings_stand_for_options(void **state)
{
    (void)state;
    assert_int_equal(take("--js --sec 4 --jo=2"), 0);
    assert_true(chosen.json && chosen.seconds == 4 && chosen.jobs == 2);
}

static void behind_two_dashes_and_before_digits_all_are_operands(void **state)
{
    (void)state;
    assert_int_equal(take("-6 - --json -- --slow -x --"), 5);
    assert_true(chosen.json && !chosen.slow);
    const char *const left[] = {"-6", "-", "--slow", "-x", "--"};
    for (int i = 0; i < 5; i++)
        assert_string_equal(words[i], left[i]);
    assert_null(words[5]);
}

static void what_is_wrong_is_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *line, *text;
    } cases[] = {
        {"--fly", "play: --fly: no such option; see `undertone play --help`"},
        {"--fly=7", "play: --fly: no such option; see `undertone play --help`"},
        {"--=7", "play: --: no such option; see `undertone play --help`"},
        {"---json", "play: ---json: no such option; see `undertone play --help`"},
        {"a.wav --out", "play: --out: needs a value, FOLDER; see `undertone play --help`"},
        {"--json=yes", "play: --json: takes no value, and 'yes' is one; see `undertone play --help`"},
        {"--json=", "play: --json: takes no value, and '' is one; see `undertone play --help`"},
        {"--s", "play: --s: could be --seconds or --slow; write more of it; see `undertone play --help`"},
        {"--j=3", "play: --j: could be --json or --jobs; write more of it; see `undertone play --help`"},
        {"-x", "play: -x: no such option; the file of this name is ./-x; see `undertone play --help`"},
        {"-name.wav",
         "play: -name.wav: no such option; the file of this name is ./-name.wav; see `undertone play --help`"},
        {"--seconds long", "--seconds long: not a number from 0 to 3600; give one"},
        {"--seconds 1x", "--seconds 1x: not a number from 0 to 3600; give one"},
        {"--seconds nan", "--seconds nan: not a number from 0 to 3600; give one"},
        {"--seconds -1", "--seconds -1: not a number from 0 to 3600; give one"},
        {"--seconds 3601", "--seconds 3601: not a number from 0 to 3600; give one"},
        {"--jobs 0", "--jobs 0: not a number from 1 to 64; give one"},
        {"--jobs 1.5", "--jobs 1.5: not a whole number; give one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(take(cases[i].line), -1);
        assert_int_equal(fault.code, UT_EXIT_USAGE);
        assert_string_equal(fault.text, cases[i].text);
    }
    assert_int_equal(take_by(&stop, "-name.wav"), -1);
    assert_string_equal(fault.text, "stop: -name.wav: no such option; see `undertone stop --help`");
    assert_int_equal(take_by(&stop, "a.wav"), -1);
    assert_string_equal(fault.text, "stop: a.wav: takes options only; see `undertone stop --help`");
    assert_int_equal(take_by(&stop, "-- a.wav"), -1);
}

static void a_reader_of_its_own_has_its_fault(void **state)
{
    (void)state;
    assert_int_equal(take("--from ?x --fly"), -1);
    assert_int_equal(fault.code, UT_EXIT_MISSING);
    assert_string_equal(fault.text, "--from: ?x is nowhere");
}

static void a_long_word_is_cut(void **state)
{
    (void)state;
    static char line[350] = "-";
    memset(line + 1, 'x', sizeof line - 2);
    assert_int_equal(take(line), -1);
    assert_non_null(strstr(fault.text, "; see `undertone play --help`"));
    line[1] = '-';
    assert_int_equal(take(line), -1);
    assert_non_null(strstr(fault.text, "; see `undertone play --help`"));
}

static void help_is_printed_and_is_no_fault(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "--he", "--json --help --fly"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char text[40] = "";
        int ends[2], kept = dup(STDOUT_FILENO);
        assert_int_equal(pipe(ends), 0);
        fflush(stdout);
        dup2(ends[1], STDOUT_FILENO);
        int result = take(lines[i]);
        dup2(kept, STDOUT_FILENO);
        close(kept);
        close(ends[1]);
        assert_true(read(ends[0], text, sizeof text - 1) > 0);
        close(ends[0]);
        assert_int_equal(result, -1);
        assert_int_equal(fault.code, UT_EXIT_OK);
        assert_memory_equal(text, "usage: undertone play ", 22);
    }
    assert_int_equal(take("--help=x"), -1);
    assert_int_equal(fault.code, UT_EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_go_to_their_places),
        cmocka_unit_test(a_value_may_be_missing_where_it_says_so),
        cmocka_unit_test(a_name_has_a_byte_at_least),
        cmocka_unit_test(beginnings_stand_for_options),
        cmocka_unit_test(behind_two_dashes_and_before_digits_all_are_operands),
        cmocka_unit_test(what_is_wrong_is_one_line),
        cmocka_unit_test(a_reader_of_its_own_has_its_fault),
        cmocka_unit_test(a_long_word_is_cut),
        cmocka_unit_test(help_is_printed_and_is_no_fault),
    };
    (void)example;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
