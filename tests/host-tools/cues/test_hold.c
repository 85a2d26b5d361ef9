/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/hold.h"

#include "firmware/engine.h"
#include "firmware/turns.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { GRID_MS = 10, RECORD_MS = 250, SPANS_MAX = 8 };

/* A call of levels in dBFS: what each channel holds while nobody speaks, and who speaks. */
static struct {
    struct ut_config config;
    struct ut_hold hold;
    struct ut_baseline voice[2];
    struct ut_hold_talk talk[2];
    double line_db[2], voice_db[2];
    int abstain;
    int64_t now_ms;
    bool flag[2]; /* the next record says speech, whatever the units say */
    struct ut_hold_span began[SPANS_MAX], ended[SPANS_MAX];
    int begins, ends;
} w;

static uint8_t loudness(double db)
{
    return (uint8_t)lround(fmin(200, fmax(0, (db + 80) * 2.5)));
}

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    ut_config_defaults(&w.config);
    ut_hold_init(&w.hold, &w.config);
    for (int p = 0; p < 2; p++) {
        w.talk[p] = (struct ut_hold_talk){.end_ms = -1, .voices = &w.voice[p]};
        w.line_db[p] = -60;
        w.voice_db[p] = -25;
    }
    return 0;
}

static void keep(void)
{
    if (w.hold.change == UT_HOLD_BEGAN) {
        assert_true(w.begins < SPANS_MAX);
        w.began[w.begins++] = w.hold.span;
    } else if (w.hold.change == UT_HOLD_ENDED) {
        assert_true(w.ends < SPANS_MAX);
        w.ended[w.ends++] = w.hold.span;
    }
}

static void step(void)
{
    struct ut_wire_score s = {.flags = (uint8_t)(w.abstain << UT_WIRE_ABSTAIN_SHIFT)};
    w.now_ms += GRID_MS;
    if (w.now_ms % RECORD_MS != 0) {
        ut_hold_hop(&w.hold, w.now_ms, w.talk, NULL);
        keep();
        return;
    }
    bool speaks[2];
    double db[2];
    for (int p = 0; p < 2; p++) {
        speaks[p] = w.flag[p] || (w.talk[p].in_ipu && w.now_ms - w.talk[p].begin_ms > RECORD_MS / 2);
        db[p] = speaks[p] ? w.voice_db[p] : w.line_db[p];
    }
    s.t_ms = (uint32_t)w.now_ms;
    s.flags = (uint8_t)(s.flags | (speaks[0] ? UT_WIRE_CUSTOMER_SPEECH : 0) | (speaks[1] ? UT_WIRE_AGENT_SPEECH : 0));
    s.customer_loudness = loudness(db[UT_CUSTOMER]);
    s.agent_level = (uint8_t)lround(-2 * db[UT_AGENT]);
    if (speaks[UT_CUSTOMER] && !w.hold.open)
        ut_baseline_add(&w.voice[UT_CUSTOMER], s.customer_loudness);
    if (speaks[UT_AGENT] && !w.hold.open)
        ut_baseline_add(&w.voice[UT_AGENT], s.agent_level);
    ut_hold_hop(&w.hold, w.now_ms, w.talk, &s);
    keep();
}

/* Goes on for that long as it is. */
static void wait(int64_t time_ms)
{
    for (int64_t end_ms = w.now_ms + time_ms; w.now_ms < end_ms;)
        step();
}

static void speak(int party, int64_t time_ms)
{
    w.talk[party].in_ipu = true;
    w.talk[party].begin_ms = w.now_ms;
    wait(time_ms - GRID_MS);
    w.talk[party].in_ipu = false;
    w.talk[party].end_ms = w.now_ms + GRID_MS;
    step();
}

/* 26 s: three turns of each, with pauses of 1 s behind. Both voices and their pauses are known then. */
static void talk(void)
{
    for (int i = 0; i < 3; i++) {
        speak(UT_AGENT, 4000);
        wait(1000);
        speak(UT_CUSTOMER, 3000);
        wait(1000);
    }
}

/* Music: the customer's channel is loud, louder and less loud in turn, and every few seconds a scrap of it is called
 * speech. */
static void music(int64_t time_ms)
{
    for (int64_t end_ms = w.now_ms + time_ms, i = 0; w.now_ms < end_ms; i++) {
        w.line_db[UT_CUSTOMER] = i % 3 == 0 ? -24 : i % 3 == 1 ? -30 : -20;
        if (i % 8 == 7)
            speak(UT_CUSTOMER, 600);
        else
            wait(w.now_ms + 500 < end_ms ? 500 : end_ms - w.now_ms);
    }
    w.line_db[UT_CUSTOMER] = -60;
}

static void two_minutes_of_music_are_a_hold(void **state)
{
    (void)state;
    talk();
    int64_t begin_ms = w.now_ms;
    music(120000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.began[0].kind, UT_HOLD_SOUND);
    assert_int_equal(w.began[0].party, UT_CUSTOMER);
    assert_in_range(w.began[0].begin_ms, begin_ms - 500, begin_ms + 500);
    assert_in_range(w.began[0].known_ms, begin_ms + 4000, begin_ms + 5500);
    assert_int_equal(w.ends, 0);
    int64_t end_ms = w.now_ms;
    speak(UT_AGENT, 2000);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.ended[0].end_ms, end_ms);
    assert_int_equal(w.ended[0].known_ms, end_ms + 1000);
    assert_int_equal(w.ended[0].reason, UT_HOLD_BY_SPEECH);
    assert_int_equal(w.hold.total_ms, w.ended[0].end_ms - w.ended[0].begin_ms);
}

static void music_before_anybody_has_spoken_is_a_hold(void **state)
{
    (void)state;
    music(60000);
    assert_int_equal(w.begins, 1);
    assert_in_range(w.began[0].begin_ms, 0, 500);
    assert_in_range(w.began[0].known_ms, 4000, 5500);
}

static void quiet_sound_before_anything_is_known_is_none(void **state)
{
    (void)state;
    w.line_db[UT_CUSTOMER] = -41;
    wait(28000);
    assert_int_equal(w.begins, 0);
}

static void the_agents_hold_is_a_line_that_is_cut(void **state)
{
    (void)state;
    talk();
    int64_t begin_ms = w.now_ms;
    w.line_db[UT_CUSTOMER] = -100;
    wait(60000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.began[0].kind, UT_HOLD_SILENCE);
    assert_int_equal(w.began[0].party, UT_BOTH);
    assert_in_range(w.began[0].begin_ms, begin_ms - 250, begin_ms + 250);
    assert_in_range(w.began[0].known_ms, begin_ms + 4000, begin_ms + 5250); /* before a silence is long */
    int64_t end_ms = w.now_ms;
    w.line_db[UT_CUSTOMER] = -60;
    speak(UT_CUSTOMER, 2000);
    assert_int_equal(w.ended[0].end_ms, end_ms);
}

static void comfort_noise_is_a_line_that_is_cut(void **state)
{
    (void)state;
    talk();
    w.line_db[UT_CUSTOMER] = -71;
    wait(10000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.began[0].kind, UT_HOLD_SILENCE);
}

static void a_line_hardly_quieter_is_not_cut(void **state)
{
    (void)state;
    talk();
    w.line_db[UT_CUSTOMER] = -69;
    wait(12000);
    assert_int_equal(w.begins, 0);
}

/* The line is not there between his words either, or an echo of the agent is all there is. */
static void a_line_with_a_gate_or_an_echo_is_not_cut_while_both_think(void **state)
{
    (void)state;
    w.line_db[UT_CUSTOMER] = -100;
    talk();
    wait(12000);
    assert_int_equal(w.begins, 0);
    (void)setup(state);
    for (int i = 0; i < 4; i++) {
        w.line_db[UT_CUSTOMER] = -42;
        speak(UT_AGENT, 4000);
        w.line_db[UT_CUSTOMER] = -65;
        wait(1000);
        speak(UT_CUSTOMER, 3000);
        wait(1000);
    }
    wait(12000);
    assert_int_equal(w.begins, 0);
    (void)setup(state);
    for (int i = 0; i < 4; i++) { /* a gate that shuts late */
        w.line_db[UT_CUSTOMER] = -100;
        speak(UT_AGENT, 4000);
        w.line_db[UT_CUSTOMER] = -60;
        speak(UT_CUSTOMER, 3000);
        wait(1000);
    }
    w.line_db[UT_CUSTOMER] = -100;
    wait(12000);
    assert_int_equal(w.begins, 0);
}

static void twelve_seconds_of_thought_are_none(void **state)
{
    (void)state;
    talk();
    wait(12000);
    assert_int_equal(w.begins, 0);
    assert_false(w.hold.doubtful);
    w.line_db[UT_CUSTOMER] = -51; /* a noise of the room */
    wait(12000);
    assert_int_equal(w.begins, 0);
}

static void half_a_minute_in_which_nothing_changes_is_a_hold(void **state)
{
    (void)state;
    w.line_db[UT_CUSTOMER] = -100;
    talk();
    int64_t last_ms = w.talk[UT_CUSTOMER].end_ms;
    wait(28500);
    assert_int_equal(w.begins, 0);
    wait(1000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.began[0].begin_ms, last_ms);
    assert_int_equal(w.began[0].kind, UT_HOLD_SILENCE);
}

static void a_room_that_is_heard_is_no_hold_however_long(void **state)
{
    (void)state;
    talk();
    for (int i = 0; i < 30; i++) {
        w.line_db[UT_CUSTOMER] = -60;
        wait(1500);
        w.line_db[UT_CUSTOMER] = -54; /* a chair, a breath */
        wait(500);
    }
    assert_int_equal(w.begins, 0);
}

static void before_both_have_spoken_silence_is_none(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        speak(UT_CUSTOMER, 4000);
        wait(1000);
    }
    w.line_db[UT_CUSTOMER] = -100;
    wait(60000);
    assert_int_equal(w.begins, 0);
}

static void who_is_not_recorded_may_be_speaking(void **state)
{
    (void)state;
    w.hold.unheard = 1 << UT_AGENT;
    w.hold.spoken[UT_AGENT] = true;
    for (int i = 0; i < 4; i++) {
        speak(UT_CUSTOMER, 4000);
        wait(1000);
    }
    w.line_db[UT_CUSTOMER] = -100;
    wait(60000);
    assert_int_equal(w.begins, 0);
    music(20000); /* of that nothing else is to be known */
    assert_int_equal(w.begins, 1);
}

static void a_hold_lasts_to_the_end_of_the_call(void **state)
{
    (void)state;
    talk();
    music(30000);
    assert_int_equal(w.ends, 0);
    ut_hold_finish(&w.hold, w.now_ms);
    assert_int_equal(w.hold.change, UT_HOLD_ENDED);
    assert_int_equal(w.hold.span.end_ms, w.now_ms);
    assert_int_equal(w.hold.span.reason, UT_HOLD_BY_CALL);
    ut_hold_finish(&w.hold, w.now_ms);
    assert_int_equal(w.hold.change, UT_HOLD_SAME);
}

static void two_holds_are_two_and_add_up(void **state)
{
    (void)state;
    talk();
    music(20000);
    talk();
    w.line_db[UT_CUSTOMER] = -100;
    wait(15000);
    w.line_db[UT_CUSTOMER] = -60;
    talk();
    assert_int_equal(w.begins, 2);
    assert_int_equal(w.ends, 2);
    assert_int_equal(w.hold.count, 2);
    assert_int_equal(w.ended[0].kind, UT_HOLD_SOUND);
    assert_int_equal(w.ended[1].kind, UT_HOLD_SILENCE);
    assert_in_range(w.hold.total_ms, 34000, 36000);
}

/* He comes back while the music plays, and waits again. */
static void a_customer_who_speaks_over_it_ends_it(void **state)
{
    (void)state;
    talk();
    music(20000);
    int64_t end_ms = w.now_ms;
    w.line_db[UT_CUSTOMER] = -24;
    speak(UT_CUSTOMER, 1000); /* at exactly this length */
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.ended[0].end_ms, end_ms);
    int64_t again_ms = w.now_ms;
    wait(4500);
    assert_int_equal(w.begins, 1);
    wait(1000);
    assert_int_equal(w.begins, 2);
    assert_in_range(w.began[1].begin_ms, again_ms, again_ms + 250);
    speak(UT_CUSTOMER, 990);
    assert_int_equal(w.ends, 1); /* a scrap */
}

static void it_ends_when_the_sound_has_stopped(void **state)
{
    (void)state;
    talk();
    music(20000);
    int64_t stop_ms = w.now_ms;
    w.line_db[UT_CUSTOMER] = -60;
    wait(4500); /* between two pieces */
    assert_int_equal(w.ends, 0);
    music(5000);
    assert_int_equal(w.ends, 0);
    stop_ms = w.now_ms;
    wait(5500);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.ended[0].reason, UT_HOLD_BY_LINE);
    assert_in_range(w.ended[0].end_ms, stop_ms - 750, stop_ms);
    wait(12000);
    assert_int_equal(w.begins, 1);
}

static void a_silence_may_turn_into_music(void **state)
{
    (void)state;
    talk();
    w.line_db[UT_CUSTOMER] = -100;
    wait(10000);
    music(20000);
    w.line_db[UT_CUSTOMER] = -100;
    wait(10000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.ends, 0);
    w.line_db[UT_CUSTOMER] = -60;
    wait(6000);
    assert_int_equal(w.ends, 1);
    assert_int_equal(w.ended[0].kind, UT_HOLD_SILENCE);
}

static void music_in_the_agents_channel_counts_when_his_voice_is_known(void **state)
{
    (void)state;
    w.line_db[UT_AGENT] = -30;
    wait(10000);
    assert_int_equal(w.begins, 0);
    w.line_db[UT_AGENT] = -60;
    talk();
    w.line_db[UT_AGENT] = -41; /* keys */
    wait(12000);
    assert_int_equal(w.begins, 0);
    w.line_db[UT_AGENT] = -39;
    wait(6000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.began[0].party, UT_AGENT);
}

static void speech_beside_music_is_no_hold(void **state)
{
    (void)state;
    talk();
    w.line_db[UT_CUSTOMER] = -24;
    for (int i = 0; i < 10; i++) {
        speak(UT_AGENT, 3000);
        wait(2000);
    }
    assert_int_equal(w.begins, 0);
    for (int i = 0; i < 20; i++) { /* short words, but many: 4 records of 8 */
        wait(1000);
        w.flag[UT_CUSTOMER] = true;
        wait(1000);
        w.flag[UT_CUSTOMER] = false;
    }
    assert_int_equal(w.begins, 0);
}

static void doubt_comes_before_a_long_silence_and_goes(void **state)
{
    (void)state;
    talk();
    wait(3000);
    assert_false(w.hold.doubtful);
    w.line_db[UT_CUSTOMER] = -24;
    wait(1250);
    assert_true(w.hold.doubtful);
    assert_false(w.hold.open);
    w.line_db[UT_CUSTOMER] = -60;
    wait(250);
    assert_false(w.hold.doubtful);
    speak(UT_AGENT, 500);
    w.line_db[UT_CUSTOMER] = -24;
    wait(1500);
    speak(UT_AGENT, 1200);
    assert_false(w.hold.doubtful);
}

static void while_the_parties_are_mixed_nothing_is_said(void **state)
{
    (void)state;
    talk();
    music(10000);
    assert_int_equal(w.begins, 1);
    w.abstain = UT_ABSTAIN_MIXED;
    w.line_db[UT_CUSTOMER] = -24;
    wait(30000);
    assert_int_equal(w.begins, 1);
    assert_int_equal(w.ends, 1);
    w.abstain = UT_ABSTAIN_NONE;
    wait(4000);
    assert_int_equal(w.begins, 1);
    wait(1500);
    assert_int_equal(w.begins, 2);
}

static void records_that_were_lost_are_no_evidence(void **state)
{
    (void)state;
    talk();
    w.line_db[UT_CUSTOMER] = -24;
    wait(3000);
    int64_t back_ms = w.now_ms += 20000;
    wait(4000);
    assert_int_equal(w.begins, 0);
    wait(2000);
    assert_int_equal(w.begins, 1);
    assert_in_range(w.began[0].begin_ms, back_ms, back_ms + 500);
    w.now_ms += 20000; /* but a hold goes on behind them */
    wait(1000);
    assert_int_equal(w.ends, 0);
}

static void spans_share_time(void **state)
{
    (void)state;
    const struct ut_hold_span span = {.begin_ms = 100, .end_ms = 200};
    assert_int_equal(ut_hold_shared_ms(&span, 0, 100), 0);
    assert_int_equal(ut_hold_shared_ms(&span, 50, 150), 50);
    assert_int_equal(ut_hold_shared_ms(&span, 120, 150), 30);
    assert_int_equal(ut_hold_shared_ms(&span, 0, 300), 100);
    assert_int_equal(ut_hold_shared_ms(&span, 250, 300), 0);
}

static void names_are_the_published_ones(void **state)
{
    (void)state;
    assert_string_equal(ut_hold_kind_name(UT_HOLD_SOUND), "sound");
    assert_string_equal(ut_hold_kind_name(UT_HOLD_SILENCE), "silence");
    assert_string_equal(ut_hold_end_name(UT_HOLD_BY_SPEECH), "speech");
    assert_string_equal(ut_hold_end_name(UT_HOLD_BY_LINE), "line");
    assert_string_equal(ut_hold_end_name(UT_HOLD_BY_CALL), "call_ended");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        TEST(two_minutes_of_music_are_a_hold),
        TEST(music_before_anybody_has_spoken_is_a_hold),
        TEST(quiet_sound_before_anything_is_known_is_none),
        TEST(the_agents_hold_is_a_line_that_is_cut),
        TEST(comfort_noise_is_a_line_that_is_cut),
        TEST(a_line_hardly_quieter_is_not_cut),
        TEST(a_line_with_a_gate_or_an_echo_is_not_cut_while_both_think),
        TEST(twelve_seconds_of_thought_are_none),
        TEST(half_a_minute_in_which_nothing_changes_is_a_hold),
        TEST(a_room_that_is_heard_is_no_hold_however_long),
        TEST(before_both_have_spoken_silence_is_none),
        TEST(who_is_not_recorded_may_be_speaking),
        TEST(a_hold_lasts_to_the_end_of_the_call),
        TEST(two_holds_are_two_and_add_up),
        TEST(a_customer_who_speaks_over_it_ends_it),
        TEST(it_ends_when_the_sound_has_stopped),
        TEST(a_silence_may_turn_into_music),
        TEST(music_in_the_agents_channel_counts_when_his_voice_is_known),
        TEST(speech_beside_music_is_no_hold),
        TEST(doubt_comes_before_a_long_silence_and_goes),
        TEST(while_the_parties_are_mixed_nothing_is_said),
        TEST(records_that_were_lost_are_no_evidence),
        cmocka_unit_test(spans_share_time),
        cmocka_unit_test(names_are_the_published_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
