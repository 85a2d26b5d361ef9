/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bars of a call's cues stand, with their numbers and their titles, so that none covers another.
 *
 * in    what each spans, in order of its begin, and how wide its texts are; all in pixels
 * out   a row, a box and the room of the title for each. The box spans the cue, or is as wide as its number and within
 *       the plot. The title stands in it, else right of it, else left of it. Rows are added for titles up to a number
 *       that is wished; then titles are cut short; boxes alone get rows up to UT_BARS_ROWS_MAX.
 * The page lays out its own at every zoom, by the same rules: layBars in report_page.html. SPEC.md "Report".
 */
#ifndef UT_HOST_BARS_H
#define UT_HOST_BARS_H

#include <stddef.h>

enum { UT_BARS_ROWS_MAX = 24, UT_BARS_GAP = 4 /* around a title */ };

enum ut_bar_place { UT_BAR_INSIDE, UT_BAR_RIGHT, UT_BAR_LEFT };

struct ut_bar {
    double begin, end, number, title; /* what it spans; widths of the number with its margins and of the title */
    double x, w;                      /* the box */
    int row;                          /* from 0 */
    enum ut_bar_place place;          /* of the title */
    double room;                      /* for the title, without its gaps; may be too little for any letter */
};

/* Returns the rows that are used, 1 at least. left, right: the plot's edges. */
int ut_bars_lay_out(struct ut_bar *bar, size_t n, double left, double right, int rows);

#endif
