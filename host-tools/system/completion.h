/* SPDX-License-Identifier: Apache-2.0 */
/* What completes a command line in bash, zsh and fish, from the declarations: commands, options, the words they take,
 * files and folders.
 */
#ifndef UT_HOST_COMPLETION_H
#define UT_HOST_COMPLETION_H

#include "host-tools/system/command.h"

#include <stdio.h>

/* program: the one that has commands. 0; -1 = no such shell. */
int ut_completion_print(const struct ut_command *program, const char *shell, FILE *out);

#endif
