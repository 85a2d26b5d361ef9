/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/completion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host-tools/command_example.h"

static char *printed(const char *shell)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(ut_completion_print(&example, shell, out), 0);
    fclose(out);
    return text;
}

static void bash_knows_what_follows(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "    *' --config') kind='file' words='' options='' ;;\n",
        "    *' --about') kind='' words='play stop' options='' ;;\n",
        "    'play --out') kind='directory' words='' options='' ;;\n",
        "    'play --format') kind='' words='csv rttm text' options='' ;;\n",
        "    'play --jobs') kind='' words='' options='' ;;\n",
        "    'play --from') kind='file' words='' options=' --json --out --format --csv --seconds --jobs --slow --from "
        "--nothing --help' ;;\n",
        "    'play '*) kind='file' words='first last' options=' --json --out ",
        "    'stop '*) kind='' words='' options=' --help' ;;\n",
        "    ' '*) kind='' words='play stop' options=' --config --about --help' ;;\n",
    };
    char *text = printed("bash");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text, lines[i]));
    assert_null(strstr(text, "'play --json')"));
    free(text);
}

static void zsh_knows_what_follows(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "#compdef undertone\n",
        " '*--config=[settings]:FILE:_files'",
        " '*--about=[a command]:COMMAND:(play stop)'",
        " '*--json[one object per line]'",
        " '*--out=[results into this folder]:FOLDER:_files -/'",
        " '*--format=[one of]:FORMAT:(csv rttm text)'",
        " '*--seconds=[at most so long]:N: '",
        " '*--from[where it comes from]::FILE:_files'",
        " '*:FILE:(first last)'",
        "        'play:everybody'\\''s calls'\n",
    };
    char *text = printed("zsh");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text, lines[i]));
    free(text);
}

static void fish_knows_what_follows(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "complete -c undertone -f\n",
        "complete -c undertone -l config -r -F -d 'settings'\n",
        "complete -c undertone -l about -x -a 'play stop' -d 'a command'\n",
        "complete -c undertone -n __fish_use_subcommand -a play -d 'everybody\\'s calls'\n",
        " -n '__fish_seen_subcommand_from play' -l json -d 'one object per line'\n",
        " -l out -x -a '(__fish_complete_directories)' -d 'results into this folder'\n",
        " -l format -x -a 'csv rttm text' -d 'one of'\n",
        " -l seconds -x -d 'at most so long'\n",
        " -l from -d 'where it comes from'\n",
        "complete -c undertone -n '__fish_seen_subcommand_from play' -F -a 'first last'\n",
    };
    char *text = printed("fish");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text, lines[i]));
    free(text);
}

static void other_shells_are_not_known(void **state)
{
    (void)state;
    assert_int_equal(ut_completion_print(&example, "tcsh", stdout), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bash_knows_what_follows),
        cmocka_unit_test(zsh_knows_what_follows),
        cmocka_unit_test(fish_knows_what_follows),
        cmocka_unit_test(other_shells_are_not_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
