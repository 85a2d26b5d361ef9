/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/manual.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 78 }; /* bytes of a line of the source */

/* A character as it is typed; the bytes that it took. */
static int put_character(FILE *out, char c)
{
    switch (c) {
    case '-':
        return fprintf(out, "\\-");
    case '\\':
        return fprintf(out, "\\e");
    case '~':
        return fprintf(out, "\\(ti");
    default:
        return fprintf(out, "%c", c);
    }
}

/* What would make a macro of a line's beginning is kept from doing so. */
static void begin_line(FILE *out, char first)
{
    if (first == '.' || first == '\'')
        fputs("\\&", out);
}

/* Bytes that the word at text takes, at most. */
static int word_bytes(const char *text)
{
    int n = 0;
    for (; *text != '\0' && *text != ' ' && *text != '\n'; text++)
        n += *text == '`' ? 3 : *text == '~' ? 4 : *text == '-' || *text == '\\' ? 2 : 1;
    return n;
}

void ut_manual_text(FILE *out, const char *text)
{
    int bold = 0, at = 0;
    for (begin_line(out, *text); *text != '\0'; text++)
        if (*text == '`') {
            bold = !bold;
            at += fprintf(out, bold ? "\\fB" : "\\fR");
        } else if (*text == '\n') {
            fputs(text[1] == '\n' ? "\n.PP\n" : "\n.br\n", out);
            text += text[1] == '\n';
            begin_line(out, text[1]);
            at = 0;
        } else if (*text == ' ' && at + 1 + word_bytes(text + 1) > WIDTH) {
            fputc('\n', out);
            begin_line(out, text[1]);
            at = 0;
        } else {
            at += put_character(out, *text);
        }
}

void ut_manual_lines(FILE *out, const char *lines)
{
    for (begin_line(out, *lines); *lines != '\0'; lines++) {
        (void)put_character(out, *lines);
        if (*lines == '\n')
            begin_line(out, lines[1]);
    }
}

static void put_section(FILE *out, const char *heading, const char *text)
{
    fprintf(out, ".SH %s\n", heading);
    ut_manual_text(out, text);
    fputc('\n', out);
}

static void put_name(FILE *out, const struct ut_command *c, const char *between)
{
    fprintf(out, "undertone%s%s", c->name[0] != '\0' ? between : "", c->name);
}

static void put_head(FILE *out, const struct ut_command *c, const char *version)
{
    fputs(".TH UNDERTONE", out);
    for (const char *at = c->name; *at != '\0'; at++)
        fprintf(out, "%s%c", at == c->name ? "\\-" : "", toupper((unsigned char)*at));
    fprintf(out, " 1 \"\" \"%s\"\n.nh\n.ad l\n.SH NAME\n", version);
    put_name(out, c, "\\-");
    fputs(" \\-\n", out);
    ut_manual_text(out, c->purpose);
    fputs("\n.SH SYNOPSIS\n", out);
    const char *at = c->usage;
    do {
        char line[200];
        int len = (int)strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", len, at);
        fputs(at == c->usage ? "\\fB" : ".br\n\\fB", out);
        put_name(out, c, " ");
        fputs(len > 0 ? "\\fR " : "\\fR", out);
        ut_manual_text(out, line);
        fputc('\n', out);
        at += len + (at[len] == '\n');
    } while (*at != '\0');
}

static void put_commands(FILE *out, const struct ut_command *const *commands)
{
    fputs(".SH COMMANDS\n", out);
    for (; *commands != NULL; commands++) {
        fputs(".TP\n\\fB", out);
        put_name(out, *commands, "\\-");
        fputs("\\fR(1)\n", out);
        ut_manual_text(out, (*commands)->purpose);
        fputc('\n', out);
    }
}

/* An option with its value in italics, or a word. */
static void put_left(FILE *out, const struct ut_option *o)
{
    fputs(o->name != NULL ? ".TP\n\\fB\\-\\-" : ".TP\n\\fB", out);
    ut_manual_text(out, o->name != NULL ? o->name : o->argument);
    if (o->name != NULL && o->argument != NULL) {
        fputs("\\fR \\fI", out);
        ut_manual_text(out, o->argument);
    }
    fputs("\\fR\n", out);
}

static void put_options(FILE *out, const struct ut_command *c)
{
    int inside = 0; /* words under their option stand further in */
    fputs(".SH OPTIONS\n", out);
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        int nested = ut_entry(o) == UT_ENTRY_WORD && ut_entry_owner(c, o) != NULL;
        if (o->help == NULL)
            continue;
        if (nested != inside)
            fputs(nested ? ".RS\n" : ".RE\n", out);
        inside = nested;
        if (ut_entry(o) == UT_ENTRY_PARAGRAPH)
            fputs(o == c->options ? "" : ".PP\n", out);
        else
            put_left(out, o);
        ut_manual_text(out, o->help);
        fputc('\n', out);
    }
}

static void put_examples(FILE *out, const struct ut_example *e)
{
    fputs(".SH EXAMPLES\n", out);
    for (; e->line != NULL; e++) {
        ut_manual_text(out, e->meaning);
        fputs("\n.PP\n.RS 4\n.nf\n", out);
        ut_manual_lines(out, e->line);
        fputs(e[1].line != NULL ? "\n.fi\n.RE\n.PP\n" : "\n.fi\n.RE\n", out);
    }
}

void ut_manual_print(const struct ut_command *c, const char *version, FILE *out)
{
    put_head(out, c, version);
    put_section(out, "DESCRIPTION", c->about);
    if (c->commands != NULL)
        put_commands(out, c->commands);
    put_options(out, c);
    put_section(out, "EXIT STATUS", c->exit_codes);
    if (c->examples != NULL)
        put_examples(out, c->examples);
    if (c->name[0] != '\0')
        fputs(".SH SEE ALSO\n\\fBundertone\\fR(1)\n", out);
}
