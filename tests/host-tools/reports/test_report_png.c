/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/report.h"

#include "host-tools/reports/bars.h"
#include "host-tools/reports/lanes.h"
#include "tests/host-tools/example_call.h"
#include "tests/host-tools/heard.h"
#include "tests/host-tools/picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_timeline t;
static struct ut_heard heard;
static struct ut_picture image;

static void make(void)
{
    struct ut_report report = {.timeline = &t, .rows = &heard.rows};
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(ut_report_png(&report, file), 0);
    if (image.image != NULL)
        ut_picture_close(&image);
    assert_int_equal(ut_picture_read(&image, file), 0);
    fclose(file);
}

/* Pixels of about this colour between two shares of the width. */
static int count(unsigned rgb, double from, double to)
{
    return ut_picture_count(&image, rgb, 8, (int)(from * image.width), (int)(to * image.width));
}

static int setup(void **state)
{
    (void)state;
    static int16_t noise[2 * 16000];
    uint32_t seed = 5;
    ut_example_make(&t);
    int failed = ut_heard_begin(&heard);
    for (size_t i = 0; i < 16000; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[2 * i] = (int16_t)(seed >> 17);
    }
    for (int second = 0; second < 20; second++)
        failed |= ut_heard_push(&heard, noise, 16000);
    ut_rows_finish(&heard.rows, &heard.call);
    return failed;
}

static int teardown(void **state)
{
    (void)state;
    if (image.image != NULL)
        ut_picture_close(&image);
    image.image = NULL;
    ut_rows_free(&heard.rows);
    ut_timeline_free(&t);
    return 0;
}

static void everything_is_in_the_picture(void **state)
{
    (void)state;
    make();
    assert_int_equal(image.width, 1600);
    assert_in_range(image.height, 600, 1400);
    assert_true(count(0x1f6fb3, 0.12, 1) > 20000);  /* the customer's waveform */
    assert_true(count(0xc9520f, 0.12, 1) > 50);     /* frustration, the interruption */
    assert_true(count(0x0d8073, 0.12, 1) > 50);     /* delight */
    assert_true(count(0x664ab5, 0.5, 0.75) > 1000); /* the cue from 9.25 to 12 s */
}

/* The plot ends at 1576; a box for a number of one digit is about 20 wide. */
static void the_last_cue_has_its_number_and_its_bar(void **state)
{
    (void)state;
    enum { CUE = 0x664ab5, INK = 0x1c2129, END = 1576 };
    make();
    assert_int_equal(ut_picture_count(&image, CUE, 8, END - 15, END), 0);
    assert_int_equal(ut_picture_count(&image, INK, 8, END - 80, END - 24), 0);
    ut_example_cue(&t, UT_CUE_SILENCE, 19990, 20000, 10); /* half a pixel */
    ut_timeline_finish(&t, 20000);
    make();
    int box = ut_picture_count(&image, CUE, 8, END - 15, END);
    assert_in_range(box, 100, 15 * (UT_LANES_CUE_H - 5) - 10);                   /* filled, but for its number */
    assert_true(ut_picture_count(&image, INK, 8, END - 80, END - 24) > 30);      /* the title, left of it */
    assert_int_equal(ut_picture_count(&image, CUE, 8, END + 1, image.width), 0); /* nothing beyond the plot */
}

static void a_gauge_is_dashed(void **state)
{
    (void)state;
    static const enum ut_cue_display displays[] = {UT_DISPLAY_SHOWN, UT_DISPLAY_GAUGE, UT_DISPLAY_ARROW};
    int inked[3];
    for (size_t i = 0; i < 3; i++) {
        ut_timeline_free(&t);
        ut_example_make(&t);
        struct ut_cue_change c = {.what = UT_CUE_OPENED,
                                  .cue = UT_CUE_SILENCE,
                                  .t_ms = 14000,
                                  .display = displays[i],
                                  .title = "Long silence"};
        ut_timeline_cue(&t, &c);
        c.what = UT_CUE_CLOSED;
        c.t_ms = 19000;
        c.shown_ms = displays[i] == UT_DISPLAY_SHOWN ? 5000 : 0;
        ut_timeline_cue(&t, &c);
        ut_timeline_finish(&t, 20000);
        make();
        inked[i] = count(0x664ab5, 0.75, 1);
    }
    assert_true(inked[0] > 4000);
    assert_true(inked[1] < inked[0] / 5 && inked[1] == inked[2]);
}

/* A title and a reason that no line holds: the reason goes on below, the picture grows. */
static void long_texts_stay_within_the_picture(void **state)
{
    (void)state;
    make();
    int height = image.height;
    struct ut_cue_change c = {.what = UT_CUE_OPENED, .cue = UT_CUE_SILENCE, .t_ms = 14000, .title = "Long silence"};
    for (size_t i = 0; i + 6 < sizeof c.rule; i += 6)
        strcat(c.rule, "WWWWW ");
    ut_timeline_cue(&t, &c);
    ut_timeline_finish(&t, 20000);
    make();
    assert_int_equal((image.height - height) % UT_LANES_LIST_H, 0);
    assert_in_range((image.height - height) / UT_LANES_LIST_H, 3, 6);
    assert_int_equal(ut_picture_count(&image, 0x616b75, 40, 1600 - UT_LANES_MARGIN + 1, 1600), 0);
}

/* More at once than rows, and more than the list has lines: a box for each, and a line that says how many are left. */
static void very_many_cues_can_be_drawn(void **state)
{
    (void)state;
    enum { MORE = UT_LANES_LIST_MAX, FIXED = 2 };
    make();
    int height = image.height;
    for (int i = 0; i < MORE; i++)
        ut_example_cue(&t, UT_CUE_RAISED_VOICE, 13000 + 10 * i, 13005 + 10 * i, i % 2);
    ut_timeline_finish(&t, 20000);
    make();
    int lines = UT_LANES_LIST_MAX + 1 - FIXED, rows = UT_BARS_ROWS_MAX - FIXED;
    assert_int_equal(image.height - height, lines * UT_LANES_LIST_H + rows * UT_LANES_CUE_H);
}

static void a_call_without_an_agent_is_lower(void **state)
{
    (void)state;
    make();
    int before = image.height;
    t.channel[UT_AGENT] = 0;
    make();
    assert_true(image.height < before);
}

static void a_call_of_nothing_can_be_drawn(void **state)
{
    (void)state;
    struct ut_rows none;
    struct ut_timeline empty = {.config = &ut_example_config, .channel = {1, 0}, .end_ms = 5};
    struct ut_report report = {.timeline = &empty, .rows = &none};
    ut_rows_init(&none);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(ut_report_png(&report, file), 0);
    assert_true(ftell(file) > 1000);
    fclose(file);
    ut_rows_free(&none);
}

static const struct ut_lane *lane(const struct ut_lanes *l, enum ut_lane_kind kind)
{
    for (int i = 0; i < l->n; i++)
        if (l->lane[i].kind == kind)
            return &l->lane[i];
    return NULL;
}

/* Pixels of about this colour in a part of the picture. */
static int part(unsigned rgb, double x0, double x1, double y0, double y1)
{
    int n = 0;
    for (int y = (int)y0; y < (int)y1; y++)
        for (int x = (int)x0; x < (int)x1; x++) {
            unsigned pixel = ut_picture_pixel(&image, x, y);
            int near = 1;
            for (int shift = 0; shift < 24; shift += 8)
                near &= abs((int)(pixel >> shift & 255) - (int)(rgb >> shift & 255)) < 4;
            n += near;
        }
    return n;
}

enum { LINE = 0xe0e3e6 };

static void lines_stand_at_their_values(void **state)
{
    (void)state;
    static const struct {
        enum ut_lane_kind kind;
        double share[4]; /* of the lane's height, from the bottom; -1 = none */
    } grids[] = {
        {UT_LANE_SCORE, {0, .5, 1, -1}}, {UT_LANE_LEVEL, {0, 30 / 70., 50 / 70., 1}}, {UT_LANE_PACE, {0, .5, 1, -1}}};
    struct ut_lanes l;
    make();
    ut_lanes_lay_out(&l, &t, &heard.rows);
    ut_lanes_make_room(&l, 2, 2); /* two cues at once */
    double x = l.left + l.width - 10;
    for (size_t i = 0; i < sizeof grids / sizeof grids[0]; i++) {
        const struct ut_lane *at = lane(&l, grids[i].kind);
        for (int k = 0; k < 4 && grids[i].share[k] >= 0; k++) {
            double y = floor(at->y + at->h * (1 - grids[i].share[k]));
            assert_int_equal(part(LINE, x, x + 5, y, y + 1), 5);
            assert_int_equal(part(LINE, x, x + 5, y + 3, y + 4), 0);
        }
    }
    const struct ut_lane *axis = lane(&l, UT_LANE_AXIS);
    for (int s = 0; s <= 20; s += 2)
        assert_int_equal(
            part(LINE, floor(ut_lanes_x(&l, 1000 * s)), floor(ut_lanes_x(&l, 1000 * s)) + 1, axis->y + 1, axis->y + 4),
            3);
}

/* Speech without a score is hatched; a pause of the customer is not. */
static void what_has_no_score_is_hatched(void **state)
{
    (void)state;
    struct ut_lanes l;
    make();
    ut_lanes_lay_out(&l, &t, &heard.rows);
    ut_lanes_make_room(&l, 2, 2); /* two cues at once */
    const struct ut_lane *at = lane(&l, UT_LANE_SCORE);
    double top = at->y + at->h / 2 + 4, bottom = at->y + at->h - 4; /* between two lines */
    assert_true(part(LINE, ut_lanes_x(&l, 1000) + 3, ut_lanes_x(&l, 2000) - 3, top, bottom) > 100);
    assert_int_equal(part(LINE, ut_lanes_x(&l, 0) + 3, ut_lanes_x(&l, 1000) - 3, top, bottom), 0);
    assert_int_equal(part(LINE, ut_lanes_x(&l, 4100), ut_lanes_x(&l, 5900), top, bottom), 0);
    /* scored, with a confidence of 0.8: a shade below it */
    assert_true(part(0xebeef1, ut_lanes_x(&l, 2100), ut_lanes_x(&l, 3900), at->y + at->h * .8, at->y + at->h - 4) >
                500);
}

static void a_full_disk_shows_in_the_stream(void **state)
{
    (void)state;
    struct ut_report report = {.timeline = &t, .rows = &heard.rows};
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    (void)ut_report_png(&report, full);
    int failed = ferror(full);
    failed |= fclose(full) != 0;
    assert_true(failed);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(everything_is_in_the_picture),
        TEST(the_last_cue_has_its_number_and_its_bar),
        TEST(a_gauge_is_dashed),
        TEST(long_texts_stay_within_the_picture),
        TEST(very_many_cues_can_be_drawn),
        TEST(a_call_without_an_agent_is_lower),
        TEST(a_call_of_nothing_can_be_drawn),
        TEST(a_full_disk_shows_in_the_stream),
        TEST(lines_stand_at_their_values),
        TEST(what_has_no_score_is_hatched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
