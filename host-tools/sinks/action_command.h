/* SPDX-License-Identifier: Apache-2.0 */
/* A program that an action starts: its words as they are, without a shell, an event on its standard input.
 *
 * in    the words, a line for standard input
 * out   0, or what was wrong
 * It inherits no file, no environment but PATH and LANG, and no secret in either; it is ended with all it started after
 * its time.
 */
#ifndef UT_HOST_ACTION_COMMAND_H
#define UT_HOST_ACTION_COMMAND_H

#include <stdatomic.h>
#include <stddef.h>

/* 0 when it ended with 0; -1 and a few words. stop: once not 0 it ends early. */
int ut_action_command(char *const word[], const char *line, int limit_ms, atomic_int *stop, char *error, size_t room);

#endif
