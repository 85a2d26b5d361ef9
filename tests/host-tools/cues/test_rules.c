/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/rules.h"

#include "dsp/features.h"
#include "host-tools/cues/catalogue.h"
#include "host-tools/cues/readings.h"
#include "models/infer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_cue_memory memory;
static struct ut_cue_change change;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    ut_cue_memory_init(&memory, &config);
    memset(&change, 0, sizeof change);
    return 0;
}

/* A cue is a rule, its six numbers, and its texts in every language. */
static void every_cue_is_complete(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        assert_true(ut_cue_rule[cue].judge != NULL && ut_cue_rule[cue].explain != NULL);
        assert_non_null(ut_cue_info[cue].name);
        enum ut_param first = ut_cue_param((enum ut_cue)cue);
        assert_string_equal(ut_param_info[first].section, ut_cue_info[cue].name);
        assert_string_equal(ut_param_info[first + UT_COMMON_REFRACTORY].section, ut_cue_info[cue].name);
        for (int language = 0; language < UT_LANGUAGES; language++) {
            const struct ut_cue_words w = ut_catalogue_cue(language, cue, NULL);
            assert_true(w.title != NULL && w.text != NULL && w.rule != NULL && w.about != NULL && w.closes != NULL);
        }
    }
}

/* What opens and closes at the thresholds, not a step beside them. */
static void thresholds_are_inclusive(void **state)
{
    (void)state;
    memory.fast.valid = 1;
    memory.usual_frustration = 0.2;
    memory.fast.frustration = 0.5; /* 0.3 above the usual */
    memory.fast.confidence = 0.35;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).on);
    memory.fast.confidence = 0.349;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).on);
    memory.fast.confidence = 0.9;
    memory.fast.frustration = 0.499;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).on);
    memory.usual_frustration = 0;
    memory.fast.frustration = 0.35;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).on);
    memory.fast.frustration = 0.349;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).on);
    memory.fast.frustration = 0.25;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).off);
    memory.fast.frustration = 0.251;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).off);
    memory.usual_frustration = 0.251;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).off);
    memory.usual_frustration = 0.25;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_EMPATHY).off);
    memory.slope_valid = memory.slow.valid = 1;
    memory.slope = 0.15;
    memory.forecast = 0.7;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_RISING).on);
    memory.slope = 0.049;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_RISING).off);
    memory.pace.valid = 1;
    memory.pace.baseline = 3.75;
    memory.pace.sigma = 0.25;
    memory.pace.now = 4.25; /* 170 words/min */
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_QUICKLY).on);
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_QUICKLY).off);
    memory.pace.now = 3.99;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_QUICKLY).off);
    memory.microphone.level_valid = 1;
    memory.microphone.baseline = -30;
    memory.microphone.level_dbfs = -38;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_MIC_LOW).on);
    memory.microphone.level_dbfs = -34;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_MIC_LOW).off);
}

static void nothing_is_on_before_anything_is_known(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++)
        assert_false(ut_cue_rules_judge(&memory, (enum ut_cue)cue).on && cue != UT_CUE_SILENCE);
}

static void the_hold_is_counted_in_the_speech_it_is_about(void **state)
{
    (void)state;
    for (int cue = 0; cue < UT_CUES; cue++) {
        bool customer = cue == UT_CUE_EMPATHY || cue == UT_CUE_POSITIVE || cue == UT_CUE_RAISED_VOICE;
        bool agent = cue == UT_CUE_QUICKLY || cue == UT_CUE_SLOWLY || cue == UT_CUE_MIC_LOW || cue == UT_CUE_MIC_HIGH;
        assert_int_equal(ut_cue_rules_judge(&memory, (enum ut_cue)cue).hold, customer ? UT_HOLD_CUSTOMER_SPEECH
                                                                             : agent  ? UT_HOLD_AGENT_SPEECH
                                                                                      : UT_HOLD_CALL_TIME);
    }
}

static void every_cue_explains_itself(void **state)
{
    (void)state;
    memory.now_ms = 1000;
    memory.hesitation.of[UT_HESITATION_PACE] =
        (struct ut_hesitation_measure){true, 3, 4, 2}; /* it opens by some sign */
    for (int cue = 0; cue < UT_CUES; cue++) {
        memset(&change, 0, sizeof change);
        change.cue = (enum ut_cue)cue;
        ut_cue_rules_explain(&memory, &change);
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
        int late = i > 96;
        s.t_ms = 250 * i;
        s.customer_loudness = ut_features_loudness(late ? -20 * 256 : -40 * 256);
        s.customer_pace = late ? 96 : 64;
        s.top[0].contribution = late ? 96 : 48; /* Q6: 1.5 and 0.75 */
        s.top[1].contribution = -64;            /* towards delight: no reason for frustration */
        ut_cue_memory_score(&memory, &s);
    }
    memory.now_ms = 25000;
    change.cue = UT_CUE_EMPATHY;
    ut_cue_rules_explain(&memory, &change);
    assert_int_equal(change.evidence_count, 2);
    assert_string_equal(change.evidence[1].feature, "loudness");
    assert_string_equal(change.evidence[1].unit, "dBFS");
    assert_true(fabs(change.evidence[1].contribution - (4 * 1.5 + 4 * 0.75) / 8) < 0.01);
    assert_true(fabs(change.evidence[1].value - (4 * -20.0 + 4 * -40.0) / 8) < 0.5);
    assert_true(fabs(change.evidence[1].baseline + 40) < 0.5);
    change.cue = UT_CUE_POSITIVE;
    change.evidence_count = 0;
    ut_cue_rules_explain(&memory, &change);
    assert_string_equal(change.evidence[1].feature, "pace");
    assert_true(fabs(change.evidence[1].value - 5) < 0.01); /* of its hold of 2 s */
}

/* The customer's voice after 25 s of speech at -30 dBFS, 12 semitones and 4 syllables/s: what empathy_cue or
 * positive_interaction names of a group that speaks for it, by the voice's last 3 s. */
static const struct ut_cue_evidence *named(enum ut_cue cue, int group, int level_dbfs, int f0, int pace)
{
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .confidence = 255};
    s.top[0].feature = (uint8_t)group;
    s.top[0].contribution = cue == UT_CUE_EMPATHY ? 64 : -64;
    ut_cue_memory_init(&memory, &config);
    for (uint32_t i = 1; i <= 112; i++) {
        int late = i > 100, wave = (int)(i % 3) - 1; /* a MAD of 1 dB, a quarter semitone, a sixteenth syllable/s */
        s.t_ms = 250 * i;
        s.customer_loudness = ut_features_loudness((int16_t)((late ? level_dbfs : -30 + wave) * 256));
        s.customer_f0 = (uint8_t)(late ? f0 : 49 + wave);
        s.customer_pace = (uint8_t)(late ? pace : 64 + wave);
        ut_cue_memory_score(&memory, &s);
    }
    memory.now_ms = 28000;
    memset(&change, 0, sizeof change);
    change.cue = cue;
    ut_cue_rules_explain(&memory, &change);
    assert_int_equal(change.evidence_count, 2);
    assert_string_equal(change.evidence[1].feature, ut_readings_group_name(group));
    assert_true(fabs(change.evidence[1].contribution - 1) < 0.01);
    return &change.evidence[1];
}

static void is_measured(const struct ut_cue_evidence *e, const char *unit)
{
    assert_true(e->has_baseline);
    assert_string_equal(e->unit, unit);
}

static void is_log_odds(const struct ut_cue_evidence *e)
{
    assert_false(e->has_baseline);
    assert_string_equal(e->unit, "log-odds");
    assert_true(e->value == e->contribution);
}

/* A quieter voice is never a reason for frustration, whatever the classifier makes of it; nor is what is usual. */
static void reasons_make_sense_to_people(void **state)
{
    (void)state;
    is_measured(named(UT_CUE_EMPATHY, UT_GROUP_LEVEL, -20, 49, 64), "dBFS");
    is_log_odds(named(UT_CUE_EMPATHY, UT_GROUP_LEVEL, -40, 49, 64));
    is_log_odds(named(UT_CUE_EMPATHY, UT_GROUP_LEVEL, -30, 49, 64));
    is_measured(named(UT_CUE_EMPATHY, UT_GROUP_PITCH, -30, 61, 64), "semitones");
    is_log_odds(named(UT_CUE_EMPATHY, UT_GROUP_PITCH, -30, 37, 64));
    is_measured(named(UT_CUE_EMPATHY, UT_GROUP_PACE, -30, 49, 80), "syllables/s");
    is_measured(named(UT_CUE_EMPATHY, UT_GROUP_PACE, -30, 49, 48), "syllables/s"); /* a drawl too */
    is_log_odds(named(UT_CUE_EMPATHY, UT_GROUP_PACE, -30, 49, 65));                /* within the voice's own spread */
    is_log_odds(named(UT_CUE_EMPATHY, UT_GROUP_HIGH_BANDS, -20, 61, 80));
    is_measured(named(UT_CUE_POSITIVE, UT_GROUP_LEVEL, -20, 49, 64), "dBFS");
    is_log_odds(named(UT_CUE_POSITIVE, UT_GROUP_LEVEL, -40, 49, 64));
    is_measured(named(UT_CUE_POSITIVE, UT_GROUP_PITCH, -30, 61, 64), "semitones");
    is_measured(named(UT_CUE_POSITIVE, UT_GROUP_PACE, -30, 49, 80), "syllables/s");
    is_log_odds(named(UT_CUE_POSITIVE, UT_GROUP_PACE, -30, 49, 48));
}

/* A cue about frustration ends with what the classifier heard, whichever cue it is. */
static void cues_about_frustration_name_what_was_heard(void **state)
{
    (void)state;
    static const enum ut_cue cues[] = {UT_CUE_HELP, UT_CUE_RISING};
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .confidence = 255};
    s.top[0].feature = UT_GROUP_HIGH_BANDS;
    s.top[0].contribution = 64;
    for (uint32_t i = 1; i <= 112; i++) {
        s.t_ms = 250 * i;
        ut_cue_memory_score(&memory, &s);
    }
    memory.now_ms = 28000;
    for (size_t i = 0; i < sizeof cues / sizeof cues[0]; i++) {
        memset(&change, 0, sizeof change);
        change.cue = cues[i];
        ut_cue_rules_explain(&memory, &change);
        const struct ut_cue_evidence *last = &change.evidence[change.evidence_count - 1];
        assert_string_equal(last->feature, ut_readings_group_name(UT_GROUP_HIGH_BANDS));
        assert_true(fabs(last->contribution - 1) < 0.01);
    }
}

/* The share of overlapped talk is a figure of a whole window: before, there is none. */
static void a_share_of_overlaps_is_of_a_whole_window(void **state)
{
    (void)state;
    change.cue = UT_CUE_OVERLAPS;
    memory.talk_hops = memory.talk_window - 1;
    memory.talk_overlapped = memory.talk_window / 5;
    ut_cue_rules_explain(&memory, &change);
    assert_int_equal(change.evidence_count, 1);
    memory.talk_hops = memory.talk_window;
    change.evidence_count = 0;
    ut_cue_rules_explain(&memory, &change);
    assert_int_equal(change.evidence_count, 2);
    assert_string_equal(change.evidence[1].feature, "overlap_share");
    assert_true(fabs(change.evidence[1].value - 20) < 0.1);
}

static void hesitation_is_explained_by_its_strongest_signs(void **state)
{
    (void)state;
    struct ut_hesitation_measure *of = memory.hesitation.of;
    of[UT_HESITATION_LATENCY] = (struct ut_hesitation_measure){true, 2, 0.5, 1.25};
    of[UT_HESITATION_PAUSES] = (struct ut_hesitation_measure){true, 0.3, 0.1, 1};
    of[UT_HESITATION_FILLED] = (struct ut_hesitation_measure){true, 0, 1, -0.1}; /* fewer than usual: no reason */
    of[UT_HESITATION_PACE] = (struct ut_hesitation_measure){true, 3, 4, 1.5};
    change.cue = UT_CUE_HESITATES;
    ut_cue_rules_explain(&memory, &change);
    assert_int_equal(change.evidence_count, 3);
    assert_string_equal(change.evidence[0].feature, "pace");
    assert_string_equal(change.evidence[1].feature, "response_latency");
    assert_string_equal(change.evidence[2].feature, "pauses");
    assert_true(change.evidence[2].value == 30 && change.evidence[2].baseline == 10);
    memory.hesitation.sum = 2;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_HESITATES).on);
    memory.hesitation.sum = 1;
    assert_false(ut_cue_rules_judge(&memory, UT_CUE_HESITATES).on || ut_cue_rules_judge(&memory, UT_CUE_HESITATES).off);
    memory.hesitation.sum = 0.99;
    assert_true(ut_cue_rules_judge(&memory, UT_CUE_HESITATES).off);
}

static void a_slow_response_is_explained_by_the_customers_turn(void **state)
{
    (void)state;
    memory.turn_begin_ms = 2000;
    memory.party[UT_CUSTOMER].end_ms = 5500;
    memory.party[UT_AGENT].end_ms = 1000;
    memory.silence_from_ms = 5500;
    memory.now_ms = 10000;
    change.cue = UT_CUE_SLOW_RESPONSE;
    ut_cue_rules_explain(&memory, &change);
    assert_string_equal(change.evidence[0].feature, "both_silent");
    assert_true(fabs(change.evidence[0].value - 4.5) < 1e-9);
    assert_true(fabs(change.evidence[0].contribution - 1.5) < 1e-9); /* of 3 s */
    assert_string_equal(change.evidence[1].feature, "customer_turn");
    assert_true(fabs(change.evidence[1].value - 3.5) < 1e-9);
}

/* Only a pace of 0 is none; the slowest that a record can hold is a pace. */
static void the_slowest_pace_is_a_pace(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .confidence = 255};
    s.top[0].feature = UT_GROUP_PACE;
    s.top[0].contribution = 64;
    for (uint32_t i = 1; i <= 100; i++) {
        s.t_ms = 250 * i;
        s.customer_pace = (uint8_t)(i > 88 ? 1 : 31 + i % 3);
        ut_cue_memory_score(&memory, &s);
    }
    memory.now_ms = 25000;
    change.cue = UT_CUE_EMPATHY;
    ut_cue_rules_explain(&memory, &change);
    assert_string_equal(change.evidence[1].feature, "pace");
    assert_string_equal(change.evidence[1].unit, "syllables/s");
    assert_true(fabs(change.evidence[1].value - 1 / 16.0) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_cue_is_complete, setup),
        cmocka_unit_test_setup(thresholds_are_inclusive, setup),
        cmocka_unit_test_setup(nothing_is_on_before_anything_is_known, setup),
        cmocka_unit_test_setup(the_hold_is_counted_in_the_speech_it_is_about, setup),
        cmocka_unit_test_setup(every_cue_explains_itself, setup),
        cmocka_unit_test_setup(cues_about_frustration_name_what_was_heard, setup),
        cmocka_unit_test_setup(a_share_of_overlaps_is_of_a_whole_window, setup),
        cmocka_unit_test_setup(hesitation_is_explained_by_its_strongest_signs, setup),
        cmocka_unit_test_setup(a_slow_response_is_explained_by_the_customers_turn, setup),
        cmocka_unit_test_setup(the_slowest_pace_is_a_pace, setup),
        cmocka_unit_test_setup(contributions_are_means_over_the_hold, setup),
        cmocka_unit_test_setup(reasons_make_sense_to_people, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
