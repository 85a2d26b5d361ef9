/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the settings, and what is too little; figures on sound: tests/host-tools/commands/test_adapt.py. */
#include "host-tools/trials/adapting.h"

#include "models/model.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config base, config;

static struct ut_adapting adapted(void)
{
    struct ut_adapting a = {.base = &base,
                            .calibrated = true,
                            .calibration = {.temperature = 2},
                            .kind = {{.cue = UT_CUE_EMPATHY}, {.cue = UT_CUE_POSITIVE}}};
    ut_config_defaults(&base);
    return a;
}

/* A score of 0.75, the rest shared alike, at a temperature of 2. */
static double halved(double x)
{
    return sqrt(x) / (sqrt(x) + 2 * sqrt((1 - x) / 2));
}

static void thresholds_move_with_the_scores(void **state)
{
    (void)state;
    struct ut_adapting a = adapted();
    ut_adapting_config(&a, &config);
    assert_true(config.value[UT_P_CALIBRATION_TEMPERATURE] == 2);
    assert_true(fabs(config.value[UT_P_HELP_ON] - halved(0.75)) < 1e-4);
    assert_true(fabs(config.value[UT_P_POSITIVE_OFF] - halved(0.5)) < 1e-4);
    assert_true(config.value[UT_P_EMPATHY_ON] > config.value[UT_P_EMPATHY_OFF]);
    assert_true(config.value[UT_P_SILENCE_ON] == 6);
    char own[16];
    snprintf(own, sizeof own, "%08x", (unsigned)ut_model_default.crc32);
    assert_string_equal(ut_config_text(&config, "calibration", "model"), own);
    struct ut_fault fault;
    assert_int_equal(ut_config_check(&config, &fault), 0);
}

static void a_second_fit_moves_them_from_where_they_are(void **state)
{
    (void)state;
    struct ut_adapting a = adapted();
    ut_adapting_config(&a, &config);
    base = config; /* the same calibration again: nothing moves */
    ut_adapting_config(&a, &config);
    for (int i = 0; i < UT_PARAMS; i++)
        assert_true(fabs(config.value[i] - base.value[i]) < 2e-4);
}

static void what_was_gained_is_set_and_nothing_else(void **state)
{
    (void)state;
    struct ut_adapting a = adapted();
    a.calibrated = false;
    a.kind[0].better = true;
    a.kind[0].setting = (struct ut_adapting_setting){0.5, 2};
    a.kind[1].setting = (struct ut_adapting_setting){0.4, 5};
    ut_adapting_config(&a, &config);
    assert_true(config.value[UT_P_EMPATHY_ON] == 0.5 && config.value[UT_P_EMPATHY_HOLD] == 2);
    assert_true(fabs(config.value[UT_P_EMPATHY_OFF] - 0.4) < 1e-9); /* as far below as before */
    assert_true(config.value[UT_P_EMPATHY_CONFIDENCE] == 0.35);     /* below on as it was */
    assert_true(config.value[UT_P_POSITIVE_ON] == base.value[UT_P_POSITIVE_ON]);
    assert_true(config.value[UT_P_CALIBRATION_TEMPERATURE] == 1);
    assert_string_equal(ut_config_text(&config, "calibration", "model"), "");
}

static void too_little_is_refused(void **state)
{
    (void)state;
    char name[] = "/tmp/adapting-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    fputs("path\tbegin_ms\tend_ms\tlabel\n", f);
    for (int i = 0; i < 9; i++)
        fprintf(f, "%d.wav\t0\t1000\tfrustration\n%d.wav\t2000\t3000\tdelight\n", i, i);
    fclose(f);
    struct ut_adapting a = adapted();
    struct ut_fault fault = {0};
    a.file = name;
    assert_int_equal(ut_adapting_run(&a, 1, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_INDEX);
    assert_non_null(strstr(fault.text, "9 calls with 9 labels of frustration and 9 of delight are too few"));
    ut_adapting_free(&a);
    remove(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_move_with_the_scores),
        cmocka_unit_test(a_second_fit_moves_them_from_where_they_are),
        cmocka_unit_test(what_was_gained_is_set_and_nothing_else),
        cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
