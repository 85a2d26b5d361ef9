/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/effect_plot.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const NAME[UT_EFFECT_MEASURES] = {"one", "two", "three", "four", "five"};

static void a_picture_is_written_whole(void **state)
{
    (void)state;
    char path[] = "/tmp/undertone-test-XXXXXX", head[8];
    struct ut_fault fault = {0};
    struct ut_effect_figure figure[UT_EFFECT_MEASURES] = {
        {.verdict = UT_EFFECT_REAL, .mean = {0.2, 0.3}, .difference = -0.1, .low = -0.15, .high = -0.05},
        {.verdict = UT_EFFECT_NOT_SHOWN, .mean = {5, 5}, .difference = 0, .low = -50, .high = 50},
        {.verdict = UT_EFFECT_TOO_LITTLE, .mean = {(double)NAN, (double)NAN}},
        {.verdict = UT_EFFECT_NOT_SHOWN, .mean = {0.1, 0}, .difference = 0.1, .low = 0, .high = 0.2}};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(ut_effect_png(figure, NAME, "title", path, &fault), 0);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    (void)fclose(f);
    assert_memory_equal(head, "\x89PNG\r\n\x1a\n", sizeof head);
    (void)remove(path);
    assert_int_equal(ut_effect_png(figure, NAME, "title", "/proc/none/x.png", &fault), -1);
    assert_int_not_equal(fault.code, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_picture_is_written_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
