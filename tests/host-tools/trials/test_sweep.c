/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/sweep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_sweep s;
static struct ut_fault fault;
static struct ut_config base, config;

static int setup(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    memset(&fault, 0, sizeof fault);
    ut_config_defaults(&base);
    return 0;
}

static void refused(const char *text, int code, const char *says)
{
    memset(&fault, 0, sizeof fault);
    size_t axes = s.axes;
    assert_int_equal(ut_sweep_add(&s, text, &fault), -1);
    assert_int_equal(fault.code, code);
    assert_non_null(strstr(fault.text, says));
    assert_non_null(strstr(fault.text, "; "));
    assert_int_equal(s.axes, axes);
}

static void a_range_has_both_ends(void **state)
{
    (void)state;
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.on=0.5:0.9:0.05", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 9);
    for (size_t i = 0; i < 9; i++) /* as written, not as added up */
        assert_true(ut_sweep_value(&s, i, 0) == (double)(50 + 5 * (int)i) / 100);
    setup(NULL);
    assert_int_equal(ut_sweep_add(&s, "extended_silence.on=3:4.9:1", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 2);
    setup(NULL);
    assert_int_equal(ut_sweep_add(&s, "extended_silence.on=3:3:1", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 1);
}

static void a_thousand_values_are_the_most(void **state)
{
    (void)state;
    assert_int_equal(ut_sweep_add(&s, "extended_silence.on=1:100.9:0.1", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 1000);
    assert_true(ut_sweep_value(&s, 999, 0) == 100.9);
}

static void two_make_a_grid(void **state)
{
    (void)state;
    assert_int_equal(ut_sweep_count(&s), 1);
    assert_int_equal(ut_sweep_config(&s, 0, &base, &config, &fault), 0);
    assert_memory_equal(&config, &base, sizeof base);
    assert_int_equal(ut_sweep_add(&s, "extended_silence.on=4,6,8", &fault), 0);
    assert_int_equal(ut_sweep_add(&s, "display.budget=2:3:1", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 6);
    unsigned seen = 0;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(ut_sweep_config(&s, i, &base, &config, &fault), 0);
        double on = config.value[UT_P_SILENCE_ON], budget = config.value[UT_P_DISPLAY_BUDGET];
        assert_true(on == ut_sweep_value(&s, i, 0) && budget == ut_sweep_value(&s, i, 1));
        assert_true((on == 4 || on == 6 || on == 8) && (budget == 2 || budget == 3));
        seen |= 1U << ((int)on + (int)(budget - 2));
        for (int p = 0; p < UT_PARAMS; p++)
            if (p != UT_P_SILENCE_ON && p != UT_P_DISPLAY_BUDGET)
                assert_true(config.value[p] == base.value[p]);
    }
    assert_int_equal(seen, 1U << 4 | 1U << 5 | 1U << 6 | 1U << 7 | 1U << 8 | 1U << 9);
}

static void impossible_settings_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.on=0.2,0.6", &fault), 0);
    assert_int_equal(ut_sweep_config(&s, 0, &base, &config, &fault), -1); /* off is 0.25 */
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    assert_non_null(strstr(fault.text, "off = 0.25"));
    assert_int_equal(ut_sweep_config(&s, 1, &base, &config, &fault), 0);
}

static void possible_settings_have_numbers_and_words(void **state)
{
    (void)state;
    size_t *possible, n;
    char text[100];
    assert_int_equal(ut_sweep_possible(&s, &base, &possible, &n, &fault), 0);
    assert_true(n == 1 && possible[0] == 0);
    free(possible);
    ut_sweep_text(&s, 0, 0, text, sizeof text);
    assert_string_equal(text, "as configured");
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.on=0.2,0.6,0.7", &fault), 0);
    ut_sweep_text(&s, 1, 1, text, sizeof text);
    assert_string_equal(text, "0.6");
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.hold=2,3", &fault), 0);
    assert_int_equal(ut_sweep_possible(&s, &base, &possible, &n, &fault), 0);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(possible[i], i + 2);
    free(possible);
    ut_sweep_text(&s, 3, 1, text, sizeof text);
    assert_string_equal(text, "on=0.6 hold=3");
    ut_sweep_text(&s, 3, 0, text, sizeof text);
    assert_string_equal(text, "empathy_cue.on=0.6 empathy_cue.hold=3");
    ut_sweep_text(&s, 3, 0, text, 10); /* cut, not overrun */
    assert_string_equal(text, "empathy_c");
    json_t *set = ut_sweep_json(&s, 3);
    assert_int_equal(json_object_size(set), 2);
    assert_true(json_number_value(json_object_get(set, "empathy_cue.on")) == 0.6);
    assert_true(json_number_value(json_object_get(set, "empathy_cue.hold")) == 3);
    json_decref(set);
    memset(&s, 0, sizeof s);
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.on=0.1,0.2", &fault), 0);
    assert_int_equal(ut_sweep_possible(&s, &base, &possible, &n, &fault), -1);
    assert_int_equal(fault.code, UT_EXIT_CONFIG_KEY);
    free(possible);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    refused("empathy_cue.on", UT_EXIT_USAGE, "no values");
    refused("empathy_cue.on=", UT_EXIT_USAGE, "not a list");
    refused("empathy_cue.on=0.5;0.6", UT_EXIT_USAGE, "not a list");
    refused("empathy_cue.on=0.5,", UT_EXIT_USAGE, "not a list");
    refused("empathy_cue.on=nan", UT_EXIT_USAGE, "not a list");
    refused("empathy_cue.on=0.5:0.9", UT_EXIT_USAGE, "not first:last:step");
    refused("empathy_cue.on=0.5:0.9:0.1:1", UT_EXIT_USAGE, "not first:last:step");
    refused("empathy_cue.on=0.5:0.9:0", UT_EXIT_USAGE, "step");
    refused("empathy_cue.on=0.9:0.5:0.1", UT_EXIT_USAGE, "step");
    refused("empathy_cue.on=0:1:0.0001", UT_EXIT_USAGE, "more than 1000");
    refused("extended_silence.on=1:101:0.1", UT_EXIT_USAGE, "more than 1000"); /* 1001 */
    refused("cue.on=1", UT_EXIT_CONFIG_KEY, "no such number");
    refused("empathy_cue.o=1", UT_EXIT_CONFIG_KEY, "no such number");
    refused("empathy_cue.on=0.5:1.5:0.5", UT_EXIT_CONFIG_KEY, "1.5 is out of range");
    assert_int_equal(ut_sweep_add(&s, "empathy_cue.on=0.5:0.9:0.001", &fault), 0);
    refused("empathy_cue.on=0.6", UT_EXIT_USAGE, "twice");
    assert_int_equal(ut_sweep_add(&s, "display.budget=1,2", &fault), 0);
    assert_int_equal(ut_sweep_count(&s), 802);
    memset(&fault, 0, sizeof fault);
    assert_int_equal(ut_sweep_add(&s, "extended_silence.on=4,5,6", &fault), -1);
    assert_non_null(strstr(fault.text, "more than 2000 settings"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_range_has_both_ends, setup),
        cmocka_unit_test_setup(a_thousand_values_are_the_most, setup),
        cmocka_unit_test_setup(two_make_a_grid, setup),
        cmocka_unit_test_setup(impossible_settings_are_told_apart, setup),
        cmocka_unit_test_setup(possible_settings_have_numbers_and_words, setup),
        cmocka_unit_test_setup(what_is_wrong_is_said, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
