/* SPDX-License-Identifier: Apache-2.0 */
/* The man page of a command, from its declaration: section 1, in the macros of man(7), such as undertone-live.1. */
#ifndef UT_HOST_MANUAL_H
#define UT_HOST_MANUAL_H

#include "host-tools/system/options.h"

#include <stdio.h>

/* version: what stands at the foot, such as "undertone 1.2.3". */
void ut_manual_print(const struct ut_command *c, const char *version, FILE *out);

/* Dashes as they are typed, `words` in bold, an empty line as a new paragraph. */
void ut_manual_text(FILE *out, const char *text);

/* The same of lines that stand as they are: every character is meant. */
void ut_manual_lines(FILE *out, const char *lines);

#endif
