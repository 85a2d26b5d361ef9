/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/memory.h"

#include "dsp/features.h"
#include "firmware/engine.h"
#include "host-tools/cues/forecast.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_cue_memory m;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    ut_cue_memory_init(&m, &config);
    return 0;
}

/* Hops without facts up to t_ms. */
static void until(int64_t t_ms)
{
    while (m.now_ms < t_ms) {
        ut_cue_memory_open_hop(&m, m.now_ms);
        ut_cue_memory_close_hop(&m);
    }
}

/* A turn event in the hop that ends at t_ms. */
static void turn(int64_t t_ms, int kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    const struct ut_wire_turn t = {
        .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    until(t_ms - UT_CUE_GRID_MS);
    ut_cue_memory_open_hop(&m, m.now_ms);
    ut_cue_memory_turn(&m, &t);
    ut_cue_memory_close_hop(&m);
    assert_int_equal(m.now_ms, t_ms);
}

static void starts(int party, uint32_t t_ms)
{
    turn(t_ms, UT_TURN_IPU_START, party, t_ms, t_ms);
}

static void ends(int party, uint32_t begin_ms, uint32_t t_ms)
{
    turn(t_ms, UT_TURN_IPU_END, party, begin_ms, t_ms);
}

/* A score in the hop that ends at its time. */
static void score(const struct ut_wire_score *s)
{
    until((int64_t)s->t_ms - UT_CUE_GRID_MS);
    ut_cue_memory_open_hop(&m, m.now_ms);
    ut_cue_memory_score(&m, s);
    ut_cue_memory_close_hop(&m);
}

/* n records of that kind, the first one UT_CUE_SCORE_MS after the newest. */
static void scores(int n, struct ut_wire_score s)
{
    for (s.t_ms = m.newest.t_ms; n > 0; n--) {
        s.t_ms += UT_CUE_SCORE_MS;
        score(&s);
    }
}

static void silence_begins_with_the_last_speech(void **state)
{
    (void)state;
    until(500);
    assert_int_equal(m.silence_from_ms, 0);
    starts(UT_AGENT, 1000);
    assert_int_equal(m.silence_from_ms, -1);
    starts(UT_CUSTOMER, 1500);
    ends(UT_AGENT, 1000, 2000);
    assert_int_equal(m.silence_from_ms, -1);
    ends(UT_CUSTOMER, 1500, 2500);
    until(9000);
    assert_int_equal(m.silence_from_ms, 2500);
}

static void who_joins_late_knows_no_silence_before(void **state)
{
    (void)state;
    ut_cue_memory_open_hop(&m, 100000);
    ut_cue_memory_close_hop(&m);
    assert_int_equal(m.silence_from_ms, 100000);
    until(101000);
    assert_int_equal(m.silence_from_ms, 100000);
}

static void the_floor_outlasts_a_short_pause_and_a_short_word(void **state)
{
    (void)state;
    starts(UT_AGENT, 1000);
    assert_int_equal(m.floor_from_ms, 1000);
    starts(UT_CUSTOMER, 2000);
    ends(UT_CUSTOMER, 2000, 2990);
    assert_int_equal(m.floor_from_ms, 1000);
    ends(UT_AGENT, 1000, 3000);
    until(4490);
    assert_int_equal(m.floor_from_ms, 1000);
    until(4500);
    assert_int_equal(m.floor_from_ms, -1);
}

static void a_second_of_the_customer_takes_the_floor(void **state)
{
    (void)state;
    starts(UT_AGENT, 1000);
    starts(UT_CUSTOMER, 2000);
    until(2990);
    assert_int_equal(m.floor_from_ms, 1000);
    until(3000);
    assert_int_equal(m.floor_from_ms, -1);
    ends(UT_CUSTOMER, 2000, 5000);
    assert_int_equal(m.floor_from_ms, -1);
    until(5010);
    assert_int_equal(m.floor_from_ms, 5000); /* the agent speaks on: since the customer stopped */
}

static void turns_and_replies_are_remembered(void **state)
{
    (void)state;
    assert_int_equal(m.turn_party, UT_BOTH);
    turn(100, UT_TURN_START, UT_CUSTOMER, 50, 50);
    assert_true(m.turn_party == UT_CUSTOMER && m.turn_begin_ms == 50);
    ends(UT_AGENT, 1000, 1290);
    assert_int_equal(m.agent_reply_end_ms, -1);
    ends(UT_AGENT, 2000, 2300);
    assert_int_equal(m.agent_reply_end_ms, 2300);
    turn(3000, UT_TURN_INTERRUPTION, UT_CUSTOMER, 2000, 2500);
    assert_int_equal(m.interruptions.count, 0);
    turn(4000, UT_TURN_INTERRUPTION, UT_AGENT, 3000, 3500);
    assert_int_equal(m.interruptions.count, 1);
    assert_true(m.interruptions.t_ms[0] == 3500 && m.interruptions.begin_ms[0] == 3000);
}

static void events_of_both_do_not_touch_a_party(void **state)
{
    (void)state;
    turn(100, UT_TURN_IPU_START, UT_BOTH, 50, 50);
    turn(200, UT_TURN_IPU_END, UT_BOTH, 50, 150);
    assert_false(m.party[UT_CUSTOMER].in_ipu || m.party[UT_AGENT].in_ipu);
    assert_true(m.party[UT_CUSTOMER].end_ms == -1 && m.party[UT_AGENT].end_ms == -1);
}

static void an_end_that_was_lost_is_found_in_the_scores(void **state)
{
    (void)state;
    struct ut_wire_score quiet = {0}, speech = {.flags = UT_WIRE_CUSTOMER_SPEECH};
    starts(UT_CUSTOMER, 100);
    scores(20, quiet); /* no record was lost: a pause within the IPU */
    assert_true(m.party[UT_CUSTOMER].in_ipu);
    ut_cue_memory_gap(&m);
    scores(3, quiet);
    scores(1, speech); /* speaks on after all */
    scores(3, quiet);
    assert_true(m.party[UT_CUSTOMER].in_ipu);
    scores(1, quiet);
    assert_false(m.party[UT_CUSTOMER].in_ipu);
    assert_int_equal(m.party[UT_CUSTOMER].end_ms, 6000); /* where the second of silence began */
    assert_false(m.party[UT_CUSTOMER].unsure);
}

static void a_start_makes_sure_again(void **state)
{
    (void)state;
    struct ut_wire_score quiet = {0};
    ut_cue_memory_gap(&m);
    starts(UT_AGENT, 100);
    scores(20, quiet);
    assert_true(m.party[UT_AGENT].in_ipu);
}

static void recent_counts_the_window_without_its_begin(void **state)
{
    (void)state;
    int64_t begin;
    until(1000);
    assert_int_equal(ut_cue_memory_recent(&m, &m.overlaps, 60000, &begin), 0);
    assert_int_equal(begin, 1000);
    turn(6000, UT_TURN_OVERLAP_START, UT_BOTH, 5000, 5000);
    turn(9000, UT_TURN_OVERLAP_START, UT_BOTH, 8000, 8000);
    until(65990);
    assert_int_equal(ut_cue_memory_recent(&m, &m.overlaps, 60000, &begin), 2);
    assert_int_equal(begin, 5000);
    until(66000);
    assert_int_equal(ut_cue_memory_recent(&m, &m.overlaps, 60000, &begin), 1);
    assert_int_equal(begin, 8000);
    assert_int_equal(ut_cue_memory_recent(&m, &m.overlaps, 60000, NULL), 1);
}

static void a_full_history_forgets_its_oldest(void **state)
{
    (void)state;
    int64_t begin;
    for (int i = 1; i <= UT_CUE_HISTORY_MAX + 6; i++) {
        until(10 * i);
        ut_cue_memory_opening(&m, UT_CUE_EMPATHY, 10 * i - 5);
    }
    assert_int_equal(ut_cue_memory_recent(&m, &m.openings[UT_CUE_EMPATHY], 100000, &begin), UT_CUE_HISTORY_MAX);
    assert_int_equal(begin, 10 * 7 - 5);
    assert_int_equal(m.openings[UT_CUE_HELP].count, 0);
}

/* The first second of an overlap is known to be one only when it is over. */
static void an_overlap_counts_from_its_begin(void **state)
{
    (void)state;
    starts(UT_CUSTOMER, 1000);
    starts(UT_AGENT, 3000);
    until(3990);
    assert_int_equal(m.talk_overlapped, 0);
    turn(4000, UT_TURN_OVERLAP_START, UT_BOTH, 3000, 3000);
    until(4500);
    turn(4510, UT_TURN_OVERLAP_END, UT_BOTH, 3000, 4500);
    ends(UT_AGENT, 3000, 4520);
    ends(UT_CUSTOMER, 1000, 6000);
    until(20000);
    assert_int_equal(m.talk_hops, 500); /* 1000 .. 6000 */
    assert_int_equal(m.talk_overlapped, 151);
    assert_int_equal(m.overlap_end_ms, 4500);
}

static void talk_leaves_the_window(void **state)
{
    (void)state;
    config.value[UT_P_OVERLAPS_WINDOW] = 5;
    config.value[UT_P_TALK_RATIO_WINDOW] = 10;
    ut_cue_memory_init(&m, &config);
    starts(UT_CUSTOMER, 10);
    starts(UT_AGENT, 20);
    turn(1020, UT_TURN_OVERLAP_START, UT_BOTH, 20, 20);
    turn(2000, UT_TURN_OVERLAP_END, UT_BOTH, 20, 2000);
    ends(UT_AGENT, 20, 2010);
    assert_true(m.talk_overlapped > 190);
    assert_true(m.share_talk[UT_AGENT] == 199 && m.share_talk[UT_CUSTOMER] == 200);
    until(7100);
    assert_int_equal(m.talk_hops, 500);
    assert_int_equal(m.talk_overlapped, 0);
    until(12100);
    assert_int_equal(m.share_hops, 1000);
    assert_true(m.share_talk[UT_AGENT] == 0 && m.share_talk[UT_CUSTOMER] == 1000);
}

/* More records than the ring holds: the same means as from the list of them. */
static void means_are_those_of_the_last_records(void **state)
{
    (void)state;
    static struct ut_wire_score all[1000];
    uint32_t random = 3;
    int n = 0;
    for (uint32_t i = 1; i <= 1000; i++) {
        struct ut_wire_score s = {.t_ms = UT_CUE_SCORE_MS * i,
                                  .flags = ut_signal_random(&random) % 3 != 0 ? UT_WIRE_CUSTOMER_SPEECH : 0,
                                  .frustration = (uint8_t)ut_signal_random(&random),
                                  .delight = (uint8_t)ut_signal_random(&random),
                                  .confidence = (uint8_t)ut_signal_random(&random)};
        if (ut_signal_random(&random) % 9 == 0)
            s.flags |= UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT;
        ut_cue_memory_score(&m, &s);
        if (ut_wire_scored(&s))
            all[n++] = s;
        for (int seconds = 1; seconds <= 100; seconds += 33) {
            struct ut_cue_means means = ut_cue_memory_means(&m, seconds);
            assert_int_equal(means.valid, n >= 4 * seconds);
            int32_t sum[3] = {0};
            for (int k = 1; means.valid && k <= 4 * seconds; k++) {
                assert_int_equal(ut_cue_memory_speech(&m, k)->t_ms, all[n - k].t_ms);
                sum[0] += all[n - k].frustration;
                sum[1] += all[n - k].delight;
                sum[2] += all[n - k].confidence;
            }
            assert_true(fabs(means.frustration - sum[0] / 255.0 / (4 * seconds)) < 1e-12);
            assert_true(fabs(means.delight - sum[1] / 255.0 / (4 * seconds)) < 1e-12);
            assert_true(fabs(means.confidence - sum[2] / 255.0 / (4 * seconds)) < 1e-12);
        }
    }
    assert_true(n > UT_CUE_SPEECH_MAX);
    assert_int_equal(ut_cue_memory_means(&m, 0).valid, 0);
}

static void the_slope_is_the_slow_scores_change(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .confidence = 255};
    scores(80 + 39, s); /* slow is known from 20 s on, the slope 10 s later */
    assert_false(m.slope_valid);
    for (int i = 0; i < 80; i++) { /* one more in 255 with each record: 40 in 10 s, once all of slow climbs */
        s.frustration = (uint8_t)i;
        scores(1, s);
        assert_true(m.slope_valid);
    }
    s.frustration = 80;
    for (int i = 0; i < 40; i++) {
        scores(1, s);
        s.frustration++;
    }
    assert_true(fabs(m.slope - 40 / 255.0) < 1e-9);
    const double input[UT_FORECAST_INPUTS] = {[UT_FORECAST_SLOW] = m.slow.frustration,
                                              [UT_FORECAST_SLOPE] = m.slope,
                                              [UT_FORECAST_FAST] = m.fast.frustration,
                                              [UT_FORECAST_CONFIDENCE] = 1};
    assert_true(m.forecast == ut_forecast(input));
    s.t_ms = m.newest.t_ms + 1000; /* three records were lost: 10.75 s will do, one more would not */
    score(&s);
    assert_true(m.slope_valid);
    s.t_ms += 500;
    score(&s);
    assert_false(m.slope_valid);
    s.t_ms = m.newest.t_ms + 5000; /* records were lost: the slope would be over too long a time */
    score(&s);
    assert_false(m.slope_valid);
    assert_true(m.slope == 0 && m.forecast == 0);
}

static void the_maximum_of_delight_is_of_its_window(void **state)
{
    (void)state;
    struct ut_wire_score high = {.flags = UT_WIRE_CUSTOMER_SPEECH, .delight = 204}, low = {.flags = high.flags};
    assert_true(m.delight_max == -1);
    scores(80, high);
    assert_true(fabs(m.delight_max - 0.8) < 1e-9);
    assert_int_equal(m.delight_max_ms, 20000);
    scores(239, low);
    assert_true(fabs(m.delight_max - 0.8) < 1e-9);
    scores(1, low); /* 60 s later */
    assert_true(fabs(m.delight_max - 0.8 * 79 / 80) < 1e-9);
}

static void a_voice_is_raised_against_its_own_baseline(void **state)
{
    (void)state;
    struct ut_wire_score s = {
        .flags = UT_WIRE_CUSTOMER_SPEECH, .customer_loudness = ut_features_loudness(-40 * 256), .customer_f0 = 41};
    scores(79, s);
    assert_false(m.raise.valid || ut_cue_memory_settled(&m, UT_CUSTOMER));
    scores(1, s); /* 20 s of speech */
    assert_true(m.raise.valid && ut_cue_memory_settled(&m, UT_CUSTOMER));
    assert_false(ut_cue_memory_settled(&m, UT_AGENT));
    s.customer_loudness = ut_features_loudness(-30 * 256);
    s.customer_f0 = 61;
    scores(4, s);
    assert_true(fabs(m.raise.level_dbfs + 30) < 0.5 && fabs(m.raise.level_baseline + 40) < 0.5);
    assert_true(m.raise.pitch == 15 && m.raise.pitch_baseline == 10);
    s.customer_f0 = 0; /* unvoiced: says nothing of pitch */
    s.customer_loudness = 0;
    scores(2, s);
    assert_true(m.raise.pitch == 15 && fabs(m.raise.level_dbfs + 30) < 0.5);
}

static void half_of_the_baseline_has_to_be_voiced(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_CUSTOMER_SPEECH, .customer_loudness = 100};
    scores(200, s);
    s.customer_f0 = 41;
    scores(39, s);
    assert_false(m.raise.valid);
    scores(1, s);
    assert_true(m.raise.valid);
}

static void level_and_pace_are_those_of_the_agents_speech(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_AGENT_SPEECH, .agent_level = 60, .agent_pace = 64};
    scores(7, s);
    assert_false(m.microphone.clipped_valid);
    scores(1, s);
    assert_true(m.microphone.clipped_valid && !m.microphone.level_valid && !m.pace.valid);
    scores(72, s);
    assert_true(m.microphone.level_valid && m.pace.valid);
    assert_true(m.pace.now == 4 && m.pace.baseline == 4 && m.pace.sigma == 0.25); /* not less than this */
    s.flags |= UT_WIRE_AGENT_CLIPPED;
    s.agent_level = 80;
    s.agent_pace = 80;
    scores(2, s);
    assert_true(m.microphone.level_dbfs == -32.5 && m.microphone.baseline == -30 && m.microphone.clipped == 0.25);
    assert_true(m.pace.now == 5 && m.pace.baseline == 4);
    s.flags = UT_WIRE_CUSTOMER_SPEECH; /* the agent is silent: all stays */
    s.agent_level = 255;
    scores(10, s);
    assert_true(m.microphone.level_dbfs == -32.5 && m.pace.now == 5);
    assert_int_equal(m.party[UT_AGENT].level.n, 82);
}

static void a_reason_against_scores_counts_in_a_row(void **state)
{
    (void)state;
    struct ut_wire_score noise = {.flags = UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT}, none = {0},
                         little = {.flags = UT_ABSTAIN_LITTLE << UT_WIRE_ABSTAIN_SHIFT},
                         unknown = {.flags = (UT_ABSTAIN_MIXED + 1) << UT_WIRE_ABSTAIN_SHIFT};
    scores(3, noise);
    assert_true(m.no_score == 3 && m.clear == 0 && m.abstain == UT_ABSTAIN_NOISE);
    scores(2, none);
    assert_true(m.no_score == 0 && m.clear == 2 && m.abstain == UT_ABSTAIN_NOISE);
    scores(1, little); /* a customer who listens */
    scores(1, unknown);
    assert_true(m.no_score == 0 && m.clear == 4 && m.abstain == UT_ABSTAIN_NOISE);
    config.value[UT_P_PAUSED_LITTLE] = 1;
    scores(1, little);
    assert_true(m.no_score == 1 && m.clear == 0 && m.abstain == UT_ABSTAIN_LITTLE);
}

static void speech_is_that_of_this_hops_score(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_AGENT_SPEECH};
    scores(1, s);
    assert_true(ut_cue_memory_speaks(&m, UT_AGENT) && !ut_cue_memory_speaks(&m, UT_CUSTOMER));
    until(m.now_ms + UT_CUE_GRID_MS);
    assert_false(ut_cue_memory_speaks(&m, UT_AGENT));
}

static void the_next_call_keeps_what_is_usual_for_the_agent(void **state)
{
    (void)state;
    struct ut_wire_score s = {.flags = UT_WIRE_AGENT_SPEECH | UT_WIRE_CUSTOMER_SPEECH,
                              .agent_level = 60,
                              .agent_pace = 64,
                              .customer_pace = 64,
                              .customer_f0 = 41};
    static struct ut_cue_memory fresh;
    scores(100, s);
    ut_cue_memory_next(&m);
    assert_true(m.party[UT_AGENT].level.n == 100 && m.party[UT_AGENT].pace.n == 100);
    memset(&m.party[UT_AGENT].level, 0, sizeof m.party[UT_AGENT].level);
    memset(&m.party[UT_AGENT].pace, 0, sizeof m.party[UT_AGENT].pace);
    ut_cue_memory_init(&fresh, &config);
    assert_memory_equal(&m, &fresh, sizeof m);
}

static void windows_of_two_begin_anew_behind_both_in_one_channel(void **state)
{
    (void)state;
    const struct ut_wire_score mixed = {.flags = UT_ABSTAIN_MIXED << UT_WIRE_ABSTAIN_SHIFT};
    starts(UT_CUSTOMER, 1000);
    starts(UT_AGENT, 1010);
    turn(2100, UT_TURN_START, UT_AGENT, 1000, 1000);
    turn(2110, UT_TURN_OVERLAP_START, UT_BOTH, 1000, 1000);
    turn(2200, UT_TURN_INTERRUPTION, UT_AGENT, 1000, 2000);
    until(3000);
    assert_true(m.overlaps.count == 1 && m.interruptions.count == 1 && m.talk_overlapped > 0);
    assert_true(m.share_talk[UT_CUSTOMER] > 0 && m.share_talk[UT_AGENT] > 0 && m.turn_party == UT_AGENT);
    scores(1, mixed);
    assert_true(m.overlaps.count == 0 && m.interruptions.count == 0 && m.talk_overlapped <= 1);
    assert_true(m.share_hops <= 1 && m.share_talk[UT_CUSTOMER] <= 1 && m.share_talk[UT_AGENT] <= 1);
    assert_true(m.turn_party == UT_BOTH && m.overlap_end_ms == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(silence_begins_with_the_last_speech, setup),
        cmocka_unit_test_setup(who_joins_late_knows_no_silence_before, setup),
        cmocka_unit_test_setup(the_floor_outlasts_a_short_pause_and_a_short_word, setup),
        cmocka_unit_test_setup(a_second_of_the_customer_takes_the_floor, setup),
        cmocka_unit_test_setup(turns_and_replies_are_remembered, setup),
        cmocka_unit_test_setup(events_of_both_do_not_touch_a_party, setup),
        cmocka_unit_test_setup(an_end_that_was_lost_is_found_in_the_scores, setup),
        cmocka_unit_test_setup(a_start_makes_sure_again, setup),
        cmocka_unit_test_setup(recent_counts_the_window_without_its_begin, setup),
        cmocka_unit_test_setup(a_full_history_forgets_its_oldest, setup),
        cmocka_unit_test_setup(an_overlap_counts_from_its_begin, setup),
        cmocka_unit_test_setup(talk_leaves_the_window, setup),
        cmocka_unit_test_setup(means_are_those_of_the_last_records, setup),
        cmocka_unit_test_setup(the_slope_is_the_slow_scores_change, setup),
        cmocka_unit_test_setup(the_maximum_of_delight_is_of_its_window, setup),
        cmocka_unit_test_setup(a_voice_is_raised_against_its_own_baseline, setup),
        cmocka_unit_test_setup(half_of_the_baseline_has_to_be_voiced, setup),
        cmocka_unit_test_setup(level_and_pace_are_those_of_the_agents_speech, setup),
        cmocka_unit_test_setup(a_reason_against_scores_counts_in_a_row, setup),
        cmocka_unit_test_setup(windows_of_two_begin_anew_behind_both_in_one_channel, setup),
        cmocka_unit_test_setup(speech_is_that_of_this_hops_score, setup),
        cmocka_unit_test_setup(the_next_call_keeps_what_is_usual_for_the_agent, setup),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
