/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/session.h"

#include "dsp/two_channels.h"
#include "tests/host-tools/call/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_call_from_hello_to_completed(void **state)
{
    (void)state;
    put_call();
    feed(64);
    assert_int_equal(s.notes, 0);
    assert_int_equal(s.scores, 48);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 0);
    assert_int_equal(count(UT_EVENT_SCORE), 12);
    assert_int_equal(count(UT_EVENT_TURN), 5);
    assert_int_equal(count(UT_EVENT_DEVICE_STATUS), 3);
    assert_int_equal(count(UT_EVENT_CUE_OPENED), 2);
    assert_int_equal(count(UT_EVENT_CUE_CLOSED), 2);
    assert_int_equal(s.type[0], UT_EVENT_SESSION_STARTED);
    assert_int_equal(s.type[s.lines - 1], UT_EVENT_SESSION_COMPLETED);
    assert_int_equal(ut_session_active(s.session), 0);
    assert_int_equal(ut_session_calls(s.session), 1);
    int before = s.lines;
    ut_session_finish(s.session, NULL); /* has ended already */
    assert_int_equal(s.lines, before);
}

static void an_end_on_the_interval_adds_no_score(void **state)
{
    (void)state;
    put_hello();
    for (uint32_t t = 250; t <= 2000; t += 250)
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    put_score(2000, UT_WIRE_CUSTOMER_SPEECH | UT_WIRE_END);
    put_status(2000);
    feed(64);
    assert_int_equal(s.scores, 8);
    assert_int_equal(count(UT_EVENT_SCORE), 2);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

static void every_event_is_json_with_provenance(void **state)
{
    (void)state;
    put_call();
    feed(64);
    for (int i = 0; i < s.lines; i++) {
        json_t *event = json_loads(s.line[i], 0, NULL);
        assert_non_null(event);
        json_t *data = json_object_get(event, "data");
        assert_string_equal(json_string_value(json_object_get(event, "type")), ut_event_type_name(s.type[i]));
        assert_string_equal(json_string_value(json_object_get(data, "ContactId")), "c1");
        json_t *model = json_object_get(data, "Model");
        assert_string_equal(json_string_value(json_object_get(model, "Id")), "m1");
        assert_string_equal(json_string_value(json_object_get(model, "Crc32")), "0000abcd");
        assert_string_equal(json_string_value(json_object_get(data, "Firmware")), "0.1.0");
        assert_int_equal(strlen(json_string_value(json_object_get(data, "ConfigCrc32"))), 8);
        json_decref(event);
    }
}

static void a_cue_event_says_when_and_why(void **state)
{
    (void)state;
    put_call();
    feed(64);
    json_t *event = data_of(UT_EVENT_CUE_OPENED);
    json_t *data = json_object_get(event, "data");
    assert_string_equal(json_string_value(json_object_get(data, "Cue")), "slow_to_respond");
    assert_string_equal(json_string_value(json_object_get(data, "Display")), "gauge");
    assert_int_equal(json_integer_value(json_object_get(data, "NotifyOffsetMillis")), 7010);
    json_decref(event);
    event = last_data_of(UT_EVENT_CUE_OPENED);
    data = json_object_get(event, "data");
    assert_string_equal(json_string_value(json_object_get(data, "Cue")), "extended_silence");
    assert_string_equal(json_string_value(json_object_get(data, "Display")), "shown");
    assert_string_equal(json_string_value(json_object_get(data, "Severity")), "medium");
    assert_string_equal(json_string_value(json_object_get(data, "Title")), "Long silence");
    assert_true(json_string_length(json_object_get(data, "Text")) > 0);
    assert_string_equal(json_string_value(json_object_get(data, "State")), "OPEN");
    assert_string_equal(json_string_value(json_object_get(data, "ParticipantRole")), "BOTH");
    assert_string_equal(json_string_value(json_object_get(data, "Rule")), "both silent >= 6 s");
    assert_int_equal(json_integer_value(json_object_get(data, "BeginOffsetMillis")), 4010);
    assert_int_equal(json_integer_value(json_object_get(data, "NotifyOffsetMillis")), 10010);
    assert_string_equal(json_string_value(json_object_get(event, "time")), "1970-01-01T00:00:10.010Z");
    json_t *why = json_array_get(json_object_get(data, "Explanation"), 0);
    assert_string_equal(json_string_value(json_object_get(why, "Feature")), "both_silent");
    assert_true(json_number_value(json_object_get(why, "Value")) == 6);
    assert_string_equal(json_string_value(json_object_get(why, "Unit")), "s");
    assert_true(json_is_null(json_object_get(why, "Baseline")));
    json_decref(event);
}

static void a_score_event_averages_its_second(void **state)
{
    (void)state;
    put_call();
    feed(64);
    json_t *event = data_of(UT_EVENT_SCORE);
    json_t *data = json_object_get(event, "data"), *score = json_object_get(data, "Score");
    assert_int_equal(json_integer_value(json_object_get(data, "BeginOffsetMillis")), 0);
    assert_int_equal(json_integer_value(json_object_get(data, "EndOffsetMillis")), 1000);
    assert_true(json_number_value(json_object_get(score, "Frustration")) == 0.2);
    assert_true(json_number_value(json_object_get(score, "Delight")) == 0.4);
    assert_true(json_number_value(json_object_get(score, "Confidence")) == 0.8);
    assert_true(json_number_value(json_object_get(data, "LoudnessScore")) == 60);
    assert_true(json_number_value(json_object_get(data, "PitchSemitones")) == 10);
    assert_true(json_is_null(json_object_get(data, "ScoreSlow")));
    json_decref(event);
}

static void the_view_follows(void **state)
{
    (void)state;
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    assert_int_equal(v->t_ms, -1);
    assert_int_equal(v->cue, UT_CUES);
    put_call();
    feed(64);
    assert_int_equal(v->t_ms, 12000);
    assert_int_equal(v->talk_ms[UT_CUSTOMER], 4000);
    assert_true(v->agent_share == 0);
    assert_true(v->customer_pace == 4 && v->agent_pace == 3);
    assert_true(v->agent_loudness == 0 && v->customer_loudness == 10);
    assert_int_equal(v->customer_snr_db, 30);
    assert_true(v->score_valid && v->frustration_fast == 0.2);
    assert_int_equal(v->records, link_bytes.len / UT_WIRE_FRAME_BYTES);
    assert_int_equal(memcmp(v->hello.board, "test", 4), 0);
}

static void a_visible_cue_is_in_the_view(void **state)
{
    (void)state;
    put_hello();
    for (uint32_t t = 250; t <= 7000; t += 250)
        put_score(t, 0);
    feed(1);
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    assert_int_equal(v->cue, UT_CUE_SILENCE);
    assert_int_equal(v->cue_since_ms, 6000);
    assert_non_null(strstr(v->cue_title, "Long silence"));
    assert_non_null(strstr(v->cue_why, "both silent >= 6 s"));
}

static void chunks_do_not_matter(void **state)
{
    (void)state;
    static char *kept[LINES_MAX];
    put_call();
    feed(BYTES_MAX);
    int lines = s.lines;
    memcpy(kept, s.line, sizeof kept);
    s.lines = 0;
    begin();
    feed(1);
    assert_int_equal(s.lines, lines);
    for (int i = 0; i < lines; i++) {
        assert_string_equal(s.line[i], kept[i]);
        free(kept[i]);
    }
}

static void joined_in_the_middle(void **state)
{
    (void)state;
    put_call();
    size_t skip = 10 * UT_WIRE_FRAME_BYTES + 7; /* in mid-frame */
    ut_session_bytes(s.session, link_bytes.data + skip, link_bytes.len - skip);
    assert_int_equal(s.type[0], UT_EVENT_SESSION_STARTED);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    assert_int_equal(v->lost, 0);
    assert_int_equal(v->malformed, 0);
    assert_int_equal(v->records, link_bytes.len / UT_WIRE_FRAME_BYTES - 11);
    json_t *event = data_of(UT_EVENT_SESSION_STARTED); /* no hello: the model is not known */
    assert_true(json_is_null(json_object_get(json_object_get(json_object_get(event, "data"), "Model"), "Id")));
    json_decref(event);
}

static void losses_are_counted_and_said(void **state)
{
    (void)state;
    put_call();
    size_t gone = 20 * UT_WIRE_FRAME_BYTES;
    ut_session_bytes(s.session, link_bytes.data, gone);
    ut_session_bytes(s.session, link_bytes.data + gone + 3 * UT_WIRE_FRAME_BYTES,
                     link_bytes.len - gone - 3 * UT_WIRE_FRAME_BYTES);
    assert_int_equal(ut_session_snapshot(s.session)->lost, 3);
    assert_int_equal(s.notes, 1);
    assert_non_null(strstr(s.note, "3 records lost"));
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

static void garbage_is_counted_and_survived(void **state)
{
    (void)state;
    put_call();
    uint8_t noise[500];
    uint32_t seed = 7;
    for (size_t i = 0; i < sizeof noise; i++) {
        seed = seed * 1664525 + 1013904223;
        noise[i] = (uint8_t)(seed >> 24);
    }
    noise[sizeof noise - 1] = 0;
    size_t half = link_bytes.len / UT_WIRE_FRAME_BYTES / 2 * UT_WIRE_FRAME_BYTES;
    ut_session_bytes(s.session, link_bytes.data, half);
    ut_session_bytes(s.session, noise, sizeof noise);
    assert_true(ut_session_snapshot(s.session)->malformed > 0); /* seen at once: a record may never come */
    ut_session_bytes(s.session, link_bytes.data + half, link_bytes.len - half);
    assert_int_equal(ut_session_snapshot(s.session)->lost, 0);
    assert_true(s.notes >= 1 && s.notes <= 8); /* not one per frame */
    assert_non_null(strstr(s.note, "garbage"));
    assert_int_equal(s.scores, 48);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

static void an_unknown_version_is_skipped_and_said_once(void **state)
{
    (void)state;
    put_hello();
    for (int i = 0; i < 5; i++) {
        uint8_t record[UT_WIRE_RECORD_BYTES] = {0};
        record[0] = (UT_WIRE_VERSION + 1) << 4 | UT_WIRE_SCORE;
        record[1] = link_bytes.seq++;
        put(record);
    }
    put_score(250, 0);
    feed(5);
    assert_int_equal(s.notes, 1);
    assert_non_null(strstr(s.note, "unknown version"));
    assert_int_equal(ut_session_snapshot(s.session)->unknown, 5);
    assert_int_equal(s.scores, 1);
}

static void why_the_headset_started_again_is_said_once(void **state)
{
    (void)state;
    struct ut_wire_reset r = {.cause = UT_WIRE_WATCHDOG, .pc = 0x1234, .boots = 2};
    for (int i = 0; i < 3; i++) {
        uint8_t record[UT_WIRE_RECORD_BYTES];
        put_hello();
        r.boots = i < 2 ? 2 : 3;
        ut_wire_pack_reset(record, link_bytes.seq++, &r);
        put(record);
        put_score((uint32_t)i * 10000 + 250, 0);
    }
    uint8_t reply[UT_WIRE_RECORD_BYTES];
    ut_wire_pack_reply(reply, link_bytes.seq++, &(struct ut_wire_reply){.op = 1});
    put(reply);
    feed(5);
    assert_int_equal(s.notes, 2); /* start 2 came twice */
    assert_non_null(strstr(s.note, "watchdog, pc 0x00001234; start 3"));
    assert_int_equal(ut_session_snapshot(s.session)->unknown, 0);
    assert_int_equal(s.scores, 3);
}

static void a_second_call_gets_its_own_id(void **state)
{
    (void)state;
    put_call();
    put_call();
    feed(100);
    assert_int_equal(ut_session_calls(s.session), 2);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 2);
    assert_non_null(strstr(s.line[s.lines - 1], "\"s1-2-"));
    assert_non_null(strstr(s.line[s.lines - 1], "\"session\":\"s1-2\""));
    assert_non_null(strstr(s.line[0], "\"session\":\"s1\""));
    for (int i = 0, begun = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_SESSION_STARTED && ++begun > 0)
            assert_non_null(strstr(s.line[i], "\"sequence\":\"0000000001\""));
}

static void without_a_name_every_call_is_another(void **state)
{
    (void)state;
    struct ut_session_options options = {.config = &s.config, .contact_id = "c1", .sink = keep_event};
    char first[200] = "";
    for (int i = 0; i < 2; i++) {
        struct ut_session *other = ut_session_new(&options);
        assert_non_null(other);
        put_call();
        ut_session_bytes(other, link_bytes.data, link_bytes.len);
        json_t *summary = ut_session_summary(other);
        const char *session =
            json_string_value(json_object_get(json_object_get(summary, "AcousticEmotion"), "Session"));
        assert_int_equal(strlen(session), 36);
        assert_string_not_equal(session, first);
        (void)snprintf(first, sizeof first, "%s", session);
        json_decref(summary);
        ut_session_free(other);
        memset(&link_bytes, 0, sizeof link_bytes);
    }
}

static void a_restart_in_mid_call_fails_it(void **state)
{
    (void)state;
    put_hello();
    for (uint32_t t = 250; t <= 5000; t += 250)
        put_score(t, 0);
    put_call();
    feed(100);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 2);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

/* Garbage whose CRC happens to be right must not end a call or run its clock away. */
static void one_wild_time_changes_nothing(void **state)
{
    (void)state;
    static const uint32_t wild[] = {4000000000U, 5, 700000, 1U << 31};
    put_hello();
    for (uint32_t t = 250; t <= 6000; t += 250) {
        put_score(t, 0);
        if (t % 1000 == 0 && t / 1000 <= 4 && t > 1000) {
            put_score(wild[t / 1000 - 1], 0);
            put_turn(UT_TURN_IPU_START, UT_AGENT, t, t + 5000000, t + 5000000); /* begins after it was known */
        }
    }
    feed(100);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 0);
    assert_int_equal(count(UT_EVENT_TURN), 0);
    assert_int_equal(s.scores, 24);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 6000);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 6);
}

/* How far a record's time may lie from the newest, to the millisecond: ahead, behind, and of two that agree. */
static void times_are_believed_up_to_their_limits(void **state)
{
    (void)state;
    put_hello();
    put_score(10000, 0);
    put_score(70000, 0); /* 60 s ahead */
    put_score(69000, 0); /* 1 s behind */
    feed(64);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 0);
    assert_int_equal(s.scores, 3);
    link_bytes.len = 0;
    put_score(130001, 0);
    put_score(68999, 0);
    put_score(130001, 0);
    put_score(135002, 0); /* 5.001 s behind the one before: does not agree */
    feed(64);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 4);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 70000);
    link_bytes.len = 0;
    put_score(140002, 0); /* 5 s: agrees */
    feed(64);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 4);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 140002);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 0);
    link_bytes.len = 0;
    put_score(140002 + 3600000, 0);
    put_score(140002 + 3600000, 0); /* an hour, and agreed upon: the same call */
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 0);
    link_bytes.len = 0;
    put_score(140002 + 2 * 3600000 + 1, 0);
    put_score(140002 + 2 * 3600000 + 1, 0); /* a millisecond more: another one */
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 1);
}

/* Also as the first of a call, when any time is believed. */
static void a_time_beyond_the_longest_call_is_malformed(void **state)
{
    (void)state;
    put_hello();
    put_turn(UT_TURN_END, UT_CUSTOMER, UINT32_MAX, 0, UINT32_MAX);
    put_score(UINT32_C(1) << 31, 0);
    put_status(UINT32_MAX);
    put_turn(UT_TURN_END, UT_CUSTOMER, UINT32_C(1) << 31, 0, UINT32_C(1) << 31);
    put_status(UINT32_C(1) << 31);
    feed(link_bytes.len);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 5);
    ut_session_finish(s.session, NULL);
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(json_array_size(json_object_get(summary, "Transcript")), 0);
    json_decref(summary);
}

static void a_call_may_last_2147483647_ms(void **state)
{
    (void)state;
    put_score(INT32_MAX, 0);
    put_turn(UT_TURN_END, UT_CUSTOMER, INT32_MAX, 0, INT32_MAX);
    put_status(INT32_MAX);
    feed(link_bytes.len);
    assert_int_equal(ut_session_snapshot(s.session)->malformed, 0);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, INT32_MAX);
    assert_int_equal(count(UT_EVENT_TURN), 1);
    assert_int_equal(count(UT_EVENT_DEVICE_STATUS), 1);
}

static void a_status_alone_begins_a_call(void **state)
{
    (void)state;
    put_status(5000);
    feed(64);
    assert_int_equal(ut_session_active(s.session), 1);
    assert_int_equal(s.type[0], UT_EVENT_SESSION_STARTED);
    assert_int_equal(s.type[1], UT_EVENT_DEVICE_STATUS);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 5000);
}

static void a_long_gap_goes_on_or_gives_up(void **state)
{
    (void)state;
    put_hello();
    put_score(250, 0);
    for (uint32_t t = 600000; t <= 601000; t += 250) /* ten minutes out of reach */
        put_score(t, 0);
    feed(100);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 1);
    assert_int_equal(s.scores, 5); /* the first one after the gap had to wait for a second to agree */
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 601000);
    link_bytes.len = 0;
    put_score(90000000, 0);
    put_score(90000250, 0);
    feed(100);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 2);
}

static void a_restart_without_hello_is_seen_at_the_second_record(void **state)
{
    (void)state;
    put_hello();
    for (uint32_t t = 250; t <= 5000; t += 250)
        put_score(t, 0);
    for (uint32_t t = 250; t <= 1000; t += 250)
        put_score(t, 0);
    feed(100);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 1);
    assert_int_equal(ut_session_snapshot(s.session)->t_ms, 1000);
    assert_int_equal(s.scores, 23);
}

static void finish_with_a_reason_fails(void **state)
{
    (void)state;
    ut_session_finish(s.session, "nothing came"); /* no call has begun */
    assert_int_equal(s.lines, 0);
    put_hello();
    put_score(250, 0);
    feed(100);
    ut_session_finish(s.session, "the file changed");
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 1);
    json_t *event = data_of(UT_EVENT_SESSION_FAILED);
    assert_string_equal(json_string_value(json_object_get(json_object_get(event, "data"), "Reason")),
                        "the file changed");
    json_decref(event);
    json_t *summary = ut_session_summary(s.session);
    assert_string_equal(json_string_value(json_object_get(summary, "JobStatus")), "FAILED");
    json_decref(summary);
}

static void relink_keeps_the_counters(void **state)
{
    (void)state;
    put_call();
    size_t half = 30 * UT_WIRE_FRAME_BYTES;
    ut_session_bytes(s.session, link_bytes.data, half + 9);
    ut_session_relink(s.session, 0);
    ut_session_bytes(s.session, link_bytes.data + half + 2 * UT_WIRE_FRAME_BYTES + 5,
                     link_bytes.len - half - 2 * UT_WIRE_FRAME_BYTES - 5);
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    assert_int_equal(v->malformed, 0);
    assert_int_equal(v->lost, 3); /* the one cut off, the one missed, the one joined in its middle */
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

/* Bluetooth: copies of hello and status with the two numbers before the next record's, the status' time long past, then
 * some records for the second time. */
static void a_link_that_begins_anew_loses_and_repeats_nothing(void **state)
{
    (void)state;
    enum { CUT = 30, AGAIN = 5, FRAME = UT_WIRE_FRAME_BYTES };
    put_call();
    ut_session_bytes(s.session, link_bytes.data, link_bytes.len);
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    uint32_t whole = v->records;
    assert_true(whole > CUT + AGAIN && v->lost == 0);
    int events = count(UT_EVENT_TURN);
    begin();
    v = ut_session_snapshot(s.session);
    ut_session_bytes(s.session, link_bytes.data, CUT * FRAME);
    int64_t before_ms = v->t_ms;
    const struct ut_wire_hello h = {0, 1, 0, UT_FEATURES_VERSION, 1, "m", "b"};
    const struct ut_wire_status d = {.t_ms = 10, .drops = 7, .customer_snr = 20, .agent_snr = 20};
    uint8_t record[UT_WIRE_RECORD_BYTES], frame[FRAME];
    ut_session_relink(s.session, 1);
    ut_wire_pack_hello(record, CUT - AGAIN - 2, &h);
    ut_session_bytes(s.session, frame, ut_wire_frame(record, frame));
    ut_wire_pack_status(record, CUT - AGAIN - 1, &d);
    ut_session_bytes(s.session, frame, ut_wire_frame(record, frame));
    assert_int_equal(v->t_ms, before_ms);
    assert_int_equal(v->drops, 7);
    ut_session_bytes(s.session, link_bytes.data + (CUT - AGAIN) * FRAME, link_bytes.len - (CUT - AGAIN) * FRAME);
    assert_int_equal(v->lost, 0);
    assert_int_equal(v->malformed, 0);
    assert_int_equal(count(UT_EVENT_TURN), events);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 1);
    assert_int_equal(count(UT_EVENT_SESSION_FAILED), 0);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
}

/* The end of the customer's words is among what nobody counts as lost: the scores say that both are silent. */
static void silence_is_seen_although_its_begin_fell_into_a_gap_of_the_link(void **state)
{
    (void)state;
    put_hello();
    put_turn(UT_TURN_IPU_START, UT_CUSTOMER, 110, 10, 10);
    for (uint32_t t = 250; t <= 4000; t += 250)
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    feed(64);
    ut_session_relink(s.session, 1);
    link_bytes.len = 0;
    for (uint32_t t = 4250; t <= 14000; t += 250)
        put_score(t, 0);
    feed(64);
    assert_int_equal(ut_session_snapshot(s.session)->lost, 0);
    json_t *event = data_of(UT_EVENT_CUE_OPENED);
    assert_non_null(event);
    assert_string_equal(json_string_value(json_object_get(json_object_get(event, "data"), "Cue")), "extended_silence");
    json_decref(event);
}

static void records_without_framing_do_the_same(void **state)
{
    (void)state;
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_score score = {.t_ms = 1000, .flags = UT_WIRE_CUSTOMER_SPEECH};
    ut_wire_pack_score(record, 0, &score);
    ut_session_record(s.session, record);
    assert_int_equal(s.scores, 1);
    assert_int_equal(count(UT_EVENT_SCORE), 1);
    assert_int_equal(ut_session_active(s.session), 1);
}

/* Hands over the customer's speech up to a time: mild for 30 s, then frustrated. */
static void frustrated_until(uint32_t from_ms, uint32_t until_ms)
{
    link_bytes.len = 0;
    for (uint32_t t = from_ms + 250; t <= until_ms; t += 250) {
        frustration = t <= 30000 ? 77 : 242;
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    }
    feed(1000);
}

static void the_supervisors_flag_is_an_event(void **state)
{
    (void)state;
    s.config.value[UT_P_HELP_FLAG] = 1;
    frustrated_until(0, 52000);
    assert_int_equal(ut_session_snapshot(s.session)->cue, UT_CUE_HELP);
    assert_int_equal(ut_session_snapshot(s.session)->flagged, 0);
    frustrated_until(52000, 65000);
    assert_int_equal(ut_session_snapshot(s.session)->flagged, 1);
    assert_int_equal(count(UT_EVENT_FLAG_RAISED), 1);
    assert_int_equal(count(UT_EVENT_FLAG_LOWERED), 0);
    ut_session_finish(s.session, NULL);
    json_t *event = data_of(UT_EVENT_FLAG_RAISED), *data = json_object_get(event, "data");
    assert_string_equal(json_string_value(json_object_get(event, "type")), "undertone.flag.raised.v1");
    assert_string_equal(json_string_value(json_object_get(data, "Cue")), "ask_for_help");
    assert_string_equal(json_string_value(json_object_get(data, "State")), "RAISED");
    assert_string_equal(json_string_value(json_object_get(data, "ParticipantRole")), "CUSTOMER");
    assert_true(json_array_size(json_object_get(data, "Explanation")) > 0);
    json_decref(event);
    event = data_of(UT_EVENT_FLAG_LOWERED);
    data = json_object_get(event, "data");
    assert_string_equal(json_string_value(json_object_get(event, "type")), "undertone.flag.lowered.v1");
    assert_string_equal(json_string_value(json_object_get(data, "Reason")), "call_ended");
    json_decref(event);
    json_t *summary = ut_session_summary(s.session);
    assert_int_equal(json_array_size(json_object_get(json_object_get(summary, "AcousticEmotion"), "Flags")), 2);
    json_decref(summary);
}

static void the_agent_mutes_and_dismisses(void **state)
{
    (void)state;
    s.config.value[UT_P_HELP_FLAG] = 1;
    frustrated_until(0, 52000);
    ut_session_dismiss(s.session);
    assert_int_equal(ut_session_snapshot(s.session)->cue, UT_CUES);
    assert_int_equal(ut_session_snapshot(s.session)->dismissed, UT_CUE_HELP);
    assert_non_null(strstr(s.note, "ask_for_help not shown"));
    assert_non_null(strstr(s.note, "the agent dismissed it"));
    ut_session_mute(s.session, 1);
    assert_int_equal(ut_session_snapshot(s.session)->muted, 1);
    frustrated_until(52000, 100000);
    assert_int_equal(ut_session_snapshot(s.session)->cue, UT_CUES);
    assert_int_equal(ut_session_snapshot(s.session)->open[UT_CUE_HELP], UT_SHOW_POPUP);
    assert_int_equal(count(UT_EVENT_FLAG_RAISED), 0);
    ut_session_finish(s.session, NULL);
    json_t *summary = ut_session_summary(s.session);
    json_t *cues = json_object_get(json_object_get(summary, "AcousticEmotion"), "Cues"), *cue;
    size_t i;
    int dismissed = 0;
    json_array_foreach(cues, i, cue)
    {
        dismissed += json_is_true(json_object_get(cue, "Dismissed"));
    }
    assert_int_equal(dismissed, 1);
    json_decref(summary);
}

static void put_channels(uint32_t t_ms, enum ut_channels state, int about)
{
    uint8_t record[UT_WIRE_RECORD_BYTES];
    struct ut_wire_status status = {.t_ms = t_ms, .channels = (uint8_t)state, .about = (uint8_t)about};
    ut_wire_pack_status(record, link_bytes.seq++, &status);
    put(record);
}

static const char *not_recorded(json_t *summary)
{
    json_t *who = json_object_get(json_object_get(summary, "AcousticEmotion"), "NotRecorded");
    return json_string_value(json_array_get(who, 0));
}

/* Of a call in progress the headset's status says it: from there on nothing blames who is not heard. */
static void a_leg_without_sound_is_not_recorded(void **state)
{
    (void)state;
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    put_hello();
    put_channels(0, UT_CHANNELS_UNKNOWN, 0);
    for (uint32_t t = 250; t <= 8000; t += 250)
        put_score(t, t <= 1000 ? UT_WIRE_CUSTOMER_SPEECH : 0);
    put_turn(UT_TURN_NONTALK_END, UT_BOTH, 8000, 1010, 7990);
    feed(64);
    assert_int_equal(v->cue, UT_CUE_SILENCE);
    assert_true(count(UT_EVENT_CUE_OPENED) == 1 && count(UT_EVENT_CUE_CLOSED) == 0 && v->unheard == 0);
    link_bytes.len = 0;
    put_channels(8000, UT_CHANNELS_ONE, 1 << UT_AGENT);
    for (uint32_t t = 8250; t <= 30000; t += 250)
        put_score(t, t > 8500 && t <= 9000 ? UT_WIRE_CUSTOMER_SPEECH : 0);
    put_turn(UT_TURN_NONTALK_END, UT_BOTH, 30000, 9000, 30000);
    int turns = count(UT_EVENT_TURN);
    feed(64);
    assert_true(v->unheard == 1 << UT_AGENT && v->cue == UT_CUES);
    assert_true(count(UT_EVENT_CUE_OPENED) == 1 && count(UT_EVENT_CUE_CLOSED) == 1);
    assert_int_equal(count(UT_EVENT_TURN), turns);
    json_t *summary = ut_session_summary(s.session);
    assert_string_equal(not_recorded(summary), "AGENT");
    json_t *silence = json_object_get(json_object_get(summary, "ConversationCharacteristics"), "NonTalkTime");
    assert_int_equal(json_integer_value(json_object_get(silence, "TotalTimeMillis")), 0);
    assert_int_equal(json_array_size(json_object_get(silence, "Instances")), 0);
    json_decref(summary);
    link_bytes.len = 0; /* somebody speaks there after all */
    put_channels(30000, UT_CHANNELS_SEPARATE, 0);
    for (uint32_t t = 30250; t <= 40000; t += 250)
        put_score(t, 0);
    feed(64);
    assert_int_equal(v->cue, UT_CUE_SILENCE);
    summary = ut_session_summary(s.session);
    assert_null(not_recorded(summary));
    json_decref(summary);
    link_bytes.len = 0; /* a leg on which nobody speaks has sound */
    put_channels(40000, UT_CHANNELS_SILENT, 1 << UT_AGENT);
    put_score(40250, 0);
    feed(64);
    assert_int_equal(v->unheard, 0);
}

static void texts_come_in_the_language_that_is_set(void **state)
{
    (void)state;
    struct ut_fault fault = {0};
    assert_int_equal(ut_config_set(&s.config, "display", "language", "de", "test", &fault), 0);
    struct ut_session_options options = {.config = &s.config, .contact_id = "c1", .session = "s1", .sink = keep_event};
    ut_session_free(s.session);
    s.session = ut_session_new(&options);
    put_call();
    feed(64);
    json_t *event = last_data_of(UT_EVENT_CUE_OPENED), *data = json_object_get(event, "data");
    assert_string_equal(json_string_value(json_object_get(data, "Title")), "Lange Stille");
    assert_string_equal(json_string_value(json_object_get(data, "Rule")), "beide still >= 6 s");
    assert_string_equal(json_string_value(json_object_get(data, "Cue")), "extended_silence");
    json_decref(event);
}

static void facts_and_forecast_are_in_the_score_event(void **state)
{
    (void)state;
    frustrated_until(0, 40000);
    json_t *event = last_data_of(UT_EVENT_SCORE), *data = json_object_get(event, "data");
    assert_true(json_number_value(json_object_get(data, "Slope")) > 0.1);
    double forecast = json_number_value(json_object_get(data, "Forecast"));
    assert_true(forecast > 0 && forecast < 1);
    assert_true(json_is_real(json_object_get(json_object_get(data, "Agent"), "TalkShare")));
    json_decref(event);
    event = data_of(UT_EVENT_SCORE);
    assert_true(json_is_null(json_object_get(json_object_get(event, "data"), "Forecast"))); /* too little heard */
    json_decref(event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_call_from_hello_to_completed),
        TEST(an_end_on_the_interval_adds_no_score),
        TEST(every_event_is_json_with_provenance),
        TEST(a_cue_event_says_when_and_why),
        TEST(a_score_event_averages_its_second),
        TEST(the_view_follows),
        TEST(a_visible_cue_is_in_the_view),
        TEST(chunks_do_not_matter),
        TEST(joined_in_the_middle),
        TEST(losses_are_counted_and_said),
        TEST(garbage_is_counted_and_survived),
        TEST(an_unknown_version_is_skipped_and_said_once),
        TEST(why_the_headset_started_again_is_said_once),
        TEST(a_second_call_gets_its_own_id),
        TEST(without_a_name_every_call_is_another),
        TEST(a_restart_in_mid_call_fails_it),
        TEST(one_wild_time_changes_nothing),
        TEST(times_are_believed_up_to_their_limits),
        TEST(a_time_beyond_the_longest_call_is_malformed),
        TEST(a_call_may_last_2147483647_ms),
        TEST(a_status_alone_begins_a_call),
        TEST(a_long_gap_goes_on_or_gives_up),
        TEST(a_restart_without_hello_is_seen_at_the_second_record),
        TEST(finish_with_a_reason_fails),
        TEST(relink_keeps_the_counters),
        TEST(a_link_that_begins_anew_loses_and_repeats_nothing),
        TEST(silence_is_seen_although_its_begin_fell_into_a_gap_of_the_link),
        TEST(records_without_framing_do_the_same),
        TEST(the_supervisors_flag_is_an_event),
        TEST(the_agent_mutes_and_dismisses),
        TEST(a_leg_without_sound_is_not_recorded),
        TEST(texts_come_in_the_language_that_is_set),
        TEST(facts_and_forecast_are_in_the_score_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
