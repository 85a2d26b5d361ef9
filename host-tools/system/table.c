/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_blank(const struct ut_table *t, char c)
{
    return c == ' ' || (c == '\t' && t->separator != '\t');
}

static bool ends_field(const struct ut_table *t, char c)
{
    return c == t->separator || c == '\n' || c == '\r' || c == '\0';
}

/* Moves *at past a line's end, if there is one. */
static void end_line(struct ut_table *t, char **at)
{
    if (**at == '\0')
        return;
    *at += (*at)[0] == '\r' && (*at)[1] == '\n' ? 2 : 1;
    t->lines++;
}

/* The quote that ends the one at `open`, if but blanks stand behind it until the field's end; else NULL. */
static char *closing_quote(const struct ut_table *t, char *open)
{
    for (char *at = open + 1; *at != '\0'; at++) {
        if (t->separator == '\t' && (*at == '\n' || *at == '\r'))
            return NULL;
        if (*at != '"')
            continue;
        if (at[1] == '"') {
            at++;
            continue;
        }
        const char *behind = at + 1;
        while (is_blank(t, *behind))
            behind++;
        return ends_field(t, *behind) ? at : NULL;
    }
    return NULL;
}

/* Takes the doubled quotes out and counts lines; the text then ends at the result. */
static char *unquote(struct ut_table *t, char *open, const char *close)
{
    char *to = open;
    for (const char *from = open + 1; from < close; from++) {
        t->lines += *from == '\n' || (*from == '\r' && from[1] != '\n');
        from += *from == '"'; /* the second of two */
        *to++ = *from;
    }
    return to;
}

/* Cuts one field out at t->next, which moves on to what ends it. 0, or -1 and *fault. */
static int take_field(struct ut_table *t, char **field, char **end, struct ut_fault *fault)
{
    char *at = t->next;
    while (is_blank(t, *at))
        at++;
    *field = *end = at;
    char *close = *at == '"' ? closing_quote(t, at) : NULL;
    if (close != NULL) {
        at = close + 1;
        *end = unquote(t, *field, close);
        while (!ends_field(t, *at))
            at++;
    } else if (*at == '"' && t->separator != '\t') {
        return ut_fault_set(fault, UT_EXIT_INDEX,
                            "%s:%d: a quote that begins here does not end with its field; close it", t->file,
                            t->lines + 1);
    } else {
        for (; !ends_field(t, *at); at++)
            if (!is_blank(t, *at))
                *end = at + 1;
    }
    t->next = at;
    return 0;
}

/* One line's fields. 0, or -1 and *fault; *cells = how many there are. */
static int take_line(struct ut_table *t, char *field[UT_TABLE_FIELDS], int *cells, struct ut_fault *fault)
{
    char *end, *cell;
    bool more = true;
    t->line = t->lines + 1;
    for (*cells = 0; more; (*cells)++) {
        if (take_field(t, &cell, &end, fault) != 0)
            return -1;
        if (*cells < UT_TABLE_FIELDS)
            field[*cells] = cell;
        more = *t->next == t->separator;
        if (more)
            t->next++;
        else
            end_line(t, &t->next);
        *end = '\0';
    }
    return 0;
}

/* The first of tab, ; and , that the header has, outside of quotes if it can be. */
static char separator_of(const char *text)
{
    static const char candidates[] = "\t;,";
    for (int anywhere = 0; anywhere < 2; anywhere++)
        for (const char *c = candidates; *c != '\0'; c++) {
            bool quoted = false;
            for (const char *at = text; *at != '\0' && (quoted || (*at != '\n' && *at != '\r')); at++) {
                quoted = anywhere == 0 && (*at == '"' ? !quoted : quoted);
                if (*at == *c && !quoted)
                    return *c;
            }
        }
    return ',';
}

int ut_table_open(struct ut_table *t, char *text, const char *file, struct ut_fault *fault)
{
    *t = (struct ut_table){.next = text, .file = file, .separator = separator_of(text)};
    if (take_line(t, t->name, &t->columns, fault) != 0)
        return -1;
    t->names = t->columns < UT_TABLE_FIELDS ? t->columns : UT_TABLE_FIELDS;
    return 0;
}

/* Nothing in any of its fields: spreadsheets write rows of separators alone. */
static bool is_empty(const struct ut_table *t)
{
    for (int i = 0; i < t->fields; i++)
        if (t->field[i][0] != '\0')
            return false;
    return true;
}

int ut_table_row(struct ut_table *t, struct ut_fault *fault)
{
    while (*t->next != '\0') {
        if (take_line(t, t->field, &t->cells, fault) != 0)
            return -1;
        t->fields = t->cells < UT_TABLE_FIELDS ? t->cells : UT_TABLE_FIELDS;
        if (!is_empty(t))
            return 1;
    }
    return 0;
}

int ut_table_find(const struct ut_table *t, const char *name)
{
    for (int i = 0; i < t->names; i++)
        if (strcasecmp(t->name[i], name) == 0)
            return i;
    return -1;
}

char *ut_table_path(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - file) + 1;
    size_t len = strlen(path);
    char *out = malloc(folder + len + 1);
    if (out != NULL) {
        memcpy(out, file, folder);
        memcpy(out + folder, path, len + 1);
    }
    return out;
}
