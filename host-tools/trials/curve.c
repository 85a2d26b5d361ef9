/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/curve.h"

#include "host-tools/system/draw.h"
#include "host-tools/system/output.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 1000, HEIGHT = 640, LEFT = 90, RIGHT = 40, TOP = 100, BOTTOM = 80 };

static const struct ut_draw_colour paper = UT_DRAW_RGB(0xffffff), ink = UT_DRAW_RGB(0x1b2733),
                                   muted = UT_DRAW_RGB(0x5a6875), faint = UT_DRAW_RGB(0xe3e8ec),
                                   front_colour = UT_DRAW_RGB(0x1f6b9e), interval = {0.12, 0.42, 0.62},
                                   chosen = UT_DRAW_RGB(0xc8501e), other = UT_DRAW_RGB(0xa7b2bc);

struct sheet {
    struct ut_draw *d;
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

/* Words of this size; align as ut_draw_text. */
static void words(struct ut_draw *d, double x, double y, double size, double align, const char *text)
{
    ut_draw_font(d, size, 0);
    ut_draw_text(d, x, y, align, text);
}

static void bold(struct ut_draw *d, double x, double y, double size, double align, const char *text)
{
    ut_draw_font(d, size, 1);
    ut_draw_text(d, x, y, align, text);
}

static void line(struct ut_draw *d, double x0, double y0, double x1, double y1)
{
    ut_draw_move(d, x0, y0);
    ut_draw_line(d, x1, y1);
    ut_draw_stroke(d);
}

static void draw_frame(const struct sheet *s, const struct ut_curve *c)
{
    struct ut_draw *d = s->d;
    char mark[40];
    ut_draw_colour(d, &paper, 1);
    ut_draw_paint(d);
    ut_draw_colour(d, &ink, 1);
    bold(d, LEFT, 40, 22, 0, c->title);
    ut_draw_colour(d, &muted, 1);
    words(d, LEFT, 66, 14, 0, c->subtitle);
    ut_draw_width(d, 1);
    for (int i = 0; i <= 10; i += 2) {
        ut_draw_colour(d, &faint, 1);
        line(d, LEFT, floor(down(i / 10.0)) + 0.5, WIDTH - RIGHT, floor(down(i / 10.0)) + 0.5);
        ut_draw_colour(d, &muted, 1);
        snprintf(mark, sizeof mark, "%d %%", 10 * i);
        words(d, LEFT - 10, down(i / 10.0) + 5, 14, 1, mark);
    }
    double step = ut_curve_step(s->alarms_top, 8);
    for (int i = 0; i * step <= s->alarms_top * (1 + 1e-9); i++) {
        double x = floor(across(s, i * step)) + 0.5;
        ut_draw_colour(d, &faint, 1);
        line(d, x, down(0), x, down(1));
        ut_draw_colour(d, &muted, 1);
        snprintf(mark, sizeof mark, "%g", i * step);
        words(d, x, down(0) + 22, 14, 0.5, mark);
    }
    ut_draw_colour(d, &ink, 1);
    words(d, LEFT + (WIDTH - LEFT - RIGHT) / 2.0, HEIGHT - 22, 15, 0.5, "false alarms per hour");
    ut_draw_text_upwards(d, 26, (down(0) + down(1)) / 2, 0.5, "labels found");
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

static void dot(struct ut_draw *d, double x, double y, double radius, const struct ut_draw_colour *colour)
{
    ut_draw_colour(d, &paper, 1);
    ut_draw_circle(d, x, y, radius);
    ut_draw_fill(d);
    ut_draw_colour(d, colour, 1);
    ut_draw_circle(d, x, y, radius - 1);
    ut_draw_fill(d);
}

/* Around the setting in force. */
static void ring(struct ut_draw *d, double x, double y, double radius)
{
    ut_draw_colour(d, &ink, 1);
    ut_draw_width(d, 2);
    ut_draw_circle(d, x, y, radius);
    ut_draw_stroke(d);
}

/* The front is a stair: more recall is to be had only at the next dot's price. */
static void draw_front(const struct sheet *s, const struct ut_curve_point **front, size_t n)
{
    struct ut_draw *d = s->d;
    for (size_t i = 0; i < n; i++) {
        const struct ut_curve_point *p = front[i];
        double x = across(s, p->alarms), y = down(p->recall);
        ut_draw_width(d, 1.5);
        ut_draw_colour(d, &interval, 0.35);
        if (!isnan(p->recall_low))
            line(d, x, down(p->recall_low), x, down(p->recall_high));
        if (!isnan(p->alarms_low))
            line(d, across(s, p->alarms_low), y, across(s, p->alarms_high), y);
    }
    ut_draw_width(d, 2.5);
    ut_draw_colour(d, &front_colour, 1);
    for (size_t i = 0; i < n; i++) {
        double x = across(s, front[i]->alarms);
        if (i > 0)
            ut_draw_line(d, x, down(front[i - 1]->recall));
        ut_draw_line(d, x, down(front[i]->recall));
    }
    ut_draw_stroke(d);
}

static void draw_points(const struct sheet *s, const struct ut_curve *c, const struct ut_curve_point **front, size_t n)
{
    struct ut_draw *d = s->d;
    for (size_t i = 0; i < c->n; i++)
        if (drawable(&c->point[i]) && !c->point[i].front)
            dot(d, across(s, c->point[i].alarms), down(c->point[i].recall), 5, &other);
    double last_x = -1000, last_y = -1000;
    for (size_t i = 0; i < n; i++) {
        double x = across(s, front[i]->alarms), y = down(front[i]->recall);
        dot(d, x, y, 7, &front_colour);
        if (!front[i]->chosen && (fabs(x - last_x) > 110 || fabs(y - last_y) > 18)) {
            ut_draw_colour(d, &front_colour, 1);
            words(d, x + 10, y + 18, 13, 0, front[i]->label);
            last_x = x;
            last_y = y;
        }
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct ut_curve_point *p = &c->point[i];
        if (!p->in_force || !drawable(p))
            continue;
        ring(d, across(s, p->alarms), down(p->recall), 13);
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct ut_curve_point *p = &c->point[i];
        if (!p->chosen || !drawable(p))
            continue;
        char label[300];
        double x = across(s, p->alarms), y = down(p->recall);
        bool left = x > WIDTH * 0.6;
        dot(d, x, y, 10, &chosen);
        snprintf(label, sizeof label, "chosen: %.200s", p->label);
        ut_draw_colour(d, &chosen, 1);
        bold(d, left ? x - 12 : x + 12, y - 12, 15, left ? 1 : 0, label);
    }
}

static void draw_key(struct ut_draw *d)
{
    static const struct {
        const struct ut_draw_colour *colour; /* NULL = a ring */
        const char *words;
    } key[] = {{NULL, "in force now"},
               {&chosen, "chosen"},
               {&front_colour, "front, with 95 % intervals"},
               {&other, "other settings"}};
    double x = WIDTH - RIGHT;
    for (int i = 3; i >= 0; i--) {
        ut_draw_font(d, 13, 0);
        x -= ut_draw_text_width(d, key[i].words);
        ut_draw_colour(d, &muted, 1);
        ut_draw_text(d, x, 90, 0, key[i].words);
        if (key[i].colour != NULL)
            dot(d, x - 12, 85, 6, key[i].colour);
        else
            ring(d, x - 12, 85, 6);
        x -= 36;
    }
}

/* Writes the drawn picture. 0, or -1 and *fault. */
static int write_png(struct ut_draw *d, const char *path, struct ut_fault *fault)
{
    struct ut_output out;
    if (ut_output_open(&out, path, fault) != 0)
        return -1;
    if (ut_draw_png(d, out.file) == 0)
        return ut_output_commit(&out, fault);
    ut_output_abandon(&out);
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be drawn; close other programs", path);
}

int ut_curve_png(const struct ut_curve *c, const char *path, struct ut_fault *fault)
{
    const struct ut_curve_point **front = calloc(c->n + 1, sizeof *front);
    struct sheet s = {.d = ut_draw_open(WIDTH, HEIGHT)};
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
    draw_key(s.d);
    free(front);
    int result = write_png(s.d, path, fault);
    ut_draw_close(s.d);
    return result;
}
