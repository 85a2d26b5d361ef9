/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded call for people: a line per event but for scores, and one line of sums at its end.
 *
 * in    events of any number of calls, and each call's summary
 * out   lines to the stream, or to the file where path is not NULL, whole or not at all; cues are bold on a terminal,
 *       unless NO_COLOR is set
 * errors host-tools/call/sink_stream.h; NULL when out of memory
 */
#ifndef UT_HOST_TEXT_H
#define UT_HOST_TEXT_H

#include "host-tools/call/sink.h"

#include <stdio.h>

/* The line of sums alone: how long, who spoke, cues, and how many of them the agent could see. */
void ut_text_sums(const struct ut_session *session, FILE *out);

struct ut_sink *ut_text_sink(FILE *stream, const char *path);

#endif
