/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/rules.h"

#include "dsp/features.h"
#include "firmware/engine.h"
#include "models/infer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_cue_engine engine;
static struct ut_cue_change change;

static void nothing(void *ctx, const struct ut_cue_change *c)
{
    (void)ctx;
    (void)c;
}

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    ut_cue_engine_init(&engine, &config, nothing, NULL);
    memset(&change, 0, sizeof change);
    return 0;
}

/* What opens and closes at the thresholds, not a step beside them. */
static void thresholds_are_inclusive(void **state)
{
    (void)state;
    engine.fast.valid = 1;
    engine.fast.frustration = 0.65;
    engine.fast.confidence = 0.6;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_EMPATHY, 0).on);
    engine.fast.confidence = 0.599;
    assert_false(ut_cue_rules_judge(&engine, UT_CUE_EMPATHY, 0).on);
    engine.fast.frustration = 0.45;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_EMPATHY, 0).off);
    engine.fast.frustration = 0.451;
    assert_false(ut_cue_rules_judge(&engine, UT_CUE_EMPATHY, 0).off);
    engine.slope_valid = engine.slow.valid = 1;
    engine.slope = 0.15;
    engine.forecast = 0.7;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_RISING, 0).on);
    engine.slope = 0.049;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_RISING, 0).off);
    engine.pace.valid = 1;
    engine.pace.baseline = 3.75;
    engine.pace.sigma = 0.25;
    engine.pace.now = 4.25; /* 170 words/min */
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_QUICKLY, 0).on);
    assert_false(ut_cue_rules_judge(&engine, UT_CUE_QUICKLY, 0).off);
    engine.pace.now = 3.99;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_QUICKLY, 0).off);
    engine.microphone.level_valid = 1;
    engine.microphone.baseline = -30;
    engine.microphone.level_dbfs = -38;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_MIC_LOW, 0).on);
    engine.microphone.level_dbfs = -34;
    assert_true(ut_cue_rules_judge(&engine, UT_CUE_MIC_LOW, 0).off);
}

static void nothing_is_on_before_anything_is_known(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++)
        assert_false(ut_cue_rules_judge(&engine, (enum ut_cue)cue, 0).on && cue != UT_CUE_SILENCE);
}

static void the_hold_is_counted_in_the_speech_it_is_about(void **state)
{
    (void)state;
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_EMPATHY, 0).hold, UT_HOLD_CUSTOMER_SPEECH);
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_POSITIVE, 0).hold, UT_HOLD_CUSTOMER_SPEECH);
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_RAISED_VOICE, 0).hold, UT_HOLD_CUSTOMER_SPEECH);
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_QUICKLY, 0).hold, UT_HOLD_AGENT_SPEECH);
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_MIC_LOW, 0).hold, UT_HOLD_AGENT_SPEECH);
    assert_int_equal(ut_cue_rules_judge(&engine, UT_CUE_HELP, 0).hold, UT_HOLD_CALL_TIME);
}

static void every_cue_explains_itself(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        memset(&change, 0, sizeof change);
        change.cue = (enum ut_cue)cue;
        ut_cue_rules_explain(&engine, &change, 1000);
        assert_true(strlen(change.rule) > 10 && strchr(change.rule, '{') == NULL);
        assert_true(strlen(change.title) > 0 && strlen(change.text) > 0 && strchr(change.text, '{') == NULL);
        assert_true(change.evidence_count >= 1 && change.evidence_count <= UT_CUE_EVIDENCE_MAX);
        for (int i = 0; i < change.evidence_count; i++) {
            assert_true(strlen(change.evidence[i].feature) > 0 && strlen(change.evidence[i].unit) > 0);
            assert_true(isfinite(change.evidence[i].value) && isfinite(change.evidence[i].contribution));
        }
    }
}

/* Contributions, values and baselines over the hold of 3 s, not of the last moment. */
static void contributions_are_means_over_the_hold(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .confidence = 255, .customer_pace = 64};
    s.top[0].feature = UT_GROUP_LEVEL;
    s.top[1].feature = UT_GROUP_PACE;
    for (uint32_t i = 1; i <= 100; i++) {
        int late = i > 92;
        s.t_ms = 250 * i;
        s.customer_loudness = ut_features_loudness(late ? -20 * 256 : -40 * 256);
        s.customer_pace = late ? 96 : 64;
        s.top[0].contribution = late ? 96 : 48; /* Q6: 1.5 and 0.75 */
        s.top[1].contribution = -64;            /* towards delight: no reason for frustration */
        ut_cue_engine_score(&engine, &s);
    }
    ut_cue_engine_finish(&engine);
    change.cue = UT_CUE_EMPATHY;
    ut_cue_rules_explain(&engine, &change, 25000);
    assert_int_equal(change.evidence_count, 2);
    assert_string_equal(change.evidence[1].feature, "loudness");
    assert_string_equal(change.evidence[1].unit, "dBFS");
    assert_true(fabs(change.evidence[1].contribution - (8 * 1.5 + 4 * 0.75) / 12) < 0.01);
    assert_true(fabs(change.evidence[1].value - (8 * -20.0 + 4 * -40.0) / 12) < 0.5);
    assert_true(fabs(change.evidence[1].baseline + 40) < 0.5);
    change.cue = UT_CUE_POSITIVE;
    change.evidence_count = 0;
    ut_cue_rules_explain(&engine, &change, 25000);
    assert_string_equal(change.evidence[1].feature, "pace");
    assert_true(fabs(change.evidence[1].value - 6) < 0.01); /* of its hold of 2 s */
}

static void reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(ut_cue_abstain_name(UT_ABSTAIN_NONE), "none");
    assert_string_equal(ut_cue_abstain_name(UT_ABSTAIN_HOLD), "hold_or_tone");
    assert_string_equal(ut_cue_abstain_name(UT_ABSTAIN_HOLD + 1), "unknown");
    assert_string_equal(ut_cue_abstain_name(-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(thresholds_are_inclusive, setup),
        cmocka_unit_test_setup(nothing_is_on_before_anything_is_known, setup),
        cmocka_unit_test_setup(the_hold_is_counted_in_the_speech_it_is_about, setup),
        cmocka_unit_test_setup(every_cue_explains_itself, setup),
        cmocka_unit_test_setup(contributions_are_means_over_the_hold, setup),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
