/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with time on hold, as records: what the session makes of them. */
#include "host-tools/call/session.h"

#include "tests/host-tools/call/said.h"

enum { LINE = 45, VOICE = 135, MUSIC = 140 }; /* loudness: -62, -26, -24 dBFS */

static uint32_t now_ms;
static int spans_begun, spans_ended;
static uint8_t line;
static uint32_t talk_ms[2]; /* told by turn records */

static void keep_hold(void *ctx, const struct ut_hold_span *span)
{
    (void)ctx;
    spans_begun += span->end_ms == UT_HOLD_OPEN;
    spans_ended += span->end_ms != UT_HOLD_OPEN;
}

static void keep_turn(void *ctx, const struct ut_wire_turn *t)
{
    (void)ctx;
    if (t->kind == UT_TURN_IPU_END)
        talk_ms[t->party] += t->end_ms - t->begin_ms;
}

static int open_call(void **state)
{
    if (setup(state) != 0)
        return -1;
    forget();
    ut_config_defaults(&s.config);
    struct ut_session_options options = {.config = &s.config,
                                         .contact_id = "c1",
                                         .session = "s1",
                                         .sink = keep_event,
                                         .on_score = keep_score,
                                         .on_turn = keep_turn,
                                         .on_hold = keep_hold,
                                         .on_note = keep_note};
    s.session = ut_session_new(&options);
    now_ms = 0;
    line = LINE;
    spans_begun = spans_ended = 0;
    memset(talk_ms, 0, sizeof talk_ms);
    put_hello();
    return s.session == NULL;
}

static void record(int flags)
{
    uint8_t bytes[UT_WIRE_RECORD_BYTES];
    bool customer = (flags & UT_WIRE_CUSTOMER_SPEECH) != 0, agent = (flags & UT_WIRE_AGENT_SPEECH) != 0;
    now_ms += 250;
    const struct ut_wire_score score = {.t_ms = now_ms,
                                        .flags = (uint8_t)flags,
                                        .frustration = 240,
                                        .confidence = 240,
                                        .customer_loudness = customer ? VOICE : line,
                                        .agent_level = agent ? 52 : 130,
                                        .customer_f0 = (uint8_t)(customer ? 41 : 0)};
    ut_wire_pack_score(bytes, link_bytes.seq++, &score);
    put(bytes);
}

static void wait(uint32_t time_ms)
{
    for (uint32_t end_ms = now_ms + time_ms; now_ms < end_ms;)
        record(0);
}

/* A unit of that length, in whole records; as the headset tells it. */
static void speak(int party, uint32_t time_ms)
{
    uint32_t begin_ms = now_ms, end_ms = now_ms + time_ms;
    int flag = party == UT_CUSTOMER ? UT_WIRE_CUSTOMER_SPEECH : UT_WIRE_AGENT_SPEECH;
    put_turn(UT_TURN_IPU_START, party, begin_ms + 100, begin_ms, begin_ms);
    for (; now_ms < end_ms;) {
        if (now_ms == begin_ms + 1000)
            put_turn(UT_TURN_START, party, now_ms, begin_ms, begin_ms);
        record(flag);
    }
    put_turn(UT_TURN_IPU_END, party, end_ms + 200, begin_ms, end_ms);
    put_turn(time_ms < 1000 ? UT_TURN_BACKCHANNEL : UT_TURN_END, party, end_ms + 200, begin_ms, end_ms);
}

static void talk(void)
{
    for (int i = 0; i < 4; i++) {
        speak(UT_AGENT, 4000);
        wait(1000);
        speak(UT_CUSTOMER, 3000);
        wait(1000);
    }
}

static void finish(void)
{
    record(UT_WIRE_END);
    put_status(now_ms);
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

static int opened(const char *cue)
{
    int n = 0;
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_CUE_OPENED && strstr(s.line[i], cue) != NULL)
            n++;
    return n;
}

static json_int_t at(json_t *event, const char *key)
{
    return json_integer_value(json_object_get(json_object_get(event, "data"), key));
}

static const char *word(json_t *event, const char *key)
{
    return json_string_value(json_object_get(json_object_get(event, "data"), key));
}

static json_int_t number(json_t *summary, const char *of, const char *key)
{
    json_t *c = json_object_get(summary, "ConversationCharacteristics");
    return json_integer_value(json_object_get(json_object_get(c, of), key));
}

/* Music as a network takes it that calls a scrap of it speech now and then: of a furious voice, by its scores. */
static void two_minutes_of_music_are_no_silence_and_no_voice(void **state)
{
    (void)state;
    talk();
    uint32_t begin_ms = now_ms;
    line = MUSIC;
    for (int i = 0; i < 24; i++) {
        wait(i == 0 ? 5000 : 4250); /* a scrap before it is known would count */
        speak(UT_CUSTOMER, 750);
    }
    uint32_t end_ms = now_ms;
    line = LINE;
    speak(UT_CUSTOMER, 3000);
    wait(1000);
    finish();
    assert_int_equal(opened("extended_silence"), 0);
    assert_int_equal(opened("slow_to_respond"), 0);
    assert_int_equal(count(UT_EVENT_HOLD_STARTED), 1);
    assert_int_equal(count(UT_EVENT_HOLD_ENDED), 1);
    assert_int_equal(spans_begun, 1);
    assert_int_equal(spans_ended, 1);
    json_t *event = data_of(UT_EVENT_HOLD_STARTED);
    assert_in_range(at(event, "BeginOffsetMillis"), begin_ms - 250, begin_ms + 250);
    assert_in_range(at(event, "NotifyOffsetMillis"), begin_ms + 3000, begin_ms + 5000);
    assert_int_equal(at(event, "Count"), 1);
    assert_int_equal(at(event, "TotalTimeMillis"), 0);
    assert_string_equal(word(event, "State"), "ON_HOLD");
    assert_string_equal(word(event, "Kind"), "sound");
    assert_string_equal(word(event, "ParticipantRole"), "CUSTOMER");
    assert_null(json_object_get(json_object_get(event, "data"), "EndOffsetMillis"));
    json_int_t hold_begin_ms = at(event, "BeginOffsetMillis");
    json_decref(event);
    event = data_of(UT_EVENT_HOLD_ENDED);
    assert_int_equal(at(event, "EndOffsetMillis"), end_ms);
    assert_int_equal(at(event, "DurationMillis"), end_ms - hold_begin_ms);
    assert_int_equal(at(event, "TotalTimeMillis"), end_ms - hold_begin_ms);
    assert_string_equal(word(event, "State"), "ENDED");
    assert_string_equal(word(event, "Reason"), "speech");
    json_decref(event);
    assert_int_equal(talk_ms[UT_CUSTOMER], 4 * 3000 + 3000); /* and no scrap */
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(number(summary, "HoldTime", "TotalTimeMillis"), end_ms - hold_begin_ms);
    assert_int_equal(number(summary, "TalkTime", "TotalTimeMillis"), 4 * 7000 + 3000);
    json_t *facts = json_object_get(json_object_get(summary, "ConversationCharacteristics"), "Facts");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "Hold"), "Count")), 1);
    json_t *customer = json_object_get(facts, "CUSTOMER");
    assert_int_equal(json_integer_value(json_object_get(customer, "IpuCount")), 5);
    assert_int_equal(json_integer_value(json_object_get(customer, "BackchannelCount")), 0);
    assert_int_equal(json_integer_value(json_object_get(customer, "LongestMonologueMillis")), 3000);
    json_decref(summary);
}

static void on_the_agents_hold_nobody_is_blamed_for_silence(void **state)
{
    (void)state;
    talk();
    uint32_t begin_ms = now_ms;
    line = 0;
    wait(60000);
    line = LINE;
    speak(UT_AGENT, 3000);
    finish();
    assert_int_equal(opened("extended_silence"), 0);
    json_t *event = data_of(UT_EVENT_HOLD_STARTED);
    assert_string_equal(word(event, "Kind"), "silence");
    assert_string_equal(word(event, "ParticipantRole"), "BOTH");
    assert_in_range(at(event, "BeginOffsetMillis"), begin_ms - 250, begin_ms + 250);
    json_decref(event);
    json_t *summary = ut_session_summary(s.session);
    assert_in_range(number(summary, "HoldTime", "TotalTimeMillis"), 59750, 60250);
    json_t *facts = json_object_get(json_object_get(summary, "ConversationCharacteristics"), "Facts");
    json_t *latency = json_object_get(json_object_get(facts, "AGENT"), "ResponseLatency");
    assert_true(json_is_null(latency) ||
                json_integer_value(json_object_get(latency, "MaximumMillis")) < 5000); /* not the minute on hold */
    json_decref(summary);
}

static void twelve_seconds_of_thought_are_a_long_silence(void **state)
{
    (void)state;
    talk();
    uint32_t begin_ms = now_ms;
    wait(12000);
    speak(UT_AGENT, 3000);
    finish();
    assert_int_equal(count(UT_EVENT_HOLD_STARTED), 0);
    assert_int_equal(opened("extended_silence"), 1);
    json_t *event = NULL;
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_CUE_OPENED && strstr(s.line[i], "extended_silence") != NULL)
            event = json_loads(s.line[i], 0, NULL);
    assert_int_equal(at(event, "NotifyOffsetMillis"), begin_ms - 1000 + 6000);
    json_decref(event);
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(number(summary, "HoldTime", "TotalTimeMillis"), 0);
    json_decref(summary);
}

/* The line has nothing between words: only its length tells. The cue that opened before closes when it is known. */
static void a_long_silence_turns_into_a_hold(void **state)
{
    (void)state;
    line = 0;
    talk();
    wait(60000);
    finish();
    assert_int_equal(opened("extended_silence"), 1);
    json_t *event = data_of(UT_EVENT_HOLD_STARTED), *closed = NULL;
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_CUE_CLOSED && strstr(s.line[i], "extended_silence") != NULL)
            closed = json_loads(s.line[i], 0, NULL);
    assert_int_equal(at(closed, "EndOffsetMillis"), at(event, "NotifyOffsetMillis"));
    json_decref(closed);
    json_decref(event);
}

static void a_hold_ends_with_the_call(void **state)
{
    (void)state;
    talk();
    line = MUSIC;
    wait(30000);
    json_t *summary;
    feed(64);
    link_bytes.len = 0;
    summary = ut_session_summary(s.session); /* while it lasts */
    assert_in_range(number(summary, "HoldTime", "TotalTimeMillis"), 29000, 30250);
    assert_int_equal(ut_session_snapshot(s.session)->on_hold, 1);
    assert_in_range(ut_session_snapshot(s.session)->hold_ms, 29000, 30250);
    json_decref(summary);
    finish();
    json_t *event = data_of(UT_EVENT_HOLD_ENDED);
    assert_string_equal(word(event, "Reason"), "call_ended");
    assert_int_equal(at(event, "EndOffsetMillis"), now_ms);
    json_decref(event);
    assert_int_equal(s.type[s.lines - 1], UT_EVENT_SESSION_COMPLETED);
    assert_int_equal(ut_session_snapshot(s.session)->on_hold, 0);
}

static void two_holds_are_told_apart_and_summed(void **state)
{
    (void)state;
    talk();
    line = MUSIC;
    wait(20000);
    line = LINE;
    talk();
    line = 0;
    wait(20000);
    line = LINE;
    talk();
    finish();
    assert_int_equal(count(UT_EVENT_HOLD_STARTED), 2);
    assert_int_equal(count(UT_EVENT_HOLD_ENDED), 2);
    json_t *event = last_data_of(UT_EVENT_HOLD_ENDED);
    assert_int_equal(at(event, "Count"), 2);
    assert_in_range(at(event, "TotalTimeMillis"), 39000, 41000);
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(number(summary, "HoldTime", "TotalTimeMillis"), at(event, "TotalTimeMillis"));
    json_decref(summary);
    json_decref(event);
}

static void a_customer_who_speaks_over_music_is_heard(void **state)
{
    (void)state;
    talk();
    line = MUSIC;
    wait(20000);
    uint32_t begin_ms = now_ms;
    speak(UT_CUSTOMER, 3000);
    wait(20000);
    finish();
    assert_int_equal(count(UT_EVENT_HOLD_STARTED), 2);
    json_t *event = data_of(UT_EVENT_HOLD_ENDED);
    assert_int_equal(at(event, "EndOffsetMillis"), begin_ms);
    json_decref(event);
    assert_int_equal(talk_ms[UT_CUSTOMER], 5 * 3000);
    int starts = 0;
    for (int i = 0; i < s.lines; i++)
        starts += s.type[i] == UT_EVENT_TURN && strstr(s.line[i], "ipu_started") != NULL &&
                  strstr(s.line[i], "CUSTOMER") != NULL;
    assert_int_equal(starts, 5);
}

/* The headset gives the first sound that seems speech the floor. */
static void a_turn_of_scraps_is_no_turn(void **state)
{
    (void)state;
    line = MUSIC;
    wait(10000);
    uint32_t begin_ms = now_ms;
    put_turn(UT_TURN_IPU_START, UT_CUSTOMER, begin_ms + 100, begin_ms, begin_ms);
    put_turn(UT_TURN_START, UT_CUSTOMER, begin_ms + 100, begin_ms, begin_ms);
    record(UT_WIRE_CUSTOMER_SPEECH);
    put_turn(UT_TURN_IPU_END, UT_CUSTOMER, begin_ms + 450, begin_ms, begin_ms + 250);
    wait(10000);
    uint32_t end_ms = now_ms;
    put_turn(UT_TURN_IPU_START, UT_AGENT, end_ms + 100, end_ms, end_ms);
    for (int i = 0; i < 4; i++)
        record(UT_WIRE_AGENT_SPEECH);
    put_turn(UT_TURN_START, UT_AGENT, end_ms + 1000, end_ms, end_ms);
    put_turn(UT_TURN_END, UT_CUSTOMER, end_ms + 1000, begin_ms, begin_ms + 250);
    for (int i = 0; i < 4; i++)
        record(UT_WIRE_AGENT_SPEECH);
    put_turn(UT_TURN_IPU_END, UT_AGENT, end_ms + 2200, end_ms, end_ms + 2000);
    finish();
    for (int i = 0; i < s.lines; i++)
        assert_false(s.type[i] == UT_EVENT_TURN && strstr(s.line[i], "CUSTOMER") != NULL);
    assert_int_equal(talk_ms[UT_AGENT], 2000);
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(number(summary, "HoldTime", "TotalTimeMillis"), end_ms);
    json_decref(summary);
}

/* The headset gave it the floor before it was long enough to end the hold. */
static void speech_that_ends_a_hold_begins_its_turn(void **state)
{
    (void)state;
    static const char *const kinds[] = {"ipu_started", "turn_started", "ipu_ended", "turn_ended"};
    line = MUSIC;
    wait(10000);
    uint32_t begin_ms = now_ms;
    put_turn(UT_TURN_IPU_START, UT_CUSTOMER, begin_ms + 100, begin_ms, begin_ms);
    put_turn(UT_TURN_START, UT_CUSTOMER, begin_ms + 100, begin_ms, begin_ms);
    for (int i = 0; i < 16; i++)
        record(UT_WIRE_CUSTOMER_SPEECH);
    put_turn(UT_TURN_IPU_END, UT_CUSTOMER, now_ms + 200, begin_ms, now_ms);
    put_turn(UT_TURN_END, UT_CUSTOMER, now_ms + 200, begin_ms, now_ms);
    finish();
    int told = 0;
    for (int i = 0; i < s.lines; i++) {
        if (s.type[i] != UT_EVENT_TURN)
            continue;
        json_t *event = json_loads(s.line[i], 0, NULL);
        assert_in_range(told, 0, 3);
        assert_string_equal(word(event, "Kind"), kinds[told++]);
        assert_string_equal(word(event, "ParticipantRole"), "CUSTOMER");
        assert_int_equal(at(event, "BeginOffsetMillis"), begin_ms);
        json_decref(event);
    }
    assert_int_equal(told, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_call, teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_minutes_of_music_are_no_silence_and_no_voice),
        TEST(on_the_agents_hold_nobody_is_blamed_for_silence),
        TEST(twelve_seconds_of_thought_are_a_long_silence),
        TEST(a_long_silence_turns_into_a_hold),
        TEST(a_hold_ends_with_the_call),
        TEST(two_holds_are_told_apart_and_summed),
        TEST(a_customer_who_speaks_over_music_is_heard),
        TEST(a_turn_of_scraps_is_no_turn),
        TEST(speech_that_ends_a_hold_begins_its_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
