/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/draw.h"

#include "tests/host-tools/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { WIDTH = 200, HEIGHT = 100 };

static const struct ut_draw_colour red = UT_DRAW_RGB(0xc8501e), blue = UT_DRAW_RGB(0x1f6b9e), white = {1, 1, 1};
static struct ut_draw *d;
static struct ut_picture picture;

static int setup(void **state)
{
    (void)state;
    d = ut_draw_open(WIDTH, HEIGHT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_draw_close(d);
    return 0;
}

/* What has been drawn so far; close the picture. */
static void look(void)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(ut_draw_png(d, file), 0);
    assert_int_equal(ut_picture_read(&picture, file), 0);
    fclose(file);
}

static int count(unsigned rgb)
{
    look();
    int n = ut_picture_count(&picture, rgb, 1, 0, WIDTH);
    ut_picture_close(&picture);
    return n;
}

static void a_box_has_its_place_and_colour(void **state)
{
    (void)state;
    look();
    assert_int_equal(picture.width, WIDTH);
    assert_int_equal(picture.height, HEIGHT);
    assert_int_equal(ut_picture_count(&picture, 0, 1, 0, WIDTH), WIDTH * HEIGHT);
    ut_picture_close(&picture);
    ut_draw_colour(d, &white, 1);
    ut_draw_paint(d);
    ut_draw_colour(d, &red, 1);
    ut_draw_box(d, 10, 20, 30, 5);
    ut_draw_fill(d);
    look();
    assert_int_equal(ut_picture_count(&picture, 0xc8501e, 1, 0, WIDTH), 150);
    assert_int_equal(ut_picture_pixel(&picture, 10, 20), 0xc8501e);
    assert_int_equal(ut_picture_pixel(&picture, 39, 24), 0xc8501e);
    assert_int_equal(ut_picture_pixel(&picture, 40, 24), 0xffffff);
    ut_picture_close(&picture);
    ut_draw_colour(d, &red, .5); /* half of it over white */
    ut_draw_box(d, 100, 20, 10, 10);
    ut_draw_fill(d);
    look();
    assert_int_equal(ut_picture_count(&picture, 0xe3a78e, 3, 0, WIDTH), 100);
    ut_picture_close(&picture);
}

static void lines_are_wide_or_dashed(void **state)
{
    (void)state;
    ut_draw_colour(d, &blue, 1);
    ut_draw_width(d, 4);
    ut_draw_move(d, 10, 50);
    ut_draw_line(d, 110, 50);
    ut_draw_stroke(d);
    assert_int_equal(count(0x1f6b9e), 400);
    ut_draw_dash(d, 5, 15);
    ut_draw_move(d, 10, 80);
    ut_draw_line(d, 110, 80);
    ut_draw_stroke(d);
    assert_int_equal(count(0x1f6b9e), 500);
    ut_draw_dash(d, 0, 0);
    ut_draw_line(d, 10, 20); /* begins where nothing was before: no line to it */
    ut_draw_line(d, 60, 20);
    ut_draw_stroke(d);
    assert_int_equal(count(0x1f6b9e), 700);
}

static void nothing_leaves_the_clip(void **state)
{
    (void)state;
    ut_draw_clip(d, 50, 50, 20, 20);
    ut_draw_colour(d, &red, 1);
    ut_draw_paint(d);
    ut_draw_unclip(d);
    assert_int_equal(count(0xc8501e), 400);
    ut_draw_colour(d, &blue, 1);
    ut_draw_paint(d);
    assert_int_equal(count(0x1f6b9e), WIDTH * HEIGHT);
}

static void a_circle_is_alone_in_its_path(void **state)
{
    (void)state;
    ut_draw_colour(d, &red, 1);
    ut_draw_move(d, 0, 0);
    ut_draw_circle(d, 100, 50, 20);
    ut_draw_width(d, 6);
    ut_draw_stroke(d);
    look();
    assert_int_equal(ut_picture_count(&picture, 0, 1, 0, 76), 76 * HEIGHT);
    assert_int_equal(ut_picture_pixel(&picture, 120, 50), 0xc8501e);
    assert_int_equal(ut_picture_pixel(&picture, 100, 50), 0);
    ut_picture_close(&picture);
}

/* The columns that have something in them. */
static void extent(int *first, int *last)
{
    look();
    *first = WIDTH;
    *last = -1;
    for (int x = 0; x < WIDTH; x++)
        if (ut_picture_count(&picture, 0, 1, x, x + 1) < HEIGHT) {
            *first = x < *first ? x : *first;
            *last = x;
        }
    ut_picture_close(&picture);
}

static void text_stands_where_it_is_put(void **state)
{
    (void)state;
    static const double align[] = {0, .5, 1};
    const char *text = "HIH \xc2\xb7 HIH";
    ut_draw_font(d, 14, 0);
    double plain = ut_draw_text_width(d, text);
    assert_true(plain > 30 && plain < 100);
    ut_draw_font(d, 14, 1);
    assert_true(ut_draw_text_width(d, text) > plain);
    ut_draw_font(d, 14, 0);
    for (int i = 0; i < 3; i++) {
        static const struct ut_draw_colour black = {0, 0, 0};
        int first, last;
        ut_draw_colour(d, &black, 1);
        ut_draw_paint(d);
        ut_draw_colour(d, &white, 1);
        ut_draw_text(d, 100, 50, align[i], text);
        extent(&first, &last);
        assert_in_range(first, (int)(100 - align[i] * plain) - 1, (int)(100 - align[i] * plain) + 4);
        assert_in_range(last, (int)(100 + (1 - align[i]) * plain) - 4, (int)(100 + (1 - align[i]) * plain) + 1);
    }
    ut_draw_line(d, 150, 90); /* nothing is drawn from the text's end */
    ut_draw_stroke(d);
    ut_draw_clip(d, 0, 0, 0, 0);
    ut_draw_unclip(d);
    int first, last;
    extent(&first, &last);
    assert_in_range(last, 90, 101);
}

static void text_reads_upwards(void **state)
{
    (void)state;
    int first, last;
    ut_draw_colour(d, &white, 1);
    ut_draw_font(d, 14, 0);
    ut_draw_text_upwards(d, 100, 50, .5, "HIH HIH");
    extent(&first, &last);
    assert_true(first > 80 && last <= 101 && last - first < 16); /* as wide as letters are high, up to the baseline */
}

static void a_text_is_cut_between_words(void **state)
{
    (void)state;
    static const char text[] = "gr\xc3\xb6\xc3\x9f"
                               "er als hier";
    ut_draw_font(d, 12, 0);
    assert_int_equal(ut_draw_text_fit(d, text, 1000), sizeof text - 1);
    assert_int_equal(ut_draw_text_fit(d, text, ut_draw_text_width(d, text)), sizeof text - 1);
    assert_int_equal(ut_draw_text_fit(d, text, ut_draw_text_width(d, text) - 1), 12); /* without "hier" */
    assert_int_equal(ut_draw_text_fit(d, text,
                                      ut_draw_text_width(d, "gr\xc3\xb6\xc3\x9f"
                                                            "er")),
                     8);
    assert_int_equal(ut_draw_text_fit(d, text, ut_draw_text_width(d, "gr\xc3\xb6") + 1), 4); /* a letter is whole */
    assert_int_equal(ut_draw_text_fit(d, text, 1), 0);
    assert_int_equal(ut_draw_text_fit(d, "", 100), 0);
}

static void what_cannot_be_written_is_said(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(ut_draw_png(d, full), 0);
    int failed = ferror(full);
    failed |= fclose(full) != 0;
    assert_true(failed);
    ut_draw_text(d, 10, 10, 0, "\xff\xfe"); /* no text */
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(ut_draw_png(d, file), -1);
    assert_int_equal(ftell(file), 0);
    fclose(file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_box_has_its_place_and_colour), TEST(lines_are_wide_or_dashed),       TEST(nothing_leaves_the_clip),
        TEST(a_circle_is_alone_in_its_path),  TEST(text_stands_where_it_is_put),    TEST(text_reads_upwards),
        TEST(a_text_is_cut_between_words),    TEST(what_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
