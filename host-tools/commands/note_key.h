/* SPDX-License-Identifier: Apache-2.0 */
/* A new key that signs notes, for the commands that make one: what verifies it goes to standard output.
 *
 * in    the command, for its usage; a file that is not there yet; a name, which is in each signature
 * errors UT_EXIT_USAGE the name does not fit, or the file is there; those of ut_note_make_key and of the output
 */
#ifndef UT_HOST_NOTE_KEY_H
#define UT_HOST_NOTE_KEY_H

#include "host-tools/system/options.h"

/* 0, or -1 and *fault. */
int ut_note_key_make(const struct ut_command *command, const char *file, const char *name, struct ut_fault *fault);

#endif
