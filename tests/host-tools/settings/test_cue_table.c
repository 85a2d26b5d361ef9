/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/cue_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void every_number_is_filled_in(void **state)
{
    (void)state;
    for (int i = 0; i < UT_PARAMS; i++) {
        const struct ut_param_info *p = &ut_param_info[i];
        assert_non_null(p->section);
        assert_non_null(p->key);
        assert_true(strlen(p->unit) > 0 && strlen(p->meaning) > 0);
        assert_true(p->low < p->high);
        assert_true(p->value >= p->low && p->value <= p->high);
        for (int j = 0; j < i; j++)
            assert_true(strcmp(p->section, ut_param_info[j].section) != 0 || strcmp(p->key, ut_param_info[j].key) != 0);
    }
}

static void every_cue_has_its_six(void **state)
{
    (void)state;
    static const char *const keys[] = {"show", "on", "hold", "off", "release", "refractory"};
    for (int cue = 0; cue < UT_CUES; cue++) {
        const char *name = ut_cue_info[cue].name;
        assert_int_equal(ut_cue_find(name), cue);
        for (int k = 0; k < 6; k++) {
            const struct ut_param_info *p = &ut_param_info[(int)ut_cue_param((enum ut_cue)cue) + k];
            assert_string_equal(p->section, name);
            assert_string_equal(p->key, keys[k]);
        }
    }
    assert_int_equal(ut_cue_find("no_such_cue"), UT_CUES);
}

/* The product's thresholds; a change here is a change of the product. */
static void defaults_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double on, hold, off, release, refractory;
        int show;
    } published[] = {
        {"extended_silence", 6, 0, 0.3, 0, 30, UT_SHOW_POPUP},
        {"slow_to_respond", 3, 0, 0.3, 0, 30, UT_SHOW_GAUGE},
        {"customer_hesitates", 2, 0, 1, 5, 60, UT_SHOW_GAUGE},
        {"speaking_quickly", 2, 5, 1, 5, 60, UT_SHOW_POPUP},
        {"speaking_slowly", 2, 8, 1, 5, 60, UT_SHOW_OFF},
        {"continuous_speaking", 30, 0, 1.5, 0, 45, UT_SHOW_POPUP},
        {"frequent_overlaps", 3, 0, 20, 0, 60, UT_SHOW_POPUP},
        {"interrupting_customer", 2, 0, 30, 0, 60, UT_SHOW_POPUP},
        {"talk_ratio_high", 0.65, 30, 0.55, 30, 180, UT_SHOW_GAUGE},
        {"mic_level_low", 8, 10, 4, 5, 120, UT_SHOW_POPUP},
        {"mic_level_high", 0.5, 10, 0.1, 5, 120, UT_SHOW_POPUP},
        {"customer_raised_voice", 6, 2, 3, 5, 45, UT_SHOW_POPUP},
        {"empathy_cue", 0.35, 2, 0.25, 5, 30, UT_SHOW_POPUP},
        {"rising_frustration", 0.15, 4, 0.05, 5, 45, UT_SHOW_ARROW},
        {"ask_for_help", 0.75, 3, 0.5, 30, 180, UT_SHOW_POPUP},
        {"positive_interaction", 0.70, 2, 0.5, 4, 120, UT_SHOW_GAUGE},
        {"good_moment", 0.7, 0, 0.5, 4, 300, UT_SHOW_OFF},
        {"scores_paused", 1, 3, 1, 3, 0, UT_SHOW_POPUP},
    };
    assert_int_equal(sizeof published / sizeof published[0], UT_CUES);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        enum ut_cue cue = ut_cue_find(published[i].name);
        assert_true(cue < UT_CUES);
        const struct ut_param_info *p = &ut_param_info[ut_cue_param(cue)];
        assert_true(p[UT_COMMON_SHOW].value == published[i].show);
        assert_true(p[UT_COMMON_ON].value == published[i].on);
        assert_true(p[UT_COMMON_HOLD].value == published[i].hold);
        assert_true(p[UT_COMMON_OFF].value == published[i].off);
        assert_true(p[UT_COMMON_RELEASE].value == published[i].release);
        assert_true(p[UT_COMMON_REFRACTORY].value == published[i].refractory);
    }
}

static void ranges_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double on_low, on_high, off_high;
    } published[] = {
        {"ask_for_help", 0, 1, 1},
        {"empathy_cue", 0, 1, 1},
        {"customer_raised_voice", 1, 40, 40},
        {"rising_frustration", 0.01, 1, 1},
        {"interrupting_customer", 1, 20, 600},
        {"frequent_overlaps", 1, 20, 600},
        {"extended_silence", 1, 600, 10},
        {"slow_to_respond", 0.5, 600, 10},
        {"customer_hesitates", 0.1, 8, 8},
        {"continuous_speaking", 5, 600, 60},
        {"talk_ratio_high", 0, 1, 1},
        {"speaking_quickly", 0, 10, 10},
        {"speaking_slowly", 0, 10, 10},
        {"mic_level_low", 1, 60, 60},
        {"mic_level_high", 0, 1, 1},
        {"positive_interaction", 0, 1, 1},
        {"good_moment", 0, 1, 1},
        {"scores_paused", 1, 40, 40},
    };
    assert_int_equal(sizeof published / sizeof published[0], UT_CUES);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        const struct ut_param_info *p = &ut_param_info[ut_cue_param(ut_cue_find(published[i].name))];
        assert_true(p[UT_COMMON_SHOW].low == UT_SHOW_OFF && p[UT_COMMON_SHOW].high == UT_SHOW_ARROW);
        assert_true(p[UT_COMMON_ON].low == published[i].on_low && p[UT_COMMON_ON].high == published[i].on_high);
        assert_true(p[UT_COMMON_HOLD].low == 0 && p[UT_COMMON_HOLD].high == 60);
        assert_true(p[UT_COMMON_OFF].low == 0 && p[UT_COMMON_OFF].high == published[i].off_high);
        assert_true(p[UT_COMMON_RELEASE].low == 0 && p[UT_COMMON_RELEASE].high == 60);
        assert_true(p[UT_COMMON_REFRACTORY].low == 0 && p[UT_COMMON_REFRACTORY].high == 3600);
    }
}

static void the_other_numbers_are_the_published_ones(void **state)
{
    (void)state;
    static const struct {
        enum ut_param param;
        double value, low, high;
    } published[] = {
        {UT_P_HELP_SPEECH_WINDOW, 60, 5, 100},
        {UT_P_HELP_CUES, 2, 1, 20},
        {UT_P_HELP_CUES_WINDOW, 120, 5, 600},
        {UT_P_HELP_SLOPE, 0, -1, 1},
        {UT_P_HELP_DISMISS, 10, 0, 600},
        {UT_P_HELP_FLAG, 0, 0, 1},
        {UT_P_EMPATHY_ABOVE, 0.3, 0, 1},
        {UT_P_EMPATHY_CONFIDENCE, 0.35, 0, 1},
        {UT_P_RAISED_VOICE_PITCH, 3, 0, 24},
        {UT_P_RAISED_VOICE_AVERAGE, 1, 0.25, 10},
        {UT_P_RISING_PROBABILITY, 0.7, 0, 1},
        {UT_P_INTERRUPTING_WINDOW, 60, 5, 600},
        {UT_P_OVERLAPS_WINDOW, 60, 5, 300},
        {UT_P_OVERLAPS_SHARE, 0.1, 0.01, 1},
        {UT_P_SLOW_RESPONSE_TURN, 1, 0, 60},
        {UT_P_HESITATES_WINDOW, 12, 4, 60},
        {UT_P_HESITATES_LATENCY, 1.2, 0.1, 10},
        {UT_P_HESITATES_PAUSES, 0.2, 0.01, 1},
        {UT_P_HESITATES_FILLED, 10, 0.5, 60},
        {UT_P_HESITATES_PACE, 2.5, 0.1, 10},
        {UT_P_HESITATES_PAUSE, 0.25, 0.2, 5},
        {UT_P_HESITATES_LONGEST, 5, 1, 60},
        {UT_P_HESITATES_RANGE, 1.5, 0, 12},
        {UT_P_HESITATES_STEADY, 1, 0, 12},
        {UT_P_HESITATES_LEVEL, 6, 0, 100},
        {UT_P_HESITATES_RECORDS, 2, 1, 20},
        {UT_P_CONTINUOUS_OTHER, 1, 0.3, 60},
        {UT_P_TALK_RATIO_WINDOW, 180, 10, 300},
        {UT_P_QUICKLY_WPM, 170, 0, 600},
        {UT_P_QUICKLY_WPM_OFF, 155, 0, 600},
        {UT_P_SLOWLY_WPM, 100, 0, 600},
        {UT_P_SLOWLY_WPM_OFF, 110, 0, 600},
        {UT_P_MIC_LOW_AVERAGE, 2, 0.25, 30},
        {UT_P_MIC_HIGH_AVERAGE, 2, 0.25, 30},
        {UT_P_POSITIVE_CONFIDENCE, 0.6, 0, 1},
        {UT_P_GOOD_MOMENT_FRUSTRATION, 0.2, 0, 1},
        {UT_P_GOOD_MOMENT_WINDOW, 60, 5, 120},
        {UT_P_GOOD_MOMENT_WITHIN, 8, 0, 60},
        {UT_P_PAUSED_LITTLE, 0, 0, 1},
        {UT_P_DISPLAY_MINIMUM, 4, 0, 60},
        {UT_P_DISPLAY_LONGEST, 10, 0, 3600},
        {UT_P_DISPLAY_BUDGET, 6, 0, 30},
        {UT_P_DISPLAY_BUDGET_WINDOW, 300, 10, 3600},
        {UT_P_BASELINE_MINIMUM, 20, 1, 600},
        {UT_P_BASELINE_PACE_SIGMA, 0.25, 0, 10},
        {UT_P_SCORE_FAST, 3, 0.25, 30},
        {UT_P_SCORE_SLOW, 20, 1, 100},
        {UT_P_SCORE_SLOPE, 10, 0.25, 60},
        {UT_P_SCORE_USUAL, 0.2, 0, 1},
        {UT_P_SCORE_USUAL_WEIGHT, 10, 0.25, 120},
        {UT_P_CALIBRATION_TEMPERATURE, 1, 0.2, 5},
        {UT_P_CALIBRATION_FRUSTRATION, 0, -4, 4},
        {UT_P_CALIBRATION_DELIGHT, 0, -4, 4},
        {UT_P_HOLD_ON, 5, 1, 60},
        {UT_P_HOLD_SHARE, 0.8, 0.5, 1},
        {UT_P_HOLD_LEVEL, -40, -80, 0},
        {UT_P_HOLD_ABOVE, 10, 1, 60},
        {UT_P_HOLD_VOICE, 15, 0, 60},
        {UT_P_HOLD_BELOW, 10, 1, 60},
        {UT_P_HOLD_STEADY, 30, 10, 120},
        {UT_P_HOLD_RANGE, 4, 0.5, 20},
        {UT_P_HOLD_SPEECH, 1, 0.3, 10},
        {UT_P_HOLD_OFF, 5, 1, 60},
        {UT_P_HOLD_USUAL, 3, 0.25, 60},
        {UT_P_HOLD_ANNOUNCEMENT, 10, 0, 600},
        {UT_P_TRAJECTORY_CHANGE, 0.1, 0.01, 1},
        {UT_P_EFFECT_HOLDOUT, 0, 0, 50},
        {UT_P_LINK_SILENT, 5, 1, 3600},
        {UT_P_LINK_NO_RECORD, 10, 1, 3600},
    };
    assert_int_equal(sizeof published / sizeof published[0], UT_PARAMS - 6 * UT_CUES);
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
        assert_true(ut_param_info[published[i].param].value == published[i].value);
        assert_true(ut_param_info[published[i].param].low == published[i].low);
        assert_true(ut_param_info[published[i].param].high == published[i].high);
    }
}

static void priority_is_the_published_one(void **state)
{
    (void)state;
    static const enum ut_cue published[] = {UT_CUE_HELP,    UT_CUE_EMPATHY,    UT_CUE_INTERRUPTING, UT_CUE_OVERLAPS,
                                            UT_CUE_SILENCE, UT_CUE_CONTINUOUS, UT_CUE_QUICKLY,      UT_CUE_POSITIVE};
    for (size_t i = 1; i < sizeof published / sizeof published[0]; i++)
        assert_true(published[i - 1] < published[i]);
}

static void roles_and_severities_are_known(void **state)
{
    (void)state;
    static const char *const words[] = {"AGENT", "CUSTOMER", "BOTH", "SYSTEM", "high", "medium", "low", "info"};
    for (int cue = 0; cue < UT_CUES; cue++) {
        int role = 0, severity = 0;
        for (int i = 0; i < 4; i++) {
            role += strcmp(ut_cue_info[cue].role, words[i]) == 0;
            severity += strcmp(ut_cue_info[cue].severity, words[4 + i]) == 0;
        }
        assert_int_equal(role, 1);
        assert_int_equal(severity, 1);
    }
}

static void orders_hold_for_the_defaults(void **state)
{
    (void)state;
    int n = 0;
    for (const struct ut_param_order *o = ut_param_order; o->lower != UT_PARAMS; o++, n++)
        assert_true(ut_param_info[o->lower].value <= ut_param_info[o->upper].value);
    assert_true(n >= 10);
}

static void named_values_have_names(void **state)
{
    (void)state;
    assert_string_equal(ut_param_choice(UT_P_SILENCE_SHOW, UT_SHOW_OFF), "off");
    assert_string_equal(ut_param_choice(UT_P_SILENCE_SHOW, UT_SHOW_ARROW), "arrow");
    assert_null(ut_param_choice(UT_P_SILENCE_ON, 6));
    assert_int_equal(ut_param_choose(UT_P_SILENCE_SHOW, "gauge"), UT_SHOW_GAUGE);
    assert_int_equal(ut_param_choose(UT_P_SILENCE_SHOW, "gaug"), -1);
    assert_int_equal(ut_param_choose(UT_P_SILENCE_SHOW, ""), -1);
    assert_int_equal(ut_param_choose(UT_P_SILENCE_ON, "off"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_the_published_ones),
        cmocka_unit_test(every_number_is_filled_in),
        cmocka_unit_test(every_cue_has_its_six),
        cmocka_unit_test(defaults_are_the_published_ones),
        cmocka_unit_test(the_other_numbers_are_the_published_ones),
        cmocka_unit_test(priority_is_the_published_one),
        cmocka_unit_test(roles_and_severities_are_known),
        cmocka_unit_test(orders_hold_for_the_defaults),
        cmocka_unit_test(named_values_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
