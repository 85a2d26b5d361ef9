/* SPDX-License-Identifier: Apache-2.0 */
/* Which files are recordings, by their names: a folder is not opened file by file to find out.
 *
 * in    a name, with or without a folder
 * out   whether its ending is one of audio files (any case); SPEC.md "Batch" lists them
 */
#ifndef UT_HOST_AUDIO_NAME_H
#define UT_HOST_AUDIO_NAME_H

#include <stdbool.h>

bool ut_audio_name(const char *name);

#endif
