/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/event_data.h"

#include "dsp/two_channels.h"
#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static const struct ut_wire_hello hello = {1, 2, 3, 1, 0xABCD, {'u', '1', 0, 0}, {'m', 'p', 's', '2'}};
static struct ut_event_origin from = {
    .contact_id = "call-1", .hello = &hello, .config = &config, .config_crc32 = "0badcafe", .policy = "eu"};
static char line[UT_EVENT_LINE];

/* Compares the members named, {"Key": value, ...} with ' for ", and drops the data. */
static void expect(json_t *data, const char *members)
{
    char text[600];
    snprintf(text, sizeof text, "%s", members);
    for (char *c = text; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *want = json_loads(text, 0, NULL), *value;
    const char *key;
    assert_non_null(want);
    assert_non_null(data);
    json_object_foreach(want, key, value)
    {
        char *got = json_dumps(json_object_get(data, key), JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
        char *wanted = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(6));
        assert_non_null(got);
        assert_string_equal(got, wanted);
        free(got);
        free(wanted);
    }
    json_decref(want);
    json_decref(data);
}

static void every_event_has_its_provenance(void **state)
{
    (void)state;
    expect(ut_event_data_started(&from, "pending", NULL, "", line),
           "{'ContactId': 'call-1', 'Model': {'Id': 'u1', 'Crc32': '0000abcd', 'Sha256': null}, 'Firmware': '1.2.3', "
           "'ConfigCrc32': '0badcafe', 'Policy': 'eu', 'Disclosure': 'pending', 'Channel': 'VOICE', "
           "'FeaturesVersion': 1}");
    assert_string_equal(line, "     0.000 s  call         call-1 begins");
    from.hello = NULL;
    json_t *data = ut_event_data_started(&from, "pending", "declared", "ab12", line);
    assert_null(json_object_get(data, "FeaturesVersion"));
    assert_string_equal(json_string_value(json_object_get(data, "CustomerAlone")), "declared");
    assert_string_equal(json_string_value(json_object_get(data, "Customer")), "ab12");
    assert_string_equal(
        line, "     0.000 s  call         call-1 begins; its one channel is declared to be the customer alone");
    expect(data, "{'Model': {'Id': null, 'Crc32': null, 'Sha256': null}, 'Firmware': null}");
    data = ut_event_data_started(&from, "pending", "undeclared", "", line);
    assert_string_equal(
        line,
        "     0.000 s  call         call-1 begins; nobody has declared that its one channel is the customer alone");
    expect(data, "{'CustomerAlone': 'undeclared'}");
    from.hello = &hello;
}

static void a_call_ends_or_fails(void **state)
{
    (void)state;
    json_t *data = ut_event_data_ended(&from, 12345, 7, NULL, NULL, line);
    assert_null(json_object_get(data, "Reason"));
    expect(data, "{'BeginOffsetMillis': 0, 'EndOffsetMillis': 12345, 'RecordsLost': 7}");
    assert_string_equal(line, "    12.345 s  call         call-1 ends");
    expect(ut_event_data_ended(&from, 1, 0, "gone \xff", NULL, line), "{'Reason': 'gone ?'}");
    assert_string_equal(line, "     0.001 s  call         call-1 failed: gone ?");
    expect(ut_event_data_ended(&from, 2500, 0, NULL, "12 bytes\nfewer", line),
           "{'EndOffsetMillis': 2500, 'Truncated': {'AfterMillis': 2500, 'Reason': '12 bytes?fewer'}}");
    assert_string_equal(line, "     2.500 s  call         call-1 ends: truncated recording, 12 bytes?fewer");
    expect(ut_event_data_disclosed(&from, 2000, "key", line), "{'OffsetMillis': 2000, 'By': 'key'}");
    assert_string_equal(line, "     2.000 s  disclosure   acknowledged (key)");
}

static void a_cue_opens_closes_and_raises_the_flag(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_OPENED,
                              .cue = UT_CUE_SILENCE,
                              .t_ms = 6000,
                              .begin_ms = 0,
                              .opened_ms = 6000,
                              .display = UT_DISPLAY_BUDGET,
                              .title = "Long silence",
                              .text = "Say something.",
                              .rule = "both silent >= 6 s",
                              .evidence = {{"both_silent", "s", 6, 0, 0, 1}},
                              .evidence_count = 1};
    ut_config_defaults(&config);
    expect(ut_event_data_cue(&from, &c, line),
           "{'Cue': 'extended_silence', 'State': 'OPEN', 'ParticipantRole': 'BOTH', 'Severity': 'medium', "
           "'Display': 'suppressed', 'Title': 'Long silence', 'NotifyOffsetMillis': 6000}");
    assert_string_equal(line, "     6.000 s  cue opens    extended_silence: Long silence (both silent >= 6 s: both "
                              "silent 6 s) [not shown: budget spent]");
    c.what = UT_CUE_CLOSED;
    c.t_ms = 8500;
    c.shown_ms = 1500;
    c.call_ended = 1;
    expect(ut_event_data_cue(&from, &c, line),
           "{'State': 'CLOSED', 'ShownMillis': 1500, 'Reason': 'call_ended', 'Dismissed': false}");
    assert_string_equal(line, "     8.500 s  cue closes   extended_silence after 2.50 s (end of the call)");
    c.what = UT_CUE_FLAG_LOWERED;
    c.cue = UT_CUE_HELP;
    c.reason = "dismissed";
    expect(ut_event_data_cue(&from, &c, line), "{'State': 'LOWERED', 'Reason': 'dismissed'}");
    assert_string_equal(line, "     8.500 s  flag         lowered for the supervisor: ask_for_help, dismissed");
}

/* The frame of a line is English: so are its title and its rule, whatever language cues are shown in. */
static void a_line_is_of_one_language(void **state)
{
    (void)state;
    struct ut_fault fault;
    const struct ut_cue_change c = {.what = UT_CUE_OPENED,
                                    .cue = UT_CUE_SILENCE,
                                    .title = "Lange Stille",
                                    .text = "Frag nach.",
                                    .rule = "beide still >= 6 s"};
    ut_config_defaults(&config);
    assert_int_equal(setenv("LC_ALL", "de_DE.UTF-8", 1), 0);
    assert_int_equal(ut_config_set(&config, "display", "language", "de", "here", &fault), 0);
    expect(ut_event_data_cue(&from, &c, line), "{'Title': 'Lange Stille', 'Rule': 'beide still >= 6 s'}");
    assert_string_equal(line, "     0.000 s  cue opens    extended_silence: Long silence (both silent >= 6 s)");
    (void)unsetenv("LC_ALL");
}

static void a_second_of_scores(void **state)
{
    (void)state;
    static struct ut_cue_memory memory;
    struct ut_event_second second = {.begin_ms = 1000,
                                     .now = {1, 0.25, 0.5, 0.75},
                                     .usual = &memory,
                                     .abstain = "none",
                                     .loudness = 61.5,
                                     .agent_share = 0.25,
                                     .newest = {.t_ms = 2000, .agent_level = 60, .customer_pace = 64}};
    expect(ut_event_data_score(&from, &second, line),
           "{'ParticipantRole': 'CUSTOMER', 'Score': {'Frustration': 0.25, 'Delight': 0.5, 'Confidence': 0.75}, "
           "'ScoreFast': null, 'Slope': null, "
           "'Abstain': 'none', 'LoudnessScore': 61.5, 'PitchSemitones': null, 'SyllablesPerSecond': 4.0, "
           "'Agent': {'LevelDbfs': -30.0, 'SyllablesPerSecond': 0.0, 'TalkShare': 0.25}}");
    assert_string_equal(line, "     2.000 s  score        frustration 0.25 delight 0.50 confidence 0.75");
    second.now.valid = 0;
    second.loudness = -1;
    second.abstain = "noise";
    memory.slope_valid = 1;
    memory.slope = 0.125;
    expect(ut_event_data_score(&from, &second, line),
           "{'Score': null, 'LoudnessScore': null, 'Abstain': 'noise', 'Slope': 0.125}");
    assert_string_equal(line, "     2.000 s  score        no score, abstains: noise");
}

static void turns_and_lines(void **state)
{
    (void)state;
    struct ut_wire_turn t = {.t_ms = 3000, .kind = UT_TURN_END, .party = UT_CUSTOMER, .begin_ms = 500, .end_ms = 2750};
    expect(ut_event_data_turn(&from, &t, line),
           "{'Kind': 'turn_ended', 'ParticipantRole': 'CUSTOMER', 'BeginOffsetMillis': 500, 'EndOffsetMillis': 2750}");
    assert_string_equal(line, "     3.000 s  turn         customer spoke from 0.50 to 2.75 s");
    for (int kind = UT_TURN_IPU_START; kind < UT_TURN_KINDS; kind++) {
        t.kind = (uint8_t)kind;
        json_t *data = ut_event_data_turn(&from, &t, line);
        assert_true(json_string_length(json_object_get(data, "Kind")) > 0);
        json_decref(data);
    }
}

static void a_status_speaks_up_when_something_was_lost(void **state)
{
    (void)state;
    const struct ut_wire_status d = {
        .t_ms = 10000, .overruns = 2, .drops = 1, .customer_snr = 20, .agent_snr = 21, .known = 66};
    const struct ut_wire_receiver receiver = {.lost = 3, .malformed = 4, .unknown = 5};
    const struct ut_wire_status before = {0};
    expect(ut_event_data_status(&from, &d, &before, &receiver, line),
           "{'AudioBlocksLost': 2, 'RecordsDropped': 1, 'RecordsLost': 3, 'FramesMalformed': 4, 'RecordsUnknown': 5, "
           "'CustomerSnrDb': 20, 'AgentSnrDb': 21, 'CallerKnownPercent': 66, 'Channels': {'State': 'unknown', 'Heard': "
           "[], 'Quiet': []}}");
    assert_string_equal(line, "    10.000 s  headset      2 audio blocks lost, 1 records dropped");
    json_decref(ut_event_data_status(&from, &d, &d, &receiver, line));
    assert_string_equal(line, "");
    const struct ut_wire_status same = {.t_ms = 15000, .overruns = 2, .drops = 1, .channels = UT_CHANNELS_SAME};
    json_decref(ut_event_data_status(&from, &same, &d, &receiver, line));
    assert_string_equal(line, "    15.000 s  channels     both hold the same, so nobody can be told apart");
    json_decref(ut_event_data_status(&from, &same, &same, &receiver, line));
    assert_string_equal(line, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_has_its_provenance),
        cmocka_unit_test(a_call_ends_or_fails),
        cmocka_unit_test(a_cue_opens_closes_and_raises_the_flag),
        cmocka_unit_test(a_line_is_of_one_language),
        cmocka_unit_test(a_second_of_scores),
        cmocka_unit_test(turns_and_lines),
        cmocka_unit_test(a_status_speaks_up_when_something_was_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
