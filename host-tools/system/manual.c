/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/manual.h"

#include <ctype.h>
#include <string.h>

/* Dashes as they are typed, `words` in bold, an empty line as a new paragraph. */
static void put(FILE *out, const char *text)
{
    int bold = 0, begins = 1; /* a line */
    for (; *text != '\0'; text++) {
        if (begins && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        begins = *text == '\n';
        switch (*text) {
        case '`':
            bold = !bold;
            fputs(bold ? "\\fB" : "\\fR", out);
            break;
        case '\n':
            fputs(text[1] == '\n' ? "\n.PP\n" : "\n.br\n", out);
            text += text[1] == '\n';
            break;
        case '-':
            fputs("\\-", out);
            break;
        case '\\':
            fputs("\\e", out);
            break;
        case '~':
            fputs("\\(ti", out);
            break;
        default:
            fputc(*text, out);
            break;
        }
    }
}

static void put_section(FILE *out, const char *heading, const char *text)
{
    fprintf(out, ".SH %s\n", heading);
    put(out, text);
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
    fputs(" \\- ", out);
    put(out, c->purpose);
    fputs("\n.SH SYNOPSIS\n", out);
    const char *at = c->usage;
    do {
        char line[200];
        int len = (int)strcspn(at, "\n");
        snprintf(line, sizeof line, "%.*s", len, at);
        fputs(at == c->usage ? "\\fB" : ".br\n\\fB", out);
        put_name(out, c, " ");
        fputs("\\fR ", out);
        put(out, line);
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
        put(out, (*commands)->purpose);
        fputc('\n', out);
    }
}

/* An option with its value in italics, or a word. */
static void put_left(FILE *out, const struct ut_option *o)
{
    fputs(o->name != NULL ? ".TP\n\\fB\\-\\-" : ".TP\n\\fB", out);
    put(out, o->name != NULL ? o->name : o->argument);
    if (o->name != NULL && o->argument != NULL) {
        fputs("\\fR \\fI", out);
        put(out, o->argument);
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
        put(out, o->help);
        fputc('\n', out);
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
    if (c->name[0] != '\0')
        fputs(".SH SEE ALSO\n\\fBundertone\\fR(1)\n", out);
}
