/* SPDX-License-Identifier: Apache-2.0 */
/* One call as a picture: a page that needs nothing else, or a PNG. SPEC.md "Report".
 *
 * in    a finished timeline, the rows of both channels, and the sound where the page is to play it
 * out   text or an image to a stream; what cannot be written shows as the stream's error
 * Errors: 0, or -1 when out of memory.
 */
#ifndef UT_HOST_REPORT_H
#define UT_HOST_REPORT_H

#include "host-tools/call/timeline.h"
#include "host-tools/reports/rows.h"

#include <stdio.h>

struct ut_report {
    const struct ut_timeline *timeline;
    const struct ut_rows *rows;
    const uint8_t *sound; /* Ogg Opus; NULL = none */
    size_t sound_len;
};

int ut_report_html(const struct ut_report *r, FILE *out);
int ut_report_png(const struct ut_report *r, FILE *out);

#endif
