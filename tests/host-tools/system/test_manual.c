/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/manual.h"

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
    ut_manual_print(c, "example 1.2", out);
    fclose(out);
    return text;
}

static void everything_is_there_in_its_section(void **state)
{
    (void)state;
    char *text = printed(&play);
    assert_string_equal(text, ".TH UNDERTONE\\-PLAY 1 \"\" \"example 1.2\"\n"
                              ".nh\n"
                              ".ad l\n"
                              ".SH NAME\n"
                              "undertone\\-play \\-\n"
                              "everybody's calls, 'as they were'; with time\n"
                              ".SH SYNOPSIS\n"
                              "\\fBundertone play\\fR FILE... [options]\n"
                              ".br\n"
                              "\\fBundertone play\\fR first|last [\\-\\-json]\n"
                              ".SH DESCRIPTION\n"
                              "Plays recorded calls, one after the other, until the last of them has ended or\n"
                              "somebody has had enough of it.\n"
                              ".PP\n"
                              "\\&.wav files come first.\n"
                              ".SH OPTIONS\n"
                              ".TP\n"
                              "\\fBfirst\\fR\n"
                              "the call that came first\n"
                              ".TP\n"
                              "\\fBlast\\fR\n"
                              "the one that came last\n"
                              ".TP\n"
                              "\\fB\\-\\-json\\fR\n"
                              "one object per line; see SPEC.md\n"
                              ".TP\n"
                              "\\fB\\-\\-out\\fR \\fIFOLDER\\fR\n"
                              "results into this folder, which has to be there before anything is played and\n"
                              "stays afterwards\n"
                              ".TP\n"
                              "\\fB\\-\\-format\\fR \\fIFORMAT\\fR\n"
                              "one of\n"
                              ".RS\n"
                              ".TP\n"
                              "\\fBcsv\\fR\n"
                              "a table\n"
                              ".TP\n"
                              "\\fBrttm\\fR\n"
                              "who spoke when\n"
                              ".RE\n"
                              ".TP\n"
                              "\\fB\\-\\-csv\\fR\n"
                              "the same as \\-\\-format csv\n"
                              ".PP\n"
                              "How fast:\n"
                              ".TP\n"
                              "\\fB\\-\\-seconds\\fR \\fIN\\fR\n"
                              "at most so long (default 2)\n"
                              ".TP\n"
                              "\\fB\\-\\-jobs\\fR \\fIN\\fR\n"
                              "processes\n"
                              ".TP\n"
                              "\\fB\\-\\-slow\\fR\n"
                              "as it was\n"
                              ".TP\n"
                              "\\fBkey s\\fR\n"
                              "the same, while it plays\n"
                              ".TP\n"
                              "\\fB\\-\\-from\\fR \\fI[FILE]\\fR\n"
                              "where it comes from\n"
                              ".TP\n"
                              "\\fB\\-\\-nothing\\fR\n"
                              "is what this does\n"
                              ".TP\n"
                              "\\fB\\-\\-help\\fR\n"
                              "this text; also \\-h\n"
                              ".PP\n"
                              "Paths such as C:\\ex\\(ti1 are no paths here; \\fBundertone stop\\fR ends it.\n"
                              ".SH EXIT STATUS\n"
                              "0 done, 1 failure, 2 usage, 10 to 16 faults of a file; \\fBundertone\n"
                              "\\-\\-help\\fR lists them, all of them.\n"
                              ".SH EXAMPLES\n"
                              "Two calls:\n"
                              ".PP\n"
                              ".RS 4\n"
                              ".nf\n"
                              "undertone play a.wav \\(ti/b.wav\n"
                              ".fi\n"
                              ".RE\n"
                              ".PP\n"
                              "The first:\n"
                              ".PP\n"
                              ".RS 4\n"
                              ".nf\n"
                              "undertone play first\n"
                              ".fi\n"
                              ".RE\n"
                              ".SH SEE ALSO\n"
                              "\\fBundertone\\fR(1)\n");
    free(text);
}

static void the_program_names_its_commands(void **state)
{
    (void)state;
    char *text = printed(&example);
    assert_non_null(strstr(text, ".TH UNDERTONE 1 \"\" \"example 1.2\"\n"));
    assert_non_null(strstr(text, "\nundertone \\-\ncalls\n.SH SYNOPSIS\n\\fBundertone\\fR COMMAND [options]\n"));
    assert_non_null(strstr(text, ".SH COMMANDS\n.TP\n\\fBundertone\\-play\\fR(1)\neverybody's calls"));
    assert_null(strstr(text, "SEE ALSO"));
    free(text);
}

static void lines_are_broken_where_no_macro_begins(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    ut_manual_text(out, "a word after another fills this line nearly to its very end, and then there are .wav files");
    fputc('|', out);
    ut_manual_text(out, "one\n\n'two'\n.three");
    fputc('|', out);
    ut_manual_lines(out, "`a\\b`\n.c");
    fclose(out);
    assert_string_equal(text,
                        "a word after another fills this line nearly to its very end, and then there\nare .wav files|"
                        "one\n.PP\n\\&'two'\n.br\n\\&.three|`a\\eb`\n\\&.c");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_there_in_its_section),
        cmocka_unit_test(the_program_names_its_commands),
        cmocka_unit_test(lines_are_broken_where_no_macro_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
