/* SPDX-License-Identifier: Apache-2.0 */
/* What --help prints of a command, from its declaration: 80 columns, options in a column, exit codes at the end. */
#ifndef UT_HOST_USAGE_H
#define UT_HOST_USAGE_H

#include "host-tools/system/command.h"

#include <stdio.h>

void ut_usage_print(const struct ut_command *c, FILE *out);

/* Words behind column `at`, further lines from column `left` on; a line break of the text stays one. */
void ut_usage_fill(FILE *out, const char *text, int at, int left);

#endif
