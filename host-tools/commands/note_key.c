/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/note_key.h"

#include "host-tools/system/output.h"
#include "host-tools/system/signed_note.h"

#include <stdio.h>

int ut_note_key_make(const struct ut_command *command, const char *file, const char *name, struct ut_fault *fault)
{
    char verifier[UT_NOTE_VERIFIER];
    if (!ut_identity_fits(name))
        return ut_options_refuse(command, fault, "%.80s: give a name of 1 to %d letters, digits, '.', '_' or '-'", name,
                                 UT_IDENTITY_MAX);
    if (ut_note_make_key(file, name, verifier, fault) != 0)
        return -1;
    printf("%s\n", verifier);
    return ut_output_flush(fault);
}
