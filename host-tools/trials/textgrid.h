/* SPDX-License-Identifier: Apache-2.0 */
/* TextGrids as Praat writes them, in its long or short form of text: tiers of intervals or of points with a text each.
 *
 * in    text, which is cut up. As in Praat only words in quotes, numbers and <flags> that stand alone count, and
 *       nothing behind a ! that does; a doubled quote is a quote
 * out   tiers and marks (marks.h); intervals without a text are passed over
 * errors UT_EXIT_INDEX what is no TextGrid, or ends in its middle, with the line; out of memory
 * https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
 */
#ifndef UT_HOST_TEXTGRID_H
#define UT_HOST_TEXTGRID_H

#include "host-tools/trials/marks.h"

#include <stdbool.h>

/* Whether the text begins as a text file of Praat's. */
bool ut_textgrid_is(const char *text);

/* Adds to *m. 0, or -1 and *fault. */
int ut_textgrid_parse(struct ut_marks *m, char *text, const char *file, struct ut_fault *fault);

#endif
