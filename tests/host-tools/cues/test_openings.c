/* SPDX-License-Identifier: Apache-2.0 */
/* When each cue opens and closes in a call, and what it says then: rules, memory and engine together. */
#include "dsp/features.h"
#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "host-tools/cues/rules.h"
#include "models/infer.h"
#include "tests/host-tools/cues/call_of_facts.h"

static void silence_opens_six_seconds_after_the_last_speech(void **state)
{
    (void)state;
    ipu(UT_AGENT, 200, 900);
    ipu(UT_CUSTOMER, 500, 1230);
    until(9000);
    assert_opened(UT_CUE_SILENCE, 7230);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_SILENCE, 0)->begin_ms, 1230);
    assert_null(find(UT_CUE_CLOSED, UT_CUE_SILENCE, 0));
    ipu(UT_CUSTOMER, 9510, 9700); /* 190 ms: too short to end it */
    ipu(UT_AGENT, 10000, 11000);
    until(12000);
    const struct ut_cue_change *c = find(UT_CUE_CLOSED, UT_CUE_SILENCE, 0);
    assert_non_null(c);
    assert_int_equal(c->t_ms, 10300);
    assert_int_equal(c->opened_ms, 7230);
    assert_int_equal(c->shown_ms, 10300 - 7230);
}

static void continuous_counts_from_the_floor(void **state)
{
    (void)state;
    ipu(UT_CUSTOMER, 0, 2000);
    ipu(UT_AGENT, 3000, 9000);
    ipu(UT_AGENT, 10490, 20000); /* a pause of 1490 ms is none */
    turn(UT_TURN_IPU_START, UT_AGENT, 20400, 20300, 20300);
    ipu(UT_CUSTOMER, 25000, 25990); /* a backchannel */
    until(33500);
    assert_opened(UT_CUE_CONTINUOUS, 33000);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_CONTINUOUS, 0)->begin_ms, 3000);
    turn(UT_TURN_IPU_END, UT_AGENT, 36200, 20300, 36000);
    until(40000);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_CONTINUOUS, 0)->t_ms, 37500);
}

static void continuous_starts_again_after_the_customer_or_a_pause(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 20000);
    turn(UT_TURN_IPU_START, UT_AGENT, 21600, 21500, 21500); /* after exactly 1500 ms */
    ipu(UT_CUSTOMER, 30000, 31000);                         /* exactly 1000 ms: takes the floor */
    until(60999);
    assert_null(find(UT_CUE_OPENED, UT_CUE_CONTINUOUS, 0));
    until(62000);
    assert_opened(UT_CUE_CONTINUOUS, 61000); /* 30 s after the customer stopped */
}

static void overlap(uint32_t begin_ms, uint32_t end_ms)
{
    turn(UT_TURN_IPU_START, UT_CUSTOMER, begin_ms - 1900, begin_ms - 2000, begin_ms - 2000);
    turn(UT_TURN_IPU_START, UT_AGENT, begin_ms + 100, begin_ms, begin_ms);
    turn(UT_TURN_OVERLAP_START, UT_BOTH, begin_ms + 1000, begin_ms, begin_ms);
    turn(UT_TURN_IPU_END, UT_CUSTOMER, end_ms + 200, begin_ms - 2000, end_ms);
    turn(UT_TURN_OVERLAP_END, UT_BOTH, end_ms + 200, begin_ms, end_ms);
    turn(UT_TURN_IPU_END, UT_AGENT, end_ms + 1200, begin_ms, end_ms + 1000);
}

static void third_overlap_within_a_minute(void **state)
{
    (void)state;
    overlap(5000, 6200);
    overlap(40000, 41200);
    overlap(65990, 67200); /* its 1000 ms are 60.99 s after those of the first */
    until(70000);
    assert_null(find(UT_CUE_OPENED, UT_CUE_OVERLAPS, 0));
    overlap(90000, 91500);
    until(95000);
    assert_opened(UT_CUE_OVERLAPS, 91000);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_OVERLAPS, 0)->begin_ms, 40000);
    until(115000);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_OVERLAPS, 0)->t_ms, 111500);
}

static void overlap_share_waits_for_a_full_window_of_talk(void **state)
{
    (void)state;
    w.config.value[UT_P_OVERLAPS_ON] = 20; /* out of the way */
    overlap(4000, 11000);                  /* 7 s of 60 */
    until(20000);
    assert_null(find(UT_CUE_OPENED, UT_CUE_OVERLAPS, 0));
    /* talk so far: 2000..12000 = 10 s; 49 s more, then one that is in overlap again when the window fills */
    ipu(UT_CUSTOMER, 20000, 66000);
    overlap(72000, 75000);
    until(80000);
    /* 10 + 46 s, then 70000..: the window is full at 74000 with 700 + 200 hops in overlaps */
    assert_opened(UT_CUE_OVERLAPS, 74000);
}

static void two_interruptions_by_the_agent(void **state)
{
    (void)state;
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 10400, 9000, 10200);
    turn(UT_TURN_INTERRUPTION, UT_CUSTOMER, 15400, 14000, 15200);
    until(20000);
    assert_null(find(UT_CUE_OPENED, UT_CUE_INTERRUPTING, 0));
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 30400, 29000, 30200);
    until(70000);
    assert_opened(UT_CUE_INTERRUPTING, 30200);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_INTERRUPTING, 0)->begin_ms, 9000);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_INTERRUPTING, 0)->t_ms, 60200);
}

static void customer_speaks(uint32_t until_ms, uint8_t loudness, uint8_t f0)
{
    w.score.flags = UT_WIRE_CUSTOMER_SPEECH;
    w.score.customer_loudness = loudness;
    w.score.customer_f0 = f0;
    until(until_ms);
}

static void raised_voice_needs_baseline_loudness_and_pitch(void **state)
{
    (void)state;
    uint8_t usual = ut_features_loudness(-40 * 256), loud = ut_features_loudness(-30 * 256);
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 100, 0, 0);
    customer_speaks(19000, usual, 41);
    customer_speaks(23000, loud, 61); /* no baseline before 20 s; then 3 s until it has lasted */
    until(24000);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_RAISED_VOICE, 0);
    assert_non_null(c);
    assert_true(c->t_ms >= 21000 && c->t_ms <= 22250);
    assert_int_equal(c->evidence_count, 2);
    assert_true(fabs(c->evidence[0].value - -30) < 0.5);
    assert_true(fabs(c->evidence[0].baseline - -40) < 0.5);
    assert_true(fabs(c->evidence[1].value - c->evidence[1].baseline - 5) < 0.01); /* (61 - 41) quarter semitones */
    customer_speaks(40000, usual, 41);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_RAISED_VOICE, 0));

    start();
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 100, 0, 0);
    customer_speaks(30000, usual, 41);
    customer_speaks(40000, loud, 41);  /* louder at the same pitch: nearer to the microphone */
    customer_speaks(50000, usual, 61); /* higher at the same loudness: a question */
    assert_null(find(UT_CUE_OPENED, UT_CUE_RAISED_VOICE, 0));
}

static void empathy_after_two_seconds_of_speech_above_the_usual(void **state)
{
    (void)state;
    scores(10000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0.1, 0.9);
    w.score.top[0].feature = UT_GROUP_PITCH;
    w.score.top[0].contribution = 64;
    w.score.top[1].feature = UT_GROUP_VOICING;
    w.score.top[1].contribution = -32; /* towards delight: no reason for this cue */
    scores(13000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0.05, 0.9);
    scores(15000, 0, 0, 0, 0); /* a pause: neither for nor against */
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0.05, 0.9);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0);
    assert_non_null(c);
    /* the usual has sunk to (40 x 0.2 + 40 x 0.1) / 80 = 0.15 and climbs to 0.22; the mean of 12 is 0.3 above it with
     * the 7th loud record (0.57), at 11750; 8 records from there make 2 s: 6 before the pause, then 15250, 15500 */
    assert_int_equal(c->t_ms, 15500);
    assert_true(fabs(c->evidence[0].baseline - (40 * 0.2 + 40 * 0.1 + 14 * 0.9) / 94) < 0.01);
    assert_int_equal(c->evidence_count, 2);
    assert_string_equal(c->evidence[0].feature, "frustration");
    assert_string_equal(c->evidence[1].feature, "pitch");
    assert_true(fabs(c->evidence[1].contribution - 1) < 0.01);
    assert_null(find(UT_CUE_CLOSED, UT_CUE_EMPATHY, 0));
    scores(40000, UT_WIRE_CUSTOMER_SPEECH, 0.05, 0.05, 0.9);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_EMPATHY, 0));
}

static void empathy_needs_confidence_and_scores(void **state)
{
    (void)state;
    scores(20000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.34);
    scores(40000, UT_WIRE_CUSTOMER_SPEECH | UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT, 0.95, 0, 0.95);
    scores(60000, 0, 0.95, 0, 0.95);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
}

static void positive_interaction_opens(void **state)
{
    (void)state;
    scores(20000, UT_WIRE_CUSTOMER_SPEECH, 0.05, 0.8, 0.9);
    /* valid after 12 records (3000), 8 records make 2 s */
    assert_opened(UT_CUE_POSITIVE, 4750);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
}

static void the_customer_waits_for_an_answer(void **state)
{
    (void)state;
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 100, 0, 0);
    turn(UT_TURN_START, UT_CUSTOMER, 100, 0, 0);
    turn(UT_TURN_IPU_END, UT_CUSTOMER, 2200, 0, 2000);
    ipu(UT_AGENT, 5600, 5890); /* 290 ms: no answer */
    ipu(UT_AGENT, 6500, 6800);
    until(9000);
    assert_opened(UT_CUE_SLOW_RESPONSE, 5000);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_SLOW_RESPONSE, 0);
    assert_int_equal(c->begin_ms, 2000);
    assert_int_equal(c->display, UT_DISPLAY_GAUGE);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_SLOW_RESPONSE, 0)->t_ms, 6800);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_SLOW_RESPONSE, 0)->shown_ms, 0); /* a gauge */
    until(60000);                                                                /* answered: nobody waits */
    assert_null(find(UT_CUE_OPENED, UT_CUE_SLOW_RESPONSE, 1));
}

static void nobody_waits_after_a_short_word_or_the_agent(void **state)
{
    (void)state;
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 100, 0, 0);
    turn(UT_TURN_START, UT_CUSTOMER, 100, 0, 0);
    turn(UT_TURN_IPU_END, UT_CUSTOMER, 1190, 0, 990); /* a turn of 990 ms */
    until(10000);
    turn(UT_TURN_IPU_START, UT_AGENT, 10100, 10000, 10000);
    turn(UT_TURN_START, UT_AGENT, 11000, 10000, 10000);
    turn(UT_TURN_IPU_END, UT_AGENT, 12200, 10000, 12000);
    until(30000);
    assert_null(find(UT_CUE_OPENED, UT_CUE_SLOW_RESPONSE, 0));
}

/* The agent speaks for 2 s from begin_ms on, the customer answers after latency_ms and speaks for 4 s.
 * held: the wait was a hold's. */
static uint32_t question_and_answer(uint32_t begin_ms, uint32_t latency_ms, int held)
{
    w.score.flags = UT_WIRE_AGENT_SPEECH;
    ipu(UT_AGENT, begin_ms, begin_ms + 2000);
    begin_ms += 2000 + latency_ms;
    w.score.flags = 0;
    until(begin_ms);
    w.engine.memory.hold.span.end_ms = held ? begin_ms - 100 : 0;
    w.score.flags = UT_WIRE_CUSTOMER_SPEECH;
    w.score.customer_pace = 64;
    ipu(UT_CUSTOMER, begin_ms, begin_ms + 4000);
    w.score.flags = 0;
    return begin_ms + 4500;
}

static void the_customer_hesitates_against_its_own_call(void **state)
{
    (void)state;
    uint32_t at = 500;
    for (int i = 0; i < 9; i++)
        at = question_and_answer(at, 500, 0);
    assert_null(find(UT_CUE_OPENED, UT_CUE_HESITATES, 0));
    uint32_t late = at;
    for (int i = 0; i < 4; i++)
        at = question_and_answer(at, 3200, 0);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_HESITATES, 0);
    assert_non_null(c);
    assert_true(c->t_ms > late && c->t_ms < at);
    assert_int_equal(c->display, UT_DISPLAY_GAUGE);
    assert_int_equal(c->evidence_count, 1);
    assert_string_equal(c->evidence[0].feature, "response_latency");
    assert_true(fabs(c->evidence[0].value - 3.2) < 0.01 && fabs(c->evidence[0].baseline - 0.5) < 0.01);
    for (int i = 0; i < 5; i++)
        at = question_and_answer(at, 500, 0);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_HESITATES, 0));
    assert_null(find(UT_CUE_OPENED, UT_CUE_HESITATES, 1));
}

static void who_always_answers_late_does_not_hesitate(void **state)
{
    (void)state;
    uint32_t at = 500;
    for (int i = 0; i < 13; i++)
        at = question_and_answer(at, 3200, 0);
    assert_null(find(UT_CUE_OPENED, UT_CUE_HESITATES, 0));
}

static void time_on_hold_is_no_hesitation(void **state)
{
    (void)state;
    uint32_t at = 500;
    for (int i = 0; i < 9; i++)
        at = question_and_answer(at, 500, 0);
    for (int i = 0; i < 4; i++)
        at = question_and_answer(at, 3200, 1);
    assert_null(find(UT_CUE_OPENED, UT_CUE_HESITATES, 0));
}

static void quick_and_slow_are_against_ones_own_pace(void **state)
{
    (void)state;
    w.config.value[UT_P_SLOWLY_SHOW] = UT_SHOW_POPUP;
    agent_speaks(19750, 60, 64, 0); /* 4 syllables/s = 160 words/min */
    until(30000);                   /* 10 s more, the baseline is valid from 20 s on */
    agent_speaks(40000, 60, 80, 0); /* 5 syllables/s = 200 words/min, more than 2 sigma above */
    /* 20 records make 5 s, the first is at 30250: 35000 */
    assert_opened(UT_CUE_QUICKLY, 35000);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_QUICKLY, 0);
    assert_string_equal(c->evidence[0].feature, "pace");
    assert_true(c->evidence[0].value == 5 && c->evidence[0].baseline == 4);
    assert_true(c->evidence[1].value == 200);
    agent_speaks(60000, 60, 64, 0);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_QUICKLY, 0)->t_ms, 45250);
    assert_null(find(UT_CUE_OPENED, UT_CUE_SLOWLY, 0));
    agent_speaks(80000, 60, 38, 0); /* 2.375 = 95 words/min */
    assert_opened(UT_CUE_SLOWLY, 68000);
}

static void a_quick_speaker_is_not_quick_by_being_so(void **state)
{
    (void)state;
    agent_speaks(60000, 60, 88, 0); /* 220 words/min from the beginning */
    assert_null(find(UT_CUE_OPENED, UT_CUE_QUICKLY, 0));
    start();
    agent_speaks(30000, 60, 40, 0);
    agent_speaks(60000, 60, 64, 0); /* 160 words/min: above the baseline, below 170 */
    assert_null(find(UT_CUE_OPENED, UT_CUE_QUICKLY, 0));
}

static void the_microphone_is_low_or_overdriven(void **state)
{
    (void)state;
    agent_speaks(30000, 60, 64, 0); /* -30 dBFS */
    agent_speaks(50000, 80, 64, 0); /* -40 */
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_MIC_LOW, 0);
    assert_non_null(c);
    assert_true(c->t_ms >= 41000 && c->t_ms <= 42000); /* 8 dB down after most of 2 s, then 10 s */
    assert_true(c->evidence[0].baseline == -30);
    assert_null(find(UT_CUE_OPENED, UT_CUE_MIC_HIGH, 0));
    agent_speaks(80000, 60, 64, UT_WIRE_AGENT_CLIPPED);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_MIC_LOW, 0));
    c = find(UT_CUE_OPENED, UT_CUE_MIC_HIGH, 0);
    assert_non_null(c);
    assert_true(c->t_ms >= 60500 && c->t_ms <= 61500);
    agent_speaks(100000, 60, 64, 0);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_MIC_HIGH, 0));
}

static void the_share_of_talk_is_over_three_minutes(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 30; i++) { /* 6 s by the agent, 2 s by the customer, 2 s of silence */
        ipu(UT_AGENT, 10000 * i, 10000 * i + 6000);
        ipu(UT_CUSTOMER, 10000 * i + 7000, 10000 * i + 9000);
    }
    assert_opened(UT_CUE_TALK_RATIO, 180000 + 30000);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_TALK_RATIO, 0);
    assert_true(fabs(c->evidence[0].value - 75) < 1);
    assert_int_equal(c->display, UT_DISPLAY_GAUGE);
    assert_null(find(UT_CUE_CLOSED, UT_CUE_TALK_RATIO, 0));
    for (uint32_t i = 30; i < 50; i++)
        ipu(UT_CUSTOMER, 10000 * i, 10000 * i + 9000);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_TALK_RATIO, 0));
}

/* Customer speech whose frustration climbs from `from` to `to`. */
static void climb(uint32_t until_ms, double from, double to)
{
    uint32_t begin = w.now_ms;
    while (w.now_ms < until_ms) {
        double at = (double)(w.now_ms - begin) / (until_ms - begin);
        scores(w.now_ms + 250, UT_WIRE_CUSTOMER_SPEECH, from + (to - from) * at, 0, 0.9);
    }
}

static void rising_frustration_is_an_arrow_with_a_forecast(void **state)
{
    (void)state;
    scores(40000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_RISING, 0));
    climb(70000, 0.1, 0.95);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_RISING, 0);
    assert_non_null(c);
    assert_int_equal(c->display, UT_DISPLAY_ARROW);
    assert_string_equal(c->evidence[0].feature, "frustration_slope");
    assert_true(c->evidence[0].value >= 0.15);
    assert_string_equal(c->evidence[1].feature, "forecast");
    assert_true(c->evidence[1].value >= 0.7);
    assert_int_not_equal(w.engine.visible, UT_CUE_RISING);
    scores(110000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9); /* high, and no longer rising */
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_RISING, 0));
    start();
    w.config.value[UT_P_RISING_PROBABILITY] = 1;
    scores(40000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0, 0.9);
    climb(70000, 0.1, 0.95); /* rises as much, but the forecast has to be certain */
    assert_null(find(UT_CUE_OPENED, UT_CUE_RISING, 0));
}

static void help_is_asked_for_after_long_frustration(void **state)
{
    (void)state;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0, 0.9);
    scores(70000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.9);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_HELP, 0);
    assert_non_null(c);
    /* the mean of 20 s reaches 0.75 some 14 s after the change; then 3 s */
    assert_true(c->t_ms >= 46000 && c->t_ms <= 48500);
    assert_string_equal(c->evidence[0].feature, "frustration_slow");
    assert_null(find(UT_CUE_FLAG_RAISED, UT_CUE_HELP, 0)); /* the site has not enabled it */
    scores(160000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0, 0.9);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_HELP, 0));
}

static void help_needs_its_speech_within_a_minute(void **state)
{
    (void)state;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0, 0.9);
    for (uint32_t t = 30000; t < 230000; t += 4000) { /* 1 s of speech in 4 s: 20 s of it take 80 s */
        scores(t + 1000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.5);
        scores(t + 4000, 0, 0, 0, 0);
    }
    assert_true(w.engine.memory.slow.frustration > 0.75);
    assert_null(find(UT_CUE_OPENED, UT_CUE_HELP, 0));
}

static void help_follows_a_second_empathy_cue(void **state)
{
    (void)state;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.4, 0, 0.9);
    scores(40000, UT_WIRE_CUSTOMER_SPEECH, 0.8, 0, 0.9);
    scores(52000, UT_WIRE_CUSTOMER_SPEECH, 0.42, 0, 0.9);
    assert_non_null(find(UT_CUE_CLOSED, UT_CUE_EMPATHY, 0));
    scores(85000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_HELP, 0));
    scores(100000, UT_WIRE_CUSTOMER_SPEECH, 0.72, 0, 0.9); /* never 0.75, but a second time */
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 1));
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_HELP, 0));
}

static void a_good_moment_is_just_past_the_maximum(void **state)
{
    (void)state;
    w.config.value[UT_P_GOOD_MOMENT_SHOW] = UT_SHOW_POPUP;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.05, 0.3, 0.9);
    scores(55000, UT_WIRE_CUSTOMER_SPEECH, 0.05, 0.9, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_GOOD_MOMENT, 0)); /* still at its maximum */
    scores(60000, UT_WIRE_CUSTOMER_SPEECH, 0.05, 0.6, 0.9);
    assert_opened(UT_CUE_GOOD_MOMENT, 55250);
    start();
    w.config.value[UT_P_GOOD_MOMENT_SHOW] = UT_SHOW_POPUP;
    scores(55000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0.9, 0.9);
    scores(70000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0.6, 0.9); /* frustrated too */
    assert_null(find(UT_CUE_OPENED, UT_CUE_GOOD_MOMENT, 0));
}

static void paused_scores_say_why(void **state)
{
    (void)state;
    scores(10000, UT_WIRE_CUSTOMER_SPEECH | UT_ABSTAIN_LITTLE << UT_WIRE_ABSTAIN_SHIFT, 0, 0, 0);
    assert_null(find(UT_CUE_OPENED, UT_CUE_PAUSED, 0)); /* a customer who listens is nothing to speak of */
    scores(20000, UT_ABSTAIN_HOLD << UT_WIRE_ABSTAIN_SHIFT, 0, 0, 0);
    assert_opened(UT_CUE_PAUSED, 13250);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_PAUSED, 0);
    assert_string_equal(c->detail, "hold_or_tone");
    assert_non_null(strstr(c->text, "music"));
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0, 0, 0);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_PAUSED, 0)->t_ms, 23250);
}

/* 20 s of an angry voice before the agent, whose channel is open, says his first word: an announcement or not, by its
 * place it is nobody's, and he who speaks behind it is met anew. */
static void before_the_agents_first_word_nobody_is_angry(void **state)
{
    (void)state;
    w.score.agent_level = 130;
    scores(20000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    assert_true(w.engine.memory.fast.valid);
    w.score.flags = 0;
    ipu(UT_AGENT, 21000, 22500);
    until(24000);
    assert_false(w.engine.memory.fast.valid || w.engine.memory.slow.valid);
    assert_int_equal(w.engine.memory.party[UT_CUSTOMER].level.n, 0);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    scores(32000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    assert_in_range(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0)->t_ms, 28000, 30000);
}

/* Less than 10 s before it are his who answered the call, and count. */
static void a_customer_who_begins_is_heard_when_the_agent_has_spoken(void **state)
{
    (void)state;
    w.score.agent_level = 130;
    scores(9500, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    w.score.flags = 0;
    ipu(UT_AGENT, 10000, 10750); /* a sound is no word */
    scores(12000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    (void)setup(state);
    w.score.agent_level = 130;
    scores(9500, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    w.score.flags = 0;
    ipu(UT_AGENT, 10000, 11500);
    assert_true(w.engine.memory.fast.valid);
    scores(16000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
}

/* A channel without sound is no agent who has not answered, nor is one that the headset calls silent. */
static void where_there_is_no_agent_nobody_waits_for_him(void **state)
{
    (void)state;
    w.score.agent_level = 200;
    scores(9500, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    (void)setup(state);
    const struct ut_wire_status silent = {.t_ms = 20000, .channels = UT_CHANNELS_SILENT};
    w.score.agent_level = 130;
    scores(12000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0, 0.9);
    scores(20000, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    ut_cue_engine_status(&w.engine, &silent);
    until(24000);
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
    (void)setup(state);
    ut_cue_engine_unheard(&w.engine, UT_HEARS_AGENT);
    w.score.agent_level = 130;
    scores(9500, UT_WIRE_CUSTOMER_SPEECH, 0.9, 0, 0.9);
    assert_non_null(find(UT_CUE_OPENED, UT_CUE_EMPATHY, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(silence_opens_six_seconds_after_the_last_speech, setup),
        cmocka_unit_test_setup(continuous_counts_from_the_floor, setup),
        cmocka_unit_test_setup(continuous_starts_again_after_the_customer_or_a_pause, setup),
        cmocka_unit_test_setup(third_overlap_within_a_minute, setup),
        cmocka_unit_test_setup(overlap_share_waits_for_a_full_window_of_talk, setup),
        cmocka_unit_test_setup(two_interruptions_by_the_agent, setup),
        cmocka_unit_test_setup(raised_voice_needs_baseline_loudness_and_pitch, setup),
        cmocka_unit_test_setup(empathy_after_two_seconds_of_speech_above_the_usual, setup),
        cmocka_unit_test_setup(empathy_needs_confidence_and_scores, setup),
        cmocka_unit_test_setup(positive_interaction_opens, setup),
        cmocka_unit_test_setup(the_customer_waits_for_an_answer, setup),
        cmocka_unit_test_setup(nobody_waits_after_a_short_word_or_the_agent, setup),
        cmocka_unit_test_setup(the_customer_hesitates_against_its_own_call, setup),
        cmocka_unit_test_setup(who_always_answers_late_does_not_hesitate, setup),
        cmocka_unit_test_setup(time_on_hold_is_no_hesitation, setup),
        cmocka_unit_test_setup(quick_and_slow_are_against_ones_own_pace, setup),
        cmocka_unit_test_setup(a_quick_speaker_is_not_quick_by_being_so, setup),
        cmocka_unit_test_setup(the_microphone_is_low_or_overdriven, setup),
        cmocka_unit_test_setup(the_share_of_talk_is_over_three_minutes, setup),
        cmocka_unit_test_setup(rising_frustration_is_an_arrow_with_a_forecast, setup),
        cmocka_unit_test_setup(help_is_asked_for_after_long_frustration, setup),
        cmocka_unit_test_setup(help_needs_its_speech_within_a_minute, setup),
        cmocka_unit_test_setup(help_follows_a_second_empathy_cue, setup),
        cmocka_unit_test_setup(a_good_moment_is_just_past_the_maximum, setup),
        cmocka_unit_test_setup(paused_scores_say_why, setup),
        cmocka_unit_test_setup(before_the_agents_first_word_nobody_is_angry, setup),
        cmocka_unit_test_setup(a_customer_who_begins_is_heard_when_the_agent_has_spoken, setup),
        cmocka_unit_test_setup(where_there_is_no_agent_nobody_waits_for_him, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
