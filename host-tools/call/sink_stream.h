/* SPDX-License-Identifier: Apache-2.0 */
/* What sinks that write text have in common: standard output, or a file that appears whole or not at all.
 *
 * in    a stream of the caller's, or a path
 * out   a place to write from the sink's opening to its close
 * errors host-tools/system/output.h: a stream whose reader has gone is no failure, code 0
 */
#ifndef UT_HOST_SINK_STREAM_H
#define UT_HOST_SINK_STREAM_H

#include "host-tools/call/sink.h"
#include "host-tools/system/output.h"

#include <stddef.h>
#include <stdio.h>

/* The first member of the kind's own struct. */
struct ut_sink_stream {
    struct ut_sink sink;
    FILE *stream;        /* of the caller's, where path is NULL */
    const char *path;    /* outlives the sink */
    struct ut_output to; /* to.file is where the kind writes */
};

/* A zeroed struct of `size` bytes with the above filled in; NULL when out of memory. */
struct ut_sink *ut_sink_stream_new(const struct ut_sink_kind *kind, size_t size, FILE *stream, const char *path);

/* Where to write. */
FILE *ut_sink_stream_file(const struct ut_sink *s);

/* After writing: 0, or -1 once that has failed. */
int ut_sink_stream_check(struct ut_sink *s);

/* Hooks of the kind. */
int ut_sink_stream_open(struct ut_sink *s, struct ut_fault *fault);
int ut_sink_stream_flush(struct ut_sink *s, struct ut_fault *fault);
int ut_sink_stream_close(struct ut_sink *s, bool keep, struct ut_fault *fault);

#endif
