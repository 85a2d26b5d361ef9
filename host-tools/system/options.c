/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/options.h"

#include "host-tools/system/output.h"
#include "host-tools/system/usage.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 80 };

int ut_option_flag(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o, (void)text, (void)fault;
    *(bool *)place = true;
    return 0;
}

int ut_option_text(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    (void)o, (void)fault;
    *(const char **)place = text;
    return 0;
}

int ut_option_name(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (text[0] == '\0')
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s: an empty name is none; give %s, or leave the option out",
                            o->name, o->argument);
    return ut_option_text(o, text, place, fault);
}

int ut_option_number(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    char *end;
    double x = strtod(text, &end);
    if (end == text || *end != '\0' || !(x >= o->low && x <= o->high))
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: not a number from %.12g to %.12g; give one", o->name, text,
                            o->low, o->high);
    *(double *)place = x;
    return 0;
}

int ut_option_count(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    double x = 0;
    if (ut_option_number(o, text, &x, fault) != 0)
        return -1;
    if (x != floor(x))
        return ut_fault_set(fault, UT_EXIT_USAGE, "--%s %s: not a whole number; give one", o->name, text);
    *(int *)place = (int)x;
    return 0;
}

int ut_options_refuse(const struct ut_command *c, struct ut_fault *fault, const char *format, ...)
{
    char why[400];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return ut_fault_set(fault, UT_EXIT_USAGE, "%s: %s; see `undertone %s --help`", c->name, why, c->name);
}

/* The option that the first len characters of word stand for; NULL and *fault. */
static const struct ut_option *find(const struct ut_command *c, const char *word, int len, struct ut_fault *fault)
{
    const struct ut_option *found = NULL;
    char names[200] = "";
    int n = 0;
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        char name[NAME];
        if (ut_entry(o) != UT_ENTRY_OPTION || len <= 2)
            continue;
        snprintf(name, sizeof name, "--%s", o->name);
        if (strncmp(name, word, (size_t)len) != 0)
            continue;
        if (name[len] == '\0')
            return o;
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", n++ > 0 ? " or " : "", name);
        found = o;
    }
    if (n == 1)
        return found;
    (void)ut_options_refuse(c, fault, n == 0 ? "%.*s: no such option%s" : "%.*s: could be %s; write more of it", len,
                            word, names);
    return NULL;
}

/* The option argv[*at]; moves *at to the last word it takes. 0, or -1 and *fault. */
static int take_long(const struct ut_command *c, char **argv, int *at, void *chosen, struct ut_fault *fault)
{
    const char *word = argv[*at], *next = argv[*at + 1];
    int len = (int)strcspn(word, "=");
    const char *text = word[len] == '=' ? word + len + 1 : NULL;
    const struct ut_option *o = find(c, word, len, fault);
    if (o == NULL)
        return -1;
    bool must = o->argument != NULL && o->argument[0] != '[';
    if (text != NULL && o->argument == NULL)
        return ut_options_refuse(c, fault, "--%s: takes no value, and '%.100s' is one", o->name, text);
    if (text == NULL && next != NULL && (must || (o->argument != NULL && next[0] != '-'))) {
        text = next;
        ++*at;
    }
    if (text == NULL && must)
        return ut_options_refuse(c, fault, "--%s: needs a value, %s", o->name, o->argument);
    if (strcmp(o->name, "help") == 0) {
        ut_usage_print(c, stdout);
        (void)ut_output_flush(fault);
        return -1;
    }
    return o->take == NULL ? 0 : o->take(o, text != NULL ? text : o->value, (char *)chosen + o->place, fault);
}

/* A word with one dash: -h, or a file's name. -1 and *fault. */
static int take_short(const struct ut_command *c, const char *word, struct ut_fault *fault)
{
    static char help[] = "--help", *words[] = {help, NULL};
    if (strcmp(word, "-h") == 0)
        return take_long(c, words, &(int){0}, NULL, fault);
    if (ut_argument(c->operands) == UT_ARGUMENT_FILE)
        return ut_options_refuse(c, fault, "%.100s: no such option; the file of this name is ./%.100s", word, word);
    return ut_options_refuse(c, fault, "%.100s: no such option", word);
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9');
}

int ut_options_take(const struct ut_command *c, int argc, char **argv, void *chosen, struct ut_fault *fault)
{
    bool over = false; /* no more options */
    int operands = 0;
    for (int i = 0; i < argc; i++) {
        char *word = argv[i];
        if (!over && strcmp(word, "--") == 0) {
            over = true;
        } else if (!over && is_option(word)) {
            if ((word[1] == '-' ? take_long(c, argv, &i, chosen, fault) : take_short(c, word, fault)) != 0)
                return -1;
        } else if (c->operands == NULL) {
            return ut_options_refuse(c, fault, "%.200s: takes options only", word);
        } else {
            argv[operands++] = word;
        }
    }
    argv[operands] = NULL;
    return operands;
}
