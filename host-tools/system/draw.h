/* SPDX-License-Identifier: Apache-2.0 */
/* A canvas to draw on, and its PNG: the wrapper of cairo.
 *
 * in    places and sizes in pixels from the top left corner; colours as shares 0..1 of red, green and blue
 * out   an opaque picture, at first black; the same calls give the same bytes with the same fonts installed
 * errors none while drawing: what went wrong, out of memory as a rule, is the result of ut_draw_png
 * Lines and boxes gather in a path, which ut_draw_stroke or ut_draw_fill then draws and clears.
 */
#ifndef UT_HOST_DRAW_H
#define UT_HOST_DRAW_H

#include <stdio.h>

struct ut_draw;

struct ut_draw_colour {
    double r, g, b;
};

/* As an initializer, of 0xRRGGBB. */
#define UT_DRAW_RGB(rgb)                                                                                               \
    {                                                                                                                  \
        ((rgb) >> 16 & 255) / 255.0, ((rgb) >> 8 & 255) / 255.0, ((rgb)&255) / 255.0                                   \
    }

/* Never NULL; close it in any case. */
struct ut_draw *ut_draw_open(int width, int height);
void ut_draw_close(struct ut_draw *d);

/* Writes the picture. 0, also when the stream has an error (ferror), or -1 when there is none to write. */
int ut_draw_png(struct ut_draw *d, FILE *out);

/* What is drawn next: its colour, its strokes' width and dashes (on = 0: solid), its letters. */
void ut_draw_colour(struct ut_draw *d, const struct ut_draw_colour *colour, double alpha);
void ut_draw_width(struct ut_draw *d, double width);
void ut_draw_dash(struct ut_draw *d, double on, double off);
void ut_draw_font(struct ut_draw *d, double size, int bold);

/* The path. A line begins at the last place, or there when there is none. */
void ut_draw_move(struct ut_draw *d, double x, double y);
void ut_draw_line(struct ut_draw *d, double x, double y);
void ut_draw_box(struct ut_draw *d, double x, double y, double w, double h);
void ut_draw_circle(struct ut_draw *d, double x, double y, double radius); /* alone in its path */
void ut_draw_stroke(struct ut_draw *d);
void ut_draw_fill(struct ut_draw *d);

/* Fills the whole canvas, or what ut_draw_clip left of it. */
void ut_draw_paint(struct ut_draw *d);

/* Until ut_draw_unclip nothing is drawn outside of this box, and what was set since is forgotten then. */
void ut_draw_clip(struct ut_draw *d, double x, double y, double w, double h);
void ut_draw_unclip(struct ut_draw *d);

/* UTF-8. align: 0 = begins at x, 0.5 = centred there, 1 = ends there; y is the baseline. */
void ut_draw_text(struct ut_draw *d, double x, double y, double align, const char *text);
void ut_draw_text_upwards(struct ut_draw *d, double x, double y, double align, const char *text); /* read from below */
double ut_draw_text_width(struct ut_draw *d, const char *text);

/* How many bytes of the text fit: all of them, else up to a blank, else up to any letter; 0 = not even one. */
size_t ut_draw_text_fit(struct ut_draw *d, const char *text, double room);

#endif
