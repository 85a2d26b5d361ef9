/* SPDX-License-Identifier: Apache-2.0 */
/* One call as a picture: a page that needs nothing else, or a PNG. SPEC.md "Report".
 *
 * in    a finished timeline, the rows of both channels, and the sound where the page is to play it
 * out   text or an image to a stream; what cannot be written shows as the stream's error
 * Errors: 0, or -1 when out of memory.
 */
#ifndef UT_HOST_REPORT_H
#define UT_HOST_REPORT_H

#include "host-tools/call/sink.h"
#include "host-tools/call/timeline.h"
#include "host-tools/reports/rows.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdio.h>

struct ut_report {
    const struct ut_timeline *timeline;
    const struct ut_rows *rows;
    const uint8_t *sound; /* Ogg Opus; NULL = none */
    size_t sound_len;
};

int ut_report_html(const struct ut_report *r, FILE *out);
int ut_report_png(const struct ut_report *r, FILE *out);

enum { UT_REPORT_FILES = 8 };

/* The reports that are wanted of a call; all zero: none. */
struct ut_report_files {
    const char *path[UT_REPORT_FILES]; /* outlive the sink */
    int count;
    bool no_sound; /* pages without audio */
};

/* Adds a report, its kind by the file's ending. 0, or -1 and *fault. */
int ut_report_add(struct ut_report_files *f, const char *path, struct ut_fault *fault);

/* Writes them when a recording's call ends, each whole or not at all. NULL when out of memory. */
struct ut_sink *ut_report_sink(const struct ut_report_files *files);

#endif
