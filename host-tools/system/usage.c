/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/usage.h"

#include <string.h>

/* Columns: of the page, before a row, before a word under its option, between a row's sides, the furthest
 * right side, that of the commands; bytes of a left side */
enum { WIDTH = 80, LEFT = 2, NESTED = 4, GAP = 2, RIGHT_MAX = 26, COMMANDS = 13, SIDE = 100 };

void ut_usage_fill(FILE *out, const char *text, int at, int left)
{
    for (;; text++) {
        int len = (int)strcspn(text, " \n");
        if (len > 0 && (int)strspn(text, "0123456789") == len && text[len] == ' ') /* with what it counts or names */
            len += 1 + (int)strcspn(text + len + 1, " \n");
        if (at > left && at + 1 + len > WIDTH) {
            fputc('\n', out);
            at = 0;
        }
        if (len > 0)
            at += fprintf(out, "%*s%.*s", at < left ? left - at : at > left, "", len, text);
        text += len;
        if (*text != ' ') {
            fputc('\n', out);
            at = 0;
        }
        if (*text == '\0')
            break;
    }
}

/* The left side of a row; its width. */
static int left_side(const struct ut_command *c, const struct ut_option *o, char text[SIDE])
{
    if (ut_entry(o) == UT_ENTRY_WORD)
        return snprintf(text, SIDE, "%*s%s", ut_entry_owner(c, o) != NULL ? NESTED : LEFT, "", o->argument);
    return snprintf(text, SIDE, "%*s--%s%s%s", LEFT, "", o->name, o->argument != NULL ? " " : "",
                    o->argument != NULL ? o->argument : "");
}

static void put_row(FILE *out, const char *left, const char *help, int column)
{
    int at = fprintf(out, "%s", left);
    if (at + GAP > column) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", column - at, "");
    ut_usage_fill(out, help, column, column);
}

/* Where the right sides begin. */
static int column_of(const struct ut_command *c)
{
    char left[SIDE];
    int column = 0;
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        int width = ut_entry(o) == UT_ENTRY_PARAGRAPH || o->help == NULL ? 0 : left_side(c, o, left) + GAP;
        if (width > column && width <= RIGHT_MAX)
            column = width;
    }
    return column;
}

static void put_rows(FILE *out, const struct ut_command *c)
{
    char left[SIDE];
    int column = column_of(c);
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        if (ut_entry(o) == UT_ENTRY_PARAGRAPH || o == c->options)
            fputc('\n', out);
        if (ut_entry(o) == UT_ENTRY_PARAGRAPH) {
            ut_usage_fill(out, o->help, 0, 0);
        } else if (o->help != NULL) {
            (void)left_side(c, o, left);
            put_row(out, left, o->help, column);
        }
    }
}

static void put_synopsis(FILE *out, const struct ut_command *c)
{
    const char *before = "usage: undertone";
    const char *at = c->usage;
    do { /* a command without words of its own has a line, too */
        int len = (int)strcspn(at, "\n");
        fprintf(out, "%s%s%s", before, c->name[0] != '\0' ? " " : "", c->name);
        fprintf(out, "%s%.*s\n", len > 0 ? " " : "", len, at);
        before = "       undertone";
        at += len + (at[len] == '\n');
    } while (*at != '\0');
}

static void put_commands(FILE *out, const struct ut_command *const *commands)
{
    char left[SIDE];
    fputs("\nCommands:\n", out);
    for (; *commands != NULL; commands++) {
        snprintf(left, sizeof left, "%*s%s", LEFT, "", (*commands)->name);
        put_row(out, left, (*commands)->purpose, COMMANDS);
    }
}

void ut_usage_print(const struct ut_command *c, FILE *out)
{
    put_synopsis(out, c);
    fputc('\n', out);
    ut_usage_fill(out, c->about, 0, 0);
    if (c->commands != NULL)
        put_commands(out, c->commands);
    put_rows(out, c);
    for (const struct ut_example *e = c->examples; e != NULL && e->line != NULL; e++) {
        fputs(e == c->examples ? "\nExamples:\n" : "", out);
        ut_usage_fill(out, e->meaning, 0, LEFT);
        fprintf(out, "%*s%s\n", NESTED, "", e->line);
    }
    fputs("\nExit codes:", out);
    ut_usage_fill(out, c->exit_codes, (int)strlen("Exit codes:"), 0);
}
