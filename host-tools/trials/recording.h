/* SPDX-License-Identifier: Apache-2.0 */
/* The recording that a file of labels speaks of: one in the same folder that differs by its ending.
 *
 * in    the file of labels; for RTTM the name that it gives the recording
 * out   its path. Of labels.txt it is labels.wav or labels.flac ...; of call.wav.TextGrid call.wav; of a name, the file
 *       of that name with or without an ending, where _ stands for a blank too
 * errors UT_EXIT_MISSING none is there, or two are; out of memory
 */
#ifndef UT_HOST_RECORDING_H
#define UT_HOST_RECORDING_H

#include "host-tools/system/fault.h"

/* The path, which the caller frees; NULL and *fault. */
char *ut_recording_of(const char *labels, struct ut_fault *fault);
char *ut_recording_named(const char *labels, const char *name, struct ut_fault *fault);

#endif
