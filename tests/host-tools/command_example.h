/* SPDX-License-Identifier: Apache-2.0 */
/* A program of two commands, for the tests of what is made from declarations; include behind cmocka.h. */
#ifndef UT_TESTS_COMMAND_EXAMPLE_H
#define UT_TESTS_COMMAND_EXAMPLE_H

#include "host-tools/system/options.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct choices {
    bool json, slow;
    const char *out, *format, *from;
    double seconds;
    int jobs;
};

/* "--from [FILE]" was given: "" without its value. */
static int take_from(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (text != NULL && text[0] == '?')
        return ut_fault_set(fault, UT_EXIT_MISSING, "--%s: %s is nowhere", o->name, text);
    *(const char **)place = text != NULL ? text : "";
    return 0;
}

static const struct ut_option play_options[] = {
    {.argument = "first", .help = "the call that came first"},
    {.argument = "last", .help = "the one that came last"},
    {"json", NULL, "one object per line; see SPEC.md", ut_option_flag, .place = offsetof(struct choices, json)},
    {"out", "FOLDER", "results into this folder, which has to be there before anything is played and stays afterwards",
     ut_option_text, .place = offsetof(struct choices, out)},
    {"format", "FORMAT", "one of", ut_option_text, .place = offsetof(struct choices, format)},
    {.argument = "csv", .help = "a table"},
    {.argument = "rttm", .help = "who spoke when"},
    {.argument = "text"},
    {"csv", NULL, "the same as --format csv", ut_option_text, .place = offsetof(struct choices, format),
     .value = "csv"},
    {.help = "How fast:"},
    {"seconds", "N", "at most so long (default 2)", ut_option_number, .place = offsetof(struct choices, seconds),
     .low = 0, .high = 3600},
    {"jobs", "N", "processes", ut_option_count, .place = offsetof(struct choices, jobs), .low = 1, .high = 64},
    {"slow", NULL, "as it was", ut_option_flag, .place = offsetof(struct choices, slow)},
    {.argument = "key s", .help = "the same, while it plays"},
    {"from", "[FILE]", "where it comes from", take_from, .place = offsetof(struct choices, from)},
    {"nothing", NULL, "is what this does", NULL, .place = 0},
    UT_OPTION_HELP,
    {.help = "Paths such as C:\\x~1 are no paths here; `undertone stop` ends it."},
    {0},
};

static int run_nothing(const struct ut_config *config, int argc, char **argv)
{
    (void)config, (void)argc, (void)argv;
    return UT_EXIT_OK;
}

static const struct ut_example play_examples[] = {
    {"undertone play a.wav ~/b.wav", "Two calls:"},
    {"undertone play first", "The first:"},
    {NULL, NULL},
};

static const struct ut_command play = {
    .name = "play",
    .purpose = "everybody's calls, 'as they were'; with time",
    .usage = "FILE... [options]\nfirst|last [--json]",
    .about =
        "Plays recorded calls, one after the other, until the last of them has ended or somebody has had enough of "
        "it.\n\n.wav files come first.",
    .options = play_options,
    .operands = "FILE",
    .exit_codes = "0 done, 1 failure, 2 usage, 10 to 16 faults of a file; "
                  "`undertone --help` lists them, all of them.",
    .examples = play_examples,
    .run = run_nothing,
};

static const struct ut_option stop_options[] = {UT_OPTION_HELP, {0}};

static const struct ut_command stop = {
    .name = "stop",
    .purpose = "what plays",
    .usage = "[options]",
    .about = "Stops.",
    .options = stop_options,
    .exit_codes = "0 done, 2 usage.",
    .run = run_nothing,
};

static const struct ut_command *const example_commands[] = {&play, &stop, NULL};

static const struct ut_option example_options[] = {
    {"config", "FILE", "settings", NULL, .place = 0},
    {"about", "COMMAND", "a command", NULL, .place = 0},
    UT_OPTION_HELP,
    {0},
};

static const struct ut_command example = {
    .name = "",
    .purpose = "calls",
    .usage = "COMMAND [options]",
    .about = "Calls.",
    .options = example_options,
    .operands = "COMMAND",
    .exit_codes = "0 done.",
    .commands = example_commands,
};

#endif
