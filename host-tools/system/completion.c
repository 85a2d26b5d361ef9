/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/completion.h"

#include <string.h>

#define ZSH_APOSTROPHE "'\\''"
#define FISH_APOSTROPHE "\\'"

/* A place of the command line: the value of an option, or for NULL the operands. */
struct place {
    const struct ut_command *program, *command;
    const struct ut_option *of;
};

static const char *argument_of(const struct place *p)
{
    return p->of != NULL ? p->of->argument : p->command->operands;
}

/* The next of the words that may stand there, o or below; NULL behind the last. Paragraphs may part operands. */
static const struct ut_option *next_word(const struct place *p, const struct ut_option *o)
{
    while (p->of == NULL && ut_entry(o) == UT_ENTRY_PARAGRAPH)
        o++;
    return ut_entry(o) == UT_ENTRY_WORD ? o : NULL;
}

static const struct ut_option *first_word(const struct place *p)
{
    return next_word(p, p->of != NULL ? p->of + 1 : p->command->options);
}

static void put_words(FILE *out, const struct place *p)
{
    const char *between = "";
    for (const struct ut_option *o = first_word(p); o != NULL; o = next_word(p, o + 1), between = " ")
        fprintf(out, "%s%s", between, o->argument);
    for (int i = 0; ut_argument(argument_of(p)) == UT_ARGUMENT_COMMAND && p->program->commands[i] != NULL; i++) {
        fprintf(out, "%s%s", between, p->program->commands[i]->name);
        between = " ";
    }
}

static int has_words(const struct place *p)
{
    return first_word(p) != NULL || ut_argument(argument_of(p)) == UT_ARGUMENT_COMMAND;
}

/* The first words of a help within single quotes, without what zsh's specifications give a meaning to. */
static void put_summary(FILE *out, const char *help, const char *apostrophe)
{
    size_t len = strcspn(help, "\n;:,(");
    while (len > 0 && help[len - 1] == ' ')
        len--;
    for (size_t i = 0; i < len; i++)
        if (help[i] == '\'')
            fputs(apostrophe, out);
        else if (strchr("[]\\`", help[i]) == NULL)
            fputc(help[i], out);
}

/* "COMMAND OPTION" or "COMMAND " as a pattern, and what completes it. */
static void put_bash_case(FILE *out, const struct place *p)
{
    static const char *const kind[] = {"", "file", "directory", ""};
    const char *argument = argument_of(p);
    if (p->of != NULL)
        fprintf(out, "    %s'%s --%s') ", p->command == p->program ? "*" : "", p->command->name, p->of->name);
    else
        fprintf(out, "    '%s '*) ", p->command->name);
    fprintf(out, "kind='%s' words='", kind[ut_argument(argument)]);
    put_words(out, p);
    fputs("' options='", out);
    for (const struct ut_option *o = p->command->options; ut_entry(o) != UT_ENTRY_END; o++)
        if (ut_entry(o) == UT_ENTRY_OPTION && (p->of == NULL || argument[0] == '['))
            fprintf(out, " --%s", o->name);
    fputs("' ;;\n", out);
}

static void put_bash_command(FILE *out, const struct ut_command *program, const struct ut_command *c)
{
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++)
        if (ut_entry(o) == UT_ENTRY_OPTION && o->argument != NULL)
            put_bash_case(out, &(struct place){program, c, o});
    if (c != program)
        put_bash_case(out, &(struct place){program, c, NULL});
}

static void put_bash(FILE *out, const struct ut_command *program)
{
    fputs("_undertone() {\n"
          "    local i command= cur=$2 before=$3 kind= words= options=\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in\n"
          "        --config) ((i++)); [ \"${COMP_WORDS[i]}\" != = ] || ((i++)) ;;\n"
          "        -*) ;;\n"
          "        *) command=${COMP_WORDS[i]}; break ;;\n"
          "        esac\n"
          "    done\n"
          "    [ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    case \"$command $before\" in\n",
          out);
    put_bash_command(out, program, program);
    for (int i = 0; program->commands[i] != NULL; i++)
        put_bash_command(out, program, program->commands[i]);
    put_bash_case(out, &(struct place){program, program, NULL});
    fputs("    esac\n"
          "    [[ $cur != -* && -n $kind$words ]] || words+=$options\n"
          "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
          "    [ -n \"$kind\" ] || return 0\n"
          "    compopt -o filenames 2>/dev/null\n"
          "    while IFS= read -r i; do COMPREPLY+=(\"$i\"); done < <(compgen -A \"$kind\" -- \"$cur\")\n"
          "}\n"
          "complete -F _undertone undertone\n",
          out);
}

/* ":NAME:what completes it" */
static void put_zsh_place(FILE *out, const struct place *p)
{
    static const char *const action[] = {" ", "_files", "_files -/", " "};
    fputc(':', out);
    put_summary(out, argument_of(p), ZSH_APOSTROPHE);
    if (has_words(p)) {
        fputs(":(", out);
        put_words(out, p);
        fputs(")", out);
    } else {
        fprintf(out, ":%s", action[ut_argument(argument_of(p))]);
    }
}

static void put_zsh_command(FILE *out, const struct ut_command *program, const struct ut_command *c)
{
    fputs(c == program ? "_arguments -C" : "_arguments", out);
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        if (ut_entry(o) != UT_ENTRY_OPTION)
            continue;
        fprintf(out, " \\\n        '*--%s%s[", o->name, o->argument != NULL && o->argument[0] != '[' ? "=" : "");
        put_summary(out, o->help, ZSH_APOSTROPHE);
        fputs(o->argument != NULL && o->argument[0] == '[' ? "]:" : "]", out);
        if (o->argument != NULL)
            put_zsh_place(out, &(struct place){program, c, o});
        fputs("'", out);
    }
    if (c == program || c->operands == NULL)
        return;
    fputs(" \\\n        '*", out);
    put_zsh_place(out, &(struct place){program, c, NULL});
    fputs("'", out);
}

static void put_zsh(FILE *out, const struct ut_command *program)
{
    fputs("#compdef undertone\n_undertone() {\n    local -a commands\n    local curcontext state line\n    ", out);
    put_zsh_command(out, program, program);
    fputs(" \\\n        '1:command:->command' '*::word:->words'\n    commands=(\n", out);
    for (int i = 0; program->commands[i] != NULL; i++) {
        fprintf(out, "        '%s:", program->commands[i]->name);
        put_summary(out, program->commands[i]->purpose, ZSH_APOSTROPHE);
        fputs("'\n", out);
    }
    fputs("    )\n    case $state:$words[1] in\n    command:*) _describe -t commands command commands ;;\n", out);
    for (int i = 0; program->commands[i] != NULL; i++) {
        fprintf(out, "    words:%s) ", program->commands[i]->name);
        put_zsh_command(out, program, program->commands[i]);
        fputs(" ;;\n", out);
    }
    fputs("    esac\n}\n"
          "if [ \"$funcstack[1]\" = _undertone ]; then _undertone \"$@\"; else compdef _undertone undertone; fi\n",
          out);
}

/* What completes it: files, folders, words, or nothing known. */
static void put_fish_place(FILE *out, const struct place *p)
{
    static const char *const files[] = {"", " -F", " -a '(__fish_complete_directories)'", ""};
    fputs(files[ut_argument(argument_of(p))], out);
    if (has_words(p)) {
        fputs(" -a '", out);
        put_words(out, p);
        fputc('\'', out);
    }
}

static void put_fish_command(FILE *out, const struct ut_command *program, const struct ut_command *c)
{
    char when[100] = "";
    if (c != program)
        snprintf(when, sizeof when, " -n '__fish_seen_subcommand_from %s'", c->name);
    for (const struct ut_option *o = c->options; ut_entry(o) != UT_ENTRY_END; o++) {
        if (ut_entry(o) != UT_ENTRY_OPTION)
            continue;
        fprintf(out, "complete -c undertone%s -l %s", when, o->name);
        if (o->argument != NULL && o->argument[0] != '[') {
            fputs(ut_argument(o->argument) == UT_ARGUMENT_FILE ? " -r" : " -x", out);
            put_fish_place(out, &(struct place){program, c, o});
        }
        fputs(" -d '", out);
        put_summary(out, o->help, FISH_APOSTROPHE);
        fputs("'\n", out);
    }
    if (c == program || c->operands == NULL)
        return;
    fprintf(out, "complete -c undertone%s", when);
    put_fish_place(out, &(struct place){program, c, NULL});
    fputc('\n', out);
}

static void put_fish(FILE *out, const struct ut_command *program)
{
    fputs("complete -c undertone -f\n", out);
    put_fish_command(out, program, program);
    for (int i = 0; program->commands[i] != NULL; i++) {
        const struct ut_command *c = program->commands[i];
        fprintf(out, "complete -c undertone -n __fish_use_subcommand -a %s -d '", c->name);
        put_summary(out, c->purpose, FISH_APOSTROPHE);
        fputs("'\n", out);
        put_fish_command(out, program, c);
    }
}

int ut_completion_print(const struct ut_command *program, const char *shell, FILE *out)
{
    static const struct {
        const char *shell;
        void (*put)(FILE *out, const struct ut_command *program);
    } shells[] = {{"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shell, shells[i].shell) != 0)
            continue;
        shells[i].put(out, program);
        return 0;
    }
    return -1;
}
