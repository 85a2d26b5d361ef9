/* SPDX-License-Identifier: Apache-2.0 */
/* A subcommand, declared once: what it is for, what it takes, what it ends with. From the declaration come the reading
 * of its command line (options.h), its --help (usage.h), its man page (manual.h) and the completion of shells
 * (completion.h).
 */
#ifndef UT_HOST_COMMAND_H
#define UT_HOST_COMMAND_H

#include "host-tools/system/fault.h"

#include <stddef.h>

struct ut_config; /* of settings: passed through */

/* A row of a command's table:
 *   an option      has a name
 *   a word         has an argument only: a value of the option above; above all options an operand; below a paragraph
 *                  or an option without a value something else to know, such as a key
 *   a paragraph    has help only
 * A table ends with UT_OPTION_HELP, maybe words and paragraphs, and a row of zeros.
 */
struct ut_option {
    const char *name;     /* without its dashes */
    const char *argument; /* NULL = a flag; [NAME] = may be missing; FILE, FILE.ini, DEV, FOLDER, COMMAND: completed */
    const char *help;     /* NULL = a word that the option's help names already */
    /* Puts the value into place. 0, or -1 and *fault. NULL = the option changes nothing. */
    int (*take)(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
    size_t place;      /* offset in the struct of the command's choices */
    const char *value; /* taken by a flag, or for a [NAME] that is missing */
    double low, high;  /* of a number */
};

#define UT_OPTION_HELP                                                                                                 \
    {                                                                                                                  \
        .name = "help", .help = "this text; also -h"                                                                   \
    }

/* A line that works, and what it is for; a row of NULL closes a list. The tests run each. */
struct ut_example {
    const char *line, *meaning;
};

struct ut_command {
    const char *name;    /* "" = the program itself */
    const char *purpose; /* one line, without a full stop */
    const char *usage;   /* what stands behind the name, a line for each way */
    const char *about;   /* paragraphs, an empty line between */
    const struct ut_option *options;
    const char *operands;              /* as an argument; NULL = none are taken */
    const char *exit_codes;            /* "0 done, 2 usage." */
    const struct ut_example *examples; /* NULL = none */
    int any_config;                    /* 1 = runs although the config cannot be read, with the defaults */
    /* argv: the words behind the name, closed by NULL. Returns enum ut_exit. */
    int (*run)(const struct ut_config *config, int argc, char **argv);
    const struct ut_command *const *commands; /* of the program: closed by NULL */
};

enum ut_entry { UT_ENTRY_END, UT_ENTRY_OPTION, UT_ENTRY_WORD, UT_ENTRY_PARAGRAPH };
enum ut_entry ut_entry(const struct ut_option *o);

/* The option that a word is a value of; NULL when it is none. */
const struct ut_option *ut_entry_owner(const struct ut_command *c, const struct ut_option *word);

/* How a shell completes an argument. */
enum ut_argument { UT_ARGUMENT_OTHER, UT_ARGUMENT_FILE, UT_ARGUMENT_FOLDER, UT_ARGUMENT_COMMAND };
enum ut_argument ut_argument(const char *argument);

#endif
