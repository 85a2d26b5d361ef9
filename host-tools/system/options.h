/* SPDX-License-Identifier: Apache-2.0 */
/* The words behind a command's name, read by its table.
 *
 * in    --name VALUE, --name=VALUE, --flag, the beginning of a name that no other option shares, -h; a word such as -6,
 *       and what stands behind "--", is no option
 * out   the struct of the command's choices, filled; the other words, called operands
 * Errors: UT_EXIT_USAGE and a line that opens with the command's name and says where its help is; what the reader of a
 * value says.
 */
#ifndef UT_HOST_OPTIONS_H
#define UT_HOST_OPTIONS_H

#include "host-tools/system/command.h"

/* Fills *chosen, moves the operands to the front of argv, closes them with NULL and returns how many there are. -1 and
 * *fault; code 0 when it was --help, which is printed. */
int ut_options_take(const struct ut_command *c, int argc, char **argv, void *chosen, struct ut_fault *fault);

/* -1 and *fault: the command's name, what is wrong, and where its help is. */
int ut_options_refuse(const struct ut_command *c, struct ut_fault *fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Readers of values: true into a bool; the text into a const char *, a name of 1 byte at least; a number from low to
 * high into a double; a whole one into an int. */
int ut_option_flag(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
int ut_option_text(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
int ut_option_name(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
int ut_option_number(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);
int ut_option_count(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);

#endif
