/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/curve.h"

#include "tests/host-tools/picture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const double undefined = (double)NAN;

/* How many pixels of a PNG have a colour; -1 = not a PNG of this size. */
static long pixels(const char *path, unsigned rgb)
{
    struct ut_picture p;
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    long n = -1;
    if (ut_picture_read(&p, file) == 0 && p.width == 1000 && p.height == 640)
        n = ut_picture_count(&p, rgb, 1, 0, p.width);
    ut_picture_close(&p);
    fclose(file);
    return n;
}

static void the_picture_has_its_dots(void **state)
{
    (void)state;
    char name[] = "/tmp/undertest-curve-XXXXXX";
    struct ut_fault fault = {0};
    const struct ut_curve_point point[] = {
        {0.5, 0.1, 1.0, 0.4, 0.3, 0.5, 1, 0, 0, "0.8"},
        {1.5, 1.0, 2.0, 0.7, 0.6, 0.8, 1, 1, 0, "0.65"},
        {4.0, 3.0, 5.0, 0.7, 0.6, 0.8, 0, 0, 0, "0.5"},
        {undefined, 0, 0, undefined, 0, 0, 0, 0, 0, "-"},
    };
    struct ut_curve c = {.title = "empathy_cue.on", .subtitle = "", .point = point, .n = 4};
    close(mkstemp(name));
    assert_int_equal(ut_curve_png(&c, name, &fault), 0);
    long chosen = pixels(name, 0xc8501e), front = pixels(name, 0x1f6b9e), other = pixels(name, 0xa7b2bc);
    /* the key's dots, radius 5, are always there */
    assert_true(chosen > 200 && front > 300 && other > 90);
    long dark = pixels(name, 0x1b2733);
    struct ut_curve_point now[4];
    memcpy(now, point, sizeof now);
    now[2].in_force = 1;
    c.point = now;
    assert_int_equal(ut_curve_png(&c, name, &fault), 0);
    assert_true(pixels(name, 0x1b2733) > dark + 50); /* a ring */
    c.n = 0;
    assert_int_equal(ut_curve_png(&c, name, &fault), 0);
    assert_true(pixels(name, 0xc8501e) < 90 && pixels(name, 0x1f6b9e) < 90 && pixels(name, 0xa7b2bc) < 90);
    unlink(name);
    assert_int_equal(ut_curve_png(&c, "/dev/null/a.png", &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_FAILURE);
    assert_non_null(strstr(fault.text, "/dev/null/a.png"));
}

/* Of a picture of 1000 x 640 with its axes at 90 and 560, 870 and 460 long. */
static void everything_is_where_its_numbers_say(void **state)
{
    (void)state;
    char name[] = "/tmp/undertest-curve-XXXXXX";
    struct ut_fault fault = {0};
    struct ut_picture p;
    const struct ut_curve_point point[] = {
        {0.5, 0.1, 1.0, 0.4, 0.3, 0.5, 1, 0, 0, "0.8"},
        {1.5, 1.0, 2.0, 0.7, 0.6, 0.8, 1, 1, 0, "0.65"},
        {4.0, 3.0, 5.0, 0.7, 0.6, 0.8, 0, 0, 0, "0.5"},
    };
    struct ut_curve c = {.title = "", .subtitle = "", .point = point, .n = 3};
    close(mkstemp(name));
    assert_int_equal(ut_curve_png(&c, name, &fault), 0);
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    assert_int_equal(ut_picture_read(&p, file), 0);
    /* the right edge is 4.2 alarms: a twentieth more than the most */
    assert_int_equal(ut_picture_pixel(&p, 90 + 104, 560 - 184), 0x1f6b9e); /* 0.5 and 40 % */
    assert_int_equal(ut_picture_pixel(&p, 90 + 311, 560 - 322), 0xc8501e); /* 1.5 and 70 % */
    assert_int_equal(ut_picture_pixel(&p, 90 + 829, 560 - 322), 0xa7b2bc);
    assert_int_equal(ut_picture_pixel(&p, 90 + 104 + 100, 560 - 184), 0x1f6b9e); /* the stair: along, ... */
    assert_int_not_equal(ut_picture_pixel(&p, 90 + 310, 560 - 250), 0xffffff);   /* ... then up */
    assert_int_not_equal(ut_picture_pixel(&p, 90 + 104, 560 - 222), 0xffffff);   /* 48 %, of 30 to 50 % */
    assert_int_not_equal(ut_picture_pixel(&p, 90 + 30, 560 - 184), 0xffffff);    /* 0.14, of 0.1 to 1 */
    assert_int_equal(ut_picture_pixel(&p, 90 + 104, 560 - 240), 0xffffff);
    for (int percent = 0; percent <= 100; percent += 20)
        assert_int_equal(ut_picture_pixel(&p, 955, 560 - percent * 46 / 10), 0xe3e8ec);
    for (int mark = 0; mark <= 4; mark++)
        assert_int_equal(ut_picture_pixel(&p, 90 + (int)(mark * 870 / 4.2), 555), 0xe3e8ec);
    assert_int_equal(ut_picture_pixel(&p, 955, 500), 0xffffff);
    ut_picture_close(&p);
    fclose(file);
    unlink(name);
}

static void marks_are_round_numbers(void **state)
{
    (void)state;
    static const double tops[] = {0.0013, 0.9, 1, 7.9, 8, 8.1, 63, 12345};
    for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
        double step = ut_curve_step(tops[i], 8), power = pow(10, floor(log10(step) + 1e-9));
        assert_true(tops[i] / step <= 8 + 1e-6 && tops[i] / step >= 3);
        double digit = round(step / power);
        assert_true(fabs(step / power - digit) < 1e-9 && (digit == 1 || digit == 2 || digit == 5));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_has_its_dots),
        cmocka_unit_test(everything_is_where_its_numbers_say),
        cmocka_unit_test(marks_are_round_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
