/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *written(bool man)
{
    char *text = NULL;
    size_t size = 0;
    struct ut_page p = {.out = open_memstream(&text, &size), .man = man};
    assert_non_null(p.out);
    ut_page_open(&p, "ex-ample", 7, "a page", "example 1.2");
    ut_page_heading(&p, "WORDS");
    ut_page_text(
        &p, "What is long enough goes on in the line below, as it does on paper and everywhere else.\n\n.ini files");
    ut_page_subheading(&p, "[some-section]");
    ut_page_row(&p, "key", "what it means");
    ut_page_sample(&p, "[a]\n.b = c");
    fclose(p.out);
    return text;
}

static void as_text(void **state)
{
    (void)state;
    char *text = written(false);
    assert_string_equal(text,
                        "ex-ample: a page\n"
                        "\nWORDS\n"
                        "What is long enough goes on in the line below, as it does on paper and\neverywhere else.\n"
                        "\n.ini files\n"
                        "\n[some-section]\n"
                        "  key\n"
                        "      what it means\n"
                        "    [a]\n"
                        "    .b = c\n");
    free(text);
}

static void in_the_macros_of_man(void **state)
{
    (void)state;
    char *text = written(true);
    assert_string_equal(text,
                        ".TH EX\\-AMPLE 7 \"\" \"example 1.2\"\n.nh\n.ad l\n"
                        ".SH NAME\nex\\-ample \\-\na page\n"
                        ".SH WORDS\n"
                        "What is long enough goes on in the line below, as it does on paper and\neverywhere else.\n"
                        ".PP\n\\&.ini files\n"
                        ".SS [some\\-section]\n"
                        ".TP\n\\fBkey\\fR\nwhat it means\n"
                        ".PP\n.RS 4\n.nf\n[a]\n\\&.b = c\n.fi\n.RE\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(in_the_macros_of_man),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
