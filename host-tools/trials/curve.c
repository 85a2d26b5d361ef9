/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/curve.h"

#include <cairo.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1000, HEIGHT = 640, LEFT = 90, RIGHT = 40, TOP = 100, BOTTOM = 80 };

static const double pi = 3.14159265358979323846;

struct sheet {
    cairo_t *cr;
    double alarms_top; /* at the right edge */
};

double ut_curve_step(double top, int marks)
{
    double power = pow(10, floor(log10(top / marks)));
    for (;; power *= 10)
        for (int k = 0; k < 3; k++) {
            static const double times[3] = {1, 2, 5};
            double step = times[k] * power;
            if (top / step <= marks * (1 + 1e-9))
                return step;
        }
}

static double across(const struct sheet *s, double alarms)
{
    return LEFT + fmin(alarms / s->alarms_top, 1.02) * (WIDTH - LEFT - RIGHT);
}

static double down(double recall)
{
    return HEIGHT - BOTTOM - recall * (HEIGHT - TOP - BOTTOM);
}

static void colour(cairo_t *cr, unsigned rgb)
{
    cairo_set_source_rgb(cr, (rgb >> 16 & 255) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0);
}

/* anchor: 0 = left edge at x, 0.5 = centred, 1 = right edge */
static void text(cairo_t *cr, double x, double y, double size, double anchor, const char *words)
{
    cairo_text_extents_t e;
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, words, &e);
    cairo_move_to(cr, x - anchor * e.x_advance, y);
    cairo_show_text(cr, words);
}

static void line(cairo_t *cr, double x0, double y0, double x1, double y1)
{
    cairo_move_to(cr, x0, y0);
    cairo_line_to(cr, x1, y1);
    cairo_stroke(cr);
}

static void draw_frame(const struct sheet *s, const struct ut_curve *c)
{
    cairo_t *cr = s->cr;
    char mark[40];
    colour(cr, 0xffffff);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    colour(cr, 0x1b2733);
    text(cr, LEFT, 40, 22, 0, c->title);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    colour(cr, 0x5a6875);
    text(cr, LEFT, 66, 14, 0, c->subtitle);
    cairo_set_line_width(cr, 1);
    for (int i = 0; i <= 10; i += 2) {
        colour(cr, 0xe3e8ec);
        line(cr, LEFT, floor(down(i / 10.0)) + 0.5, WIDTH - RIGHT, floor(down(i / 10.0)) + 0.5);
        colour(cr, 0x5a6875);
        snprintf(mark, sizeof mark, "%d %%", 10 * i);
        text(cr, LEFT - 10, down(i / 10.0) + 5, 14, 1, mark);
    }
    double step = ut_curve_step(s->alarms_top, 8);
    for (int i = 0; i * step <= s->alarms_top * (1 + 1e-9); i++) {
        double x = floor(across(s, i * step)) + 0.5;
        colour(cr, 0xe3e8ec);
        line(cr, x, down(0), x, down(1));
        colour(cr, 0x5a6875);
        snprintf(mark, sizeof mark, "%g", i * step);
        text(cr, x, down(0) + 22, 14, 0.5, mark);
    }
    colour(cr, 0x1b2733);
    text(cr, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 22, 15, 0.5, "false alarms per hour");
    cairo_save(cr);
    cairo_translate(cr, 26, (down(0) + down(1)) / 2);
    cairo_rotate(cr, -pi / 2);
    text(cr, 0, 0, 15, 0.5, "labels found");
    cairo_restore(cr);
}

static bool drawable(const struct ut_curve_point *p)
{
    return !isnan(p->alarms) && !isnan(p->recall);
}

static int by_alarms(const void *a, const void *b)
{
    const struct ut_curve_point *x = *(const struct ut_curve_point *const *)a,
                                *y = *(const struct ut_curve_point *const *)b;
    if (x->alarms != y->alarms)
        return x->alarms < y->alarms ? -1 : 1;
    return (x->recall > y->recall) - (x->recall < y->recall);
}

static void dot(cairo_t *cr, double x, double y, double radius, unsigned rgb)
{
    cairo_arc(cr, x, y, radius, 0, 2 * pi);
    colour(cr, 0xffffff);
    cairo_fill(cr);
    cairo_arc(cr, x, y, radius - 1, 0, 2 * pi);
    colour(cr, rgb);
    cairo_fill(cr);
}

/* The front is a stair: more recall is to be had only at the next dot's price. */
static void draw_front(const struct sheet *s, const struct ut_curve_point **front, size_t n)
{
    cairo_t *cr = s->cr;
    for (size_t i = 0; i < n; i++) {
        const struct ut_curve_point *p = front[i];
        double x = across(s, p->alarms), y = down(p->recall);
        cairo_set_line_width(cr, 1.5);
        cairo_set_source_rgba(cr, 0.12, 0.42, 0.62, 0.35);
        if (!isnan(p->recall_low))
            line(cr, x, down(p->recall_low), x, down(p->recall_high));
        if (!isnan(p->alarms_low))
            line(cr, across(s, p->alarms_low), y, across(s, p->alarms_high), y);
    }
    cairo_set_line_width(cr, 2.5);
    colour(cr, 0x1f6b9e);
    for (size_t i = 0; i < n; i++) {
        double x = across(s, front[i]->alarms);
        if (i > 0)
            cairo_line_to(cr, x, down(front[i - 1]->recall));
        cairo_line_to(cr, x, down(front[i]->recall));
    }
    cairo_stroke(cr);
}

static void draw_points(const struct sheet *s, const struct ut_curve *c, const struct ut_curve_point **front, size_t n)
{
    cairo_t *cr = s->cr;
    for (size_t i = 0; i < c->n; i++)
        if (drawable(&c->point[i]) && !c->point[i].front)
            dot(cr, across(s, c->point[i].alarms), down(c->point[i].recall), 5, 0xa7b2bc);
    double last_x = -1000, last_y = -1000;
    for (size_t i = 0; i < n; i++) {
        double x = across(s, front[i]->alarms), y = down(front[i]->recall);
        dot(cr, x, y, 7, 0x1f6b9e);
        if (!front[i]->chosen && (fabs(x - last_x) > 110 || fabs(y - last_y) > 18)) {
            colour(cr, 0x1f6b9e);
            text(cr, x + 10, y + 18, 13, 0, front[i]->label);
            last_x = x;
            last_y = y;
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct ut_curve_point *p = &c->point[i];
        if (!p->in_force || !drawable(p))
            continue;
        cairo_new_path(cr);
        cairo_arc(cr, across(s, p->alarms), down(p->recall), 13, 0, 2 * pi);
        cairo_set_line_width(cr, 2);
        colour(cr, 0x1b2733);
        cairo_stroke(cr);
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct ut_curve_point *p = &c->point[i];
        if (!p->chosen || !drawable(p))
            continue;
        char words[300];
        double x = across(s, p->alarms), y = down(p->recall);
        bool left = x > WIDTH * 0.6;
        dot(cr, x, y, 10, 0xc8501e);
        snprintf(words, sizeof words, "chosen: %.200s", p->label);
        colour(cr, 0xc8501e);
        cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
        text(cr, left ? x - 12 : x + 12, y - 12, 15, left ? 1 : 0, words);
        cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    }
}

static void draw_key(cairo_t *cr)
{
    static const struct {
        unsigned rgb;
        const char *words;
    } key[] = {{0xc8501e, "chosen"}, {0x1f6b9e, "front, with 95 % intervals"}, {0xa7b2bc, "other settings"}};
    double x = WIDTH - RIGHT;
    for (int i = 2; i >= 0; i--) {
        cairo_text_extents_t e;
        cairo_set_font_size(cr, 13);
        cairo_text_extents(cr, key[i].words, &e);
        x -= e.x_advance;
        colour(cr, 0x5a6875);
        text(cr, x, 90, 13, 0, key[i].words);
        dot(cr, x - 12, 85, 6, key[i].rgb);
        x -= 36;
    }
    cairo_text_extents_t e;
    cairo_text_extents(cr, "in force now", &e);
    x -= e.x_advance;
    colour(cr, 0x5a6875);
    text(cr, x, 90, 13, 0, "in force now");
    cairo_new_path(cr);
    cairo_arc(cr, x - 12, 85, 6, 0, 2 * pi);
    cairo_set_line_width(cr, 2);
    colour(cr, 0x1b2733);
    cairo_stroke(cr);
}

int ut_curve_png(const struct ut_curve *c, const char *path, struct ut_fault *fault)
{
    const struct ut_curve_point **front = calloc(c->n + 1, sizeof *front);
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    struct sheet s = {.cr = cairo_create(surface)};
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!drawable(&c->point[i]))
            continue;
        s.alarms_top = fmax(s.alarms_top, c->point[i].alarms * 1.05);
        if (front != NULL && c->point[i].front)
            front[n++] = &c->point[i];
    }
    s.alarms_top = s.alarms_top > 0 ? s.alarms_top : 1;
    if (n > 0)
        qsort(front, n, sizeof front[0], by_alarms);
    draw_frame(&s, c);
    draw_front(&s, front, n);
    draw_points(&s, c, front, n);
    draw_key(s.cr);
    free(front);
    cairo_status_t status = cairo_status(s.cr);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_write_to_png(surface, path);
    cairo_destroy(s.cr);
    cairo_surface_destroy(surface);
    if (status != CAIRO_STATUS_SUCCESS)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", path,
                            cairo_status_to_string(status));
    return 0;
}
