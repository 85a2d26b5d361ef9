/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/bars.h"

#include <math.h>

struct row {
    double end, full; /* of its last box; of that with its title */
    struct ut_bar *last;
};

static void place_box(struct ut_bar *b, double left, double right)
{
    b->w = fmin(right - left, fmax(b->end - b->begin, b->number));
    b->x = fmax(left, fmin(b->begin, right - b->w));
}

/* As if nothing else stood there. */
static void place_title(struct ut_bar *b, double left, double right)
{
    double end = b->x + b->w, wanted = b->title + 2 * UT_BARS_GAP;
    if (b->w >= b->number + b->title + UT_BARS_GAP)
        b->place = UT_BAR_INSIDE;
    else
        b->place = end + wanted <= right || b->x - left < right - end ? UT_BAR_RIGHT : UT_BAR_LEFT;
    double beside = b->place == UT_BAR_RIGHT ? right - end : b->x - left;
    b->room = b->place == UT_BAR_INSIDE ? b->title : fmin(b->title, beside - 2 * UT_BARS_GAP);
}

/* The first row with room for box and title; -1 = none. */
static int free_row(const struct row *row, int rows, const struct ut_bar *b)
{
    double from = b->place == UT_BAR_LEFT ? b->x - b->room - 2 * UT_BARS_GAP : b->x;
    for (int r = 0; r < rows; r++)
        if (row[r].full <= from)
            return r;
    return -1;
}

/* The row with room for the box where titles lose least; -1 = none. */
static int tight_row(const struct row *row, int rows, const struct ut_bar *b)
{
    int best = -1;
    for (int r = 0; r < rows; r++)
        if (row[r].end <= b->x && (best < 0 || row[r].full < row[best].full))
            best = r;
    return best;
}

static void cut_titles(const struct row *row, struct ut_bar *b)
{
    struct ut_bar *before = row->last;
    if (before->place == UT_BAR_RIGHT)
        before->room = fmin(before->room, b->x - before->x - before->w - 2 * UT_BARS_GAP);
    if (b->place == UT_BAR_LEFT)
        b->room = fmin(b->room, b->x - row->full - 2 * UT_BARS_GAP);
}

static int least_row(const struct row *row, int rows)
{
    int best = 0;
    for (int r = 1; r < rows; r++)
        if (row[r].end < row[best].end)
            best = r;
    return best;
}

int ut_bars_lay_out(struct ut_bar *bar, size_t n, double left, double right, int rows)
{
    struct row row[UT_BARS_ROWS_MAX];
    int used = 0;
    for (size_t i = 0; i < n; i++) {
        struct ut_bar *b = &bar[i];
        place_box(b, left, right);
        place_title(b, left, right);
        int r = free_row(row, used, b);
        if (r < 0 && used >= rows && (r = tight_row(row, used, b)) >= 0)
            cut_titles(&row[r], b);
        if (r < 0)
            r = used < UT_BARS_ROWS_MAX ? used++ : least_row(row, used);
        b->row = r;
        double end = b->x + b->w + 2;
        row[r] = (struct row){
            .end = end, .full = b->place == UT_BAR_RIGHT ? end + b->room + 2 * UT_BARS_GAP : end, .last = b};
    }
    return used > 0 ? used : 1;
}
