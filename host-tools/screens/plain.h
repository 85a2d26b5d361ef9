/* SPDX-License-Identifier: Apache-2.0 */
/* The call as plain lines: one calm line per event, for logs, pipes and screen readers.
 *
 * in    struct ut_event (host-tools/call/events.h), whose text is the line
 * out   lines on a stream; a status line at most every UT_PLAIN_STATUS_MS of call time, and none while nothing changes
 * Format: SPEC.md "Plain lines".
 */
#ifndef UT_HOST_PLAIN_H
#define UT_HOST_PLAIN_H

#include "host-tools/call/events.h"
#include "host-tools/call/sink.h"
#include "host-tools/call/snapshot.h"

#include <stdint.h>
#include <stdio.h>

enum { UT_PLAIN_STATUS_MS = 5000 };

struct ut_plain {
    FILE *out;
    int64_t status_ms; /* call time of the last status line */
    char status[160];  /* its words */
};

void ut_plain_init(struct ut_plain *p, FILE *out);

/* Every event but scores. 0, or -1 when the stream can no longer be written. */
int ut_plain_event(struct ut_plain *p, const struct ut_event *event);

/* The status line, when one is due. 0 or -1 as above. */
int ut_plain_status(struct ut_plain *p, const struct ut_snapshot *call);

/* Both as a sink (host-tools/call/sink_stream.h): to the stream, or to the file where path is not NULL. NULL when out
 * of memory. */
struct ut_sink *ut_plain_sink(FILE *stream, const char *path);

#endif
