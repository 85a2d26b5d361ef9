/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of recordings in RTTM (NIST, "The 2009 Rich Transcription Meeting Recognition Evaluation Plan", appendix A):
 * `SPEAKER recording channel begin duration <NA> <NA> name <NA> [<NA>]`, in seconds, with blanks between the fields.
 *
 * in    text, which is cut up; lines of other types, empty ones and those that begin with ; are passed over
 * out   marks (marks.h): the name is the text, and each has its recording
 * errors UT_EXIT_INDEX a line of fewer than eight fields or without times, named by its number; out of memory
 */
#ifndef UT_HOST_RTTM_H
#define UT_HOST_RTTM_H

#include "host-tools/trials/marks.h"

#include <stdbool.h>

/* Whether the text's first line that counts has a type of RTTM and a time or <NA> in their places. */
bool ut_rttm_is(const char *text);

/* Adds to *m. 0, or -1 and *fault. */
int ut_rttm_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault);

#endif
