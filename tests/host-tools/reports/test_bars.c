/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/bars.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LEFT = 200, RIGHT = 1200, NUMBER = 20, TITLE = 150, MANY = 300, GAP = UT_BARS_GAP };

static struct ut_bar bar[MANY];

static void span(size_t i, double begin, double end)
{
    bar[i] = (struct ut_bar){.begin = begin, .end = end, .number = NUMBER, .title = TITLE};
}

/* From where to where a bar and its title take their row. */
static void reach(const struct ut_bar *b, double *from, double *to)
{
    double beside = b->place == UT_BAR_INSIDE || b->room <= 0 ? 0 : b->room + GAP;
    *from = b->x - (b->place == UT_BAR_LEFT ? beside : 0);
    *to = b->x + b->w + (b->place == UT_BAR_RIGHT ? beside : 0);
}

static void nothing_covers_anything(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double a, b, c, d;
        reach(&bar[i], &a, &b);
        assert_true(a >= LEFT && b <= RIGHT);
        assert_true(bar[i].w >= NUMBER && bar[i].room <= TITLE);
        for (size_t k = 0; k < i; k++) {
            reach(&bar[k], &c, &d);
            assert_true(bar[k].row != bar[i].row || b <= c || d <= a);
        }
    }
}

static void a_title_stands_where_there_is_room(void **state)
{
    (void)state;
    span(0, 300, 600);
    span(1, 700, 705);
    span(2, 1100, 1150);
    assert_int_equal(ut_bars_lay_out(bar, 3, LEFT, RIGHT, 6), 1);
    assert_true(bar[0].place == UT_BAR_INSIDE && bar[0].x == 300 && bar[0].w == 300 && bar[0].room == TITLE);
    assert_true(bar[1].place == UT_BAR_RIGHT && bar[1].x == 700 && bar[1].w == NUMBER && bar[1].room == TITLE);
    assert_true(bar[2].place == UT_BAR_LEFT && bar[2].x == 1100 && bar[2].w == 50 && bar[2].room == TITLE);
    nothing_covers_anything(3);
}

/* However late it opens, and whether or not it closes: its number and its box lie within the plot. */
static void the_last_cue_has_number_and_bar(void **state)
{
    (void)state;
    static const double begins[] = {1150, 1181, 1199, 1199.99, RIGHT};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        span(0, LEFT, RIGHT);
        span(1, begins[i], RIGHT);
        assert_int_equal(ut_bars_lay_out(bar, 2, LEFT, RIGHT, 6), 2);
        assert_true(bar[1].x + bar[1].w == RIGHT && bar[1].w >= NUMBER && bar[1].x <= begins[i]);
        assert_true(bar[1].place == UT_BAR_LEFT && bar[1].room == TITLE);
        nothing_covers_anything(2);
    }
}

static void a_row_is_used_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++)
        span(i, 200 + 190 * (double)i, 210 + 190 * (double)i);
    assert_int_equal(ut_bars_lay_out(bar, 5, LEFT, RIGHT, 6), 1);
    for (size_t i = 0; i < 5; i++)
        assert_true(bar[i].row == 0 && bar[i].room == TITLE);
    span(2, 400, 410); /* 170 pixels after the one before, in place of 190 */
    assert_int_equal(ut_bars_lay_out(bar, 5, LEFT, RIGHT, 6), 2);
    assert_true(bar[2].row == 1 && bar[1].room == TITLE && bar[3].row == 0);
    nothing_covers_anything(5);
}

/* With no more rows than are wished titles give way, not boxes. */
static void titles_give_way(void **state)
{
    (void)state;
    span(0, 300, 310);
    span(1, 400, 410);
    span(2, 405, 500);
    assert_int_equal(ut_bars_lay_out(bar, 3, LEFT, RIGHT, 1), 2); /* boxes 1 and 2 need two */
    assert_true(bar[0].row == 0 && bar[1].row == 0 && bar[2].row == 1);
    assert_true(bar[0].room == 400 - 300 - NUMBER - 2 * GAP);
    assert_true(bar[1].room == TITLE);
    span(0, 1000, 1170);
    span(1, 1175, 1180); /* its title would stand left of it, where a box is */
    assert_int_equal(ut_bars_lay_out(bar, 2, LEFT, RIGHT, 1), 1);
    assert_true(bar[1].place == UT_BAR_LEFT && bar[1].room <= 0 && bar[1].x == 1175);
    nothing_covers_anything(2);
}

static void whatever_the_call_nothing_is_covered(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 400; round++) {
        size_t n = 1 + (size_t)round % 60;
        int wished = 1 + round % 7, used;
        double begin = LEFT;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            begin = fmin(RIGHT, begin + (double)(seed >> 16 & 31) * 60 / (double)n);
            seed = seed * 1664525 + 1013904223;
            span(i, begin, fmin(RIGHT, begin + (double)(seed >> 16 & 255) / (1 + round % 5)));
        }
        used = ut_bars_lay_out(bar, n, LEFT, RIGHT, wished);
        if (used == UT_BARS_ROWS_MAX)
            continue; /* more boxes at once than rows */
        nothing_covers_anything(n);
        int deepest = 0; /* how many boxes lie above one place */
        for (size_t i = 0; i < n; i++) {
            int depth = 0;
            assert_in_range(bar[i].row, 0, used - 1);
            for (size_t k = 0; k < n; k++)
                depth += bar[k].x < bar[i].x + 2 && bar[k].x + bar[k].w + 2 > bar[i].x;
            deepest = depth > deepest ? depth : deepest;
        }
        assert_true(used <= (wished > deepest ? wished : deepest));
    }
}

static void too_many_at_once_share_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        span(i, 500, 501);
    assert_int_equal(ut_bars_lay_out(bar, MANY, LEFT, RIGHT, 6), UT_BARS_ROWS_MAX);
    for (size_t i = 0; i < MANY; i++)
        assert_true(bar[i].row < UT_BARS_ROWS_MAX && bar[i].x == 500 && bar[i].w == NUMBER);
    assert_int_equal(ut_bars_lay_out(bar, 0, LEFT, RIGHT, 6), 1);
}

static void a_title_wider_than_the_plot_is_cut(void **state)
{
    (void)state;
    span(0, 600, 605);
    bar[0].title = 5000;
    assert_int_equal(ut_bars_lay_out(bar, 1, LEFT, RIGHT, 6), 1);
    assert_true(bar[0].place == UT_BAR_RIGHT && bar[0].room == RIGHT - 600 - NUMBER - 2 * GAP);
    span(0, 900, 905);
    bar[0].title = 5000;
    assert_int_equal(ut_bars_lay_out(bar, 1, LEFT, RIGHT, 6), 1);
    assert_true(bar[0].place == UT_BAR_LEFT && bar[0].room == 900 - LEFT - 2 * GAP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_title_stands_where_there_is_room),
        cmocka_unit_test(the_last_cue_has_number_and_bar),
        cmocka_unit_test(a_row_is_used_again),
        cmocka_unit_test(titles_give_way),
        cmocka_unit_test(whatever_the_call_nothing_is_covered),
        cmocka_unit_test(too_many_at_once_share_rows),
        cmocka_unit_test(a_title_wider_than_the_plot_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
