/* SPDX-License-Identifier: Apache-2.0 */
/* `undertone help`: what the declarations of the commands say, for people, man and shells. */
#include "firmware/version.h"
#include "host-tools/commands/commands.h"
#include "host-tools/commands/topics.h"
#include "host-tools/system/completion.h"
#include "host-tools/system/manual.h"
#include "host-tools/system/options.h"
#include "host-tools/system/output.h"
#include "host-tools/system/usage.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct choices {
    bool man, pages;
    const char *shell;
};

static const struct ut_option options[] = {
    {.argument = "ini", .help = "the config file: undertone.ini(5)"},
    {.argument = "events", .help = "what a call's events say: undertone-events(7)"},
    {.argument = "cue-list", .help = "every cue, when it opens and closes: undertone-cues(7)"},
    {"man", NULL, "the man page instead, for man -l", ut_option_flag, .place = offsetof(struct choices, man)},
    {"pages", NULL, "the name of every page of the manual, and its file", ut_option_flag,
     .place = offsetof(struct choices, pages)},
    {"completion", "SHELL", "what completes command lines in a shell", ut_option_text,
     .place = offsetof(struct choices, shell)},
    {.argument = "bash", .help = "source it, or put it into ~/.local/share/bash-completion/completions/undertone"},
    {.argument = "zsh", .help = "put it into a folder of $fpath as _undertone"},
    {.argument = "fish", .help = "put it into ~/.config/fish/completions/undertone.fish"},
    UT_OPTION_HELP,
    {0},
};

static void print_pages(void)
{
    printf("undertone undertone.1\n");
    for (const struct ut_command *const *c = ut_undertone.commands; *c != NULL; c++)
        printf("%s undertone-%s.1\n", (*c)->name, (*c)->name);
    for (const struct ut_topic *t = ut_topics; t->name != NULL; t++)
        printf("%s %s.%d\n", t->name, t->title, t->section);
}

static int run(const struct ut_config *config, int argc, char **argv)
{
    (void)config;
    const struct ut_command *c = &ut_undertone;
    struct choices chosen = {0};
    struct ut_fault fault = {0};
    const struct ut_topic *topic = NULL;
    int words = ut_options_take(&ut_command_help, argc, argv, &chosen, &fault);
    if (words < 0)
        return ut_fault_print(&fault);
    if (words > 0 && strcmp(argv[0], "undertone") != 0 && (c = ut_command_find(argv[0])) == NULL)
        topic = ut_topic_find(argv[0]);
    if (words > 1)
        (void)ut_options_refuse(&ut_command_help, &fault, "%s: one command at a time", argv[1]);
    else if (chosen.pages)
        print_pages();
    else if (topic != NULL)
        ut_topic_print(topic, chosen.man, "undertone " UT_VERSION, stdout);
    else if (c == NULL)
        (void)ut_options_refuse(&ut_command_help, &fault, "%s: no such command or topic", argv[0]);
    else if (chosen.shell == NULL && chosen.man)
        ut_manual_print(c, "undertone " UT_VERSION, stdout);
    else if (chosen.shell == NULL)
        ut_usage_print(c, stdout);
    else if (ut_completion_print(&ut_undertone, chosen.shell, stdout) != 0)
        (void)ut_options_refuse(&ut_command_help, &fault,
                                "--completion %s: no such shell; there are bash, zsh and fish", chosen.shell);
    if (fault.code == UT_EXIT_OK)
        (void)ut_output_flush(&fault);
    return ut_fault_print(&fault);
}

static const struct ut_example examples[] = {
    {"undertone help live", "The same as undertone live --help:"},
    {"undertone help events", "What a call's events say:"},
    {"undertone help --completion bash", "What completes command lines in bash:"},
    {NULL, NULL},
};

const struct ut_command ut_command_help = {
    .name = "help",
    .purpose = "what a command does: its help, its man page; topics; completion for shells",
    .usage = "[COMMAND|TOPIC] [--man]\n--pages\n--completion bash|zsh|fish",
    .about =
        "Prints what a command does and takes, or without its name which commands there are; of a topic, its page.",
    .options = options,
    .operands = "COMMAND",
    .exit_codes = "0 done, 1 cannot write, 2 usage, or no such command, topic or shell.",
    .any_config = 1,
    .examples = examples,
    .run = run,
};
