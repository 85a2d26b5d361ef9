/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/usage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/host-tools/command_example.h"

static char *printed(const struct ut_command *c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ut_usage_print(c, out);
    fclose(out);
    return text;
}

static void everything_is_there_in_columns(void **state)
{
    (void)state;
    char *text = printed(&play);
    assert_string_equal(text, "usage: undertone play FILE... [options]\n"
                              "       undertone play first|last [--json]\n"
                              "\n"
                              "Plays recorded calls, one after the other, until the last of them has ended or\n"
                              "somebody has had enough of it.\n"
                              "\n"
                              ".wav files come first.\n"
                              "\n"
                              "  first            the call that came first\n"
                              "  last             the one that came last\n"
                              "  --json           one object per line; see SPEC.md\n"
                              "  --out FOLDER     results into this folder, which has to be there before\n"
                              "                   anything is played and stays afterwards\n"
                              "  --format FORMAT  one of\n"
                              "    csv            a table\n"
                              "    rttm           who spoke when\n"
                              "  --csv            the same as --format csv\n"
                              "\n"
                              "How fast:\n"
                              "  --seconds N      at most so long (default 2)\n"
                              "  --jobs N         processes\n"
                              "  --slow           as it was\n"
                              "  key s            the same, while it plays\n"
                              "  --from [FILE]    where it comes from\n"
                              "  --nothing        is what this does\n"
                              "  --help           this text; also -h\n"
                              "\n"
                              "Paths such as C:\\x~1 are no paths here; `undertone stop` ends it.\n"
                              "\n"
                              "Examples:\n"
                              "  Two calls:\n"
                              "    undertone play a.wav ~/b.wav\n"
                              "  The first:\n"
                              "    undertone play first\n"
                              "\n"
                              "Exit codes: 0 done, 1 failure, 2 usage, 10 to 16 faults of a file; `undertone\n"
                              "--help` lists them, all of them.\n");
    free(text);
}

static void the_program_names_its_commands(void **state)
{
    (void)state;
    char *text = printed(&example);
    assert_string_equal(text, "usage: undertone COMMAND [options]\n\n"
                              "Calls.\n\n"
                              "Commands:\n"
                              "  play       everybody's calls, 'as they were'; with time\n"
                              "  stop       what plays\n\n"
                              "  --config FILE    settings\n"
                              "  --about COMMAND  a command\n"
                              "  --help           this text; also -h\n\n"
                              "Exit codes: 0 done.\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_there_in_columns),
        cmocka_unit_test(the_program_names_its_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
