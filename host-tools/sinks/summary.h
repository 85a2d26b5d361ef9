/* SPDX-License-Identifier: Apache-2.0 */
/* The per-call JSON, when a call ends. SPEC.md "Per-call file".
 *
 * in    the summaries of calls
 * out   one JSON object per call: to a stream, one after the other; or to a file, each in place of the one before
 * errors a file that cannot be written, or host-tools/call/sink_stream.h; NULL when out of memory
 */
#ifndef UT_HOST_SUMMARY_SINK_H
#define UT_HOST_SUMMARY_SINK_H

#include "host-tools/call/sink.h"

#include <stdio.h>

/* To the stream, or to the file where path is not NULL, which is there once all calls have ended. */
struct ut_sink *ut_summary_sink(FILE *stream, const char *path);

/* To the file, which is there once the first call has ended. */
struct ut_sink *ut_summary_file_sink(const char *path);

#endif
