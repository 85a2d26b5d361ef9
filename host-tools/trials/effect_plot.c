/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/effect_plot.h"

#include "host-tools/system/draw.h"
#include "host-tools/system/output.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 1000, ROW = 64, LEFT = 330, RIGHT = 60, TOP = 100, BOTTOM = 70 };

static const struct ut_draw_colour paper = UT_DRAW_RGB(0xffffff), ink = UT_DRAW_RGB(0x1b2733),
                                   muted = UT_DRAW_RGB(0x5a6875), faint = UT_DRAW_RGB(0xe3e8ec),
                                   real = UT_DRAW_RGB(0xc8501e), open_case = UT_DRAW_RGB(0x1f6b9e);

/* A difference as a share of the mean without cues, at the picture's edge at most. */
static double across(double difference, double mean, double edge)
{
    double share = fmax(-edge, fmin(edge, difference / mean));
    return LEFT + (share + edge) / (2 * edge) * (WIDTH - LEFT - RIGHT);
}

static double farthest(const struct ut_effect_figure *f)
{
    double edge = 0.1;
    for (int m = 0; m < UT_EFFECT_MEASURES; m++)
        if (f[m].verdict != UT_EFFECT_TOO_LITTLE && f[m].mean[1] > 0)
            edge = fmax(edge, fmax(fabs(f[m].low), fabs(f[m].high)) / f[m].mean[1]);
    return fmin(2, ceil(edge * 10) / 10);
}

static void line(struct ut_draw *d, double x0, double y0, double x1, double y1)
{
    ut_draw_move(d, x0, y0);
    ut_draw_line(d, x1, y1);
    ut_draw_stroke(d);
}

static void put_row(struct ut_draw *d, const struct ut_effect_figure *f, const char *name, double y, double edge)
{
    ut_draw_colour(d, &ink, 1);
    ut_draw_font(d, 15, 0);
    ut_draw_text(d, LEFT - 20, y + 5, 1, name);
    if (f->verdict == UT_EFFECT_TOO_LITTLE || f->mean[1] <= 0) {
        ut_draw_colour(d, &muted, 1);
        ut_draw_text(d, LEFT + (WIDTH - LEFT - RIGHT) / 2.0 + 12, y + 5, 0, "too few calls");
        return;
    }
    const struct ut_draw_colour *colour = f->verdict == UT_EFFECT_REAL ? &real : &open_case;
    ut_draw_colour(d, colour, 1);
    ut_draw_width(d, 3);
    line(d, across(f->low, f->mean[1], edge), y, across(f->high, f->mean[1], edge), y);
    ut_draw_circle(d, across(f->difference, f->mean[1], edge), y, 7);
    ut_draw_fill(d);
}

int ut_effect_png(const struct ut_effect_figure figure[UT_EFFECT_MEASURES], const char *const name[UT_EFFECT_MEASURES],
                  const char *title, const char *path, struct ut_fault *fault)
{
    const int height = TOP + UT_EFFECT_MEASURES * ROW + BOTTOM;
    struct ut_draw *d = ut_draw_open(WIDTH, height);
    struct ut_output out;
    double edge = farthest(figure);
    char mark[20];
    ut_draw_colour(d, &paper, 1);
    ut_draw_paint(d);
    ut_draw_colour(d, &ink, 1);
    ut_draw_font(d, 22, 1);
    ut_draw_text(d, 40, 40, 0, "What cues change");
    ut_draw_font(d, 14, 0);
    ut_draw_colour(d, &muted, 1);
    ut_draw_text(d, 40, 66, 0, title);
    for (int i = -2; i <= 2; i++) {
        double x = across(edge * i / 2, 1, edge);
        ut_draw_colour(d, i == 0 ? &muted : &faint, 1);
        ut_draw_width(d, 1);
        line(d, floor(x) + 0.5, TOP, floor(x) + 0.5, height - BOTTOM);
        ut_draw_colour(d, &muted, 1);
        (void)snprintf(mark, sizeof mark, "%+.0f %%", 50 * edge * i);
        ut_draw_text(d, x, height - BOTTOM + 22, 0.5, i == 0 ? "0" : mark);
    }
    for (int m = 0; m < UT_EFFECT_MEASURES; m++)
        put_row(d, &figure[m], name[m], TOP + ROW * (m + 0.5), edge);
    ut_draw_colour(d, &ink, 1);
    ut_draw_font(d, 14, 0);
    ut_draw_text(d, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, height - 18, 0.5,
                 "with cues less held out, of the mean held out; 95 % intervals; orange: real");
    int r = ut_output_open(&out, path, fault);
    if (r == 0 && ut_draw_png(d, out.file) == 0) {
        r = ut_output_commit(&out, fault);
    } else if (r == 0) {
        ut_output_abandon(&out);
        r = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be drawn; close other programs", path);
    }
    ut_draw_close(d);
    return r;
}
