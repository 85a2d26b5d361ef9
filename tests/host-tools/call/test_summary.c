/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/summary.h"

#include "firmware/engine.h"
#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_cue_memory memory;
static struct ut_call_summary summary;

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    ut_cue_memory_init(&memory, &config);
    ut_call_summary_init(&summary);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_call_summary_free(&summary);
    return 0;
}

static void turn(int kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    struct ut_wire_turn t = {
        .t_ms = end_ms, .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    ut_call_summary_turn(&summary, &t);
}

static void score(uint32_t t_ms, int flags, uint8_t frustration, uint8_t delight)
{
    struct ut_wire_score r = {.t_ms = t_ms,
                              .flags = (uint8_t)flags,
                              .frustration = frustration,
                              .delight = delight,
                              .customer_loudness = 100,
                              .agent_level = 40,
                              .customer_pace = 72, /* 4.5 syllables/s = 180 words/min */
                              .agent_pace = 64};
    ut_call_summary_score(&summary, &r, &memory);
}

static json_t *make(void)
{
    json_t *model = json_pack("{s:s, s:s, s:n}", "Id", "m1", "Crc32", "12345678", "Sha256");
    json_t *device = json_pack("{s:s}", "Board", "test");
    json_t *disclosure = json_null();
    json_t *channels = json_pack("{s:s}", "State", "separate");
    json_t *out = ut_call_summary_json(&summary, "c9", "COMPLETED", "research", disclosure, model, device, channels);
    json_decref(channels);
    json_decref(model);
    json_decref(device);
    assert_non_null(out);
    return out;
}

/* A member deep inside, by its path. */
static json_t *at(json_t *root, const char *path)
{
    char name[64];
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        memcpy(name, path, len);
        name[len] = '\0';
        root = json_object_get(root, name);
        path += len + (path[len] == '/');
    }
    return root;
}

static json_int_t whole(json_t *root, const char *path)
{
    assert_true(json_is_integer(at(root, path)));
    return json_integer_value(at(root, path));
}

static void an_empty_call_has_all_members(void **state)
{
    (void)state;
    static const char *const required[] = {"Version",      "Channel",        "JobStatus",
                                           "LanguageCode", "Participants",   "ConversationCharacteristics",
                                           "Transcript",   "AcousticEmotion"};
    json_t *out = make();
    for (size_t i = 0; i < sizeof required / sizeof required[0]; i++)
        assert_non_null(json_object_get(out, required[i]));
    assert_string_equal(json_string_value(at(out, "Version")), "1.1.0");
    assert_string_equal(json_string_value(at(out, "CustomerMetadata/ContactId")), "c9");
    assert_int_equal(whole(out, "ConversationCharacteristics/TotalConversationDurationMillis"), 0);
    assert_int_equal(json_object_size(at(out, "ConversationCharacteristics/Sentiment/OverallSentiment")), 0);
    assert_int_equal(json_array_size(at(out, "AcousticEmotion/Cues")), 0);
    json_decref(out);
}

static void talk_nontalk_and_interruptions_add_up(void **state)
{
    (void)state;
    turn(UT_TURN_IPU_END, UT_CUSTOMER, 0, 2500);
    turn(UT_TURN_IPU_END, UT_AGENT, 2000, 5000);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 2000, 2500);
    turn(UT_TURN_NONTALK_END, UT_BOTH, 5000, 9000);
    turn(UT_TURN_IPU_END, UT_AGENT, 9000, 10000);
    turn(UT_TURN_OVERLAP_END, UT_BOTH, 2000, 2500);
    json_t *out = make(), *c = at(out, "ConversationCharacteristics");
    assert_int_equal(whole(c, "TotalConversationDurationMillis"), 10000);
    assert_int_equal(whole(c, "TalkTime/TotalTimeMillis"), 6500);
    assert_int_equal(whole(c, "TalkTime/DetailsByParticipant/AGENT/TotalTimeMillis"), 4000);
    assert_int_equal(whole(c, "TalkTime/DetailsByParticipant/CUSTOMER/TotalTimeMillis"), 2500);
    assert_int_equal(whole(c, "NonTalkTime/TotalTimeMillis"), 4000);
    json_t *silence = json_array_get(at(c, "NonTalkTime/Instances"), 0);
    assert_int_equal(whole(silence, "BeginOffsetMillis"), 5000);
    assert_int_equal(whole(silence, "DurationMillis"), 4000);
    assert_int_equal(whole(c, "Interruptions/TotalCount"), 1);
    assert_int_equal(whole(c, "Interruptions/TotalTimeMillis"), 500);
    assert_int_equal(json_array_size(at(c, "Interruptions/InterruptionsByInterrupter/AGENT")), 1);
    assert_null(at(c, "Interruptions/InterruptionsByInterrupter/CUSTOMER"));
    assert_int_equal(json_array_size(at(out, "AcousticEmotion/Overlaps")), 1);
    json_decref(out);
}

static void sentiment_is_the_customers_alone(void **state)
{
    (void)state;
    for (uint32_t t = 250; t <= 4000; t += 250)
        score(t, UT_WIRE_CUSTOMER_SPEECH | UT_WIRE_AGENT_SPEECH, 0, t <= 1000 ? 255 : 0);
    score(4250, UT_WIRE_CUSTOMER_SPEECH | UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT, 255, 0); /* does not count */
    score(4500, UT_WIRE_AGENT_SPEECH, 255, 0);                                                /* nor does this */
    json_t *out = make(), *c = at(out, "ConversationCharacteristics");
    assert_true(json_number_value(at(c, "Sentiment/OverallSentiment/CUSTOMER")) == 1.25); /* 5 x 4 of 16 */
    assert_int_equal(json_object_size(at(c, "Sentiment/OverallSentiment")), 1);
    json_t *quarters = at(c, "Sentiment/SentimentByPeriod/QUARTER/CUSTOMER");
    assert_int_equal(json_array_size(quarters), 4);
    assert_true(json_number_value(at(json_array_get(quarters, 0), "Score")) == 5);
    assert_true(json_number_value(at(json_array_get(quarters, 3), "Score")) == 0);
    assert_int_equal(json_object_size(at(c, "Sentiment/SentimentByPeriod/QUARTER")), 1);
    assert_int_equal(whole(c, "TalkSpeed/DetailsByParticipant/CUSTOMER/AverageWordsPerMinute"), 180);
    assert_int_equal(whole(c, "TalkSpeed/DetailsByParticipant/AGENT/AverageWordsPerMinute"), 160);
    assert_true(json_is_true(at(c, "TalkSpeed/DetailsByParticipant/AGENT/Estimated")));
    assert_int_equal(whole(out, "AcousticEmotion/Summary/ScoredSpeechMillis"), 4000);
    assert_int_equal(whole(out, "AcousticEmotion/Summary/AbstainedMillis"), 250);
    json_decref(out);
}

static void turns_have_a_loudness_per_second(void **state)
{
    (void)state;
    for (uint32_t t = 250; t <= 3000; t += 250)
        score(t, t <= 2000 ? UT_WIRE_CUSTOMER_SPEECH : UT_WIRE_AGENT_SPEECH, 0, 0);
    turn(UT_TURN_END, UT_CUSTOMER, 100, 2000);
    turn(UT_TURN_END, UT_AGENT, 2000, 3000);
    json_t *out = make(), *list = at(out, "Transcript");
    assert_int_equal(json_array_size(list), 2);
    json_t *first = json_array_get(list, 0), *second = json_array_get(list, 1);
    assert_string_equal(json_string_value(at(first, "ParticipantId")), "CUSTOMER");
    assert_int_equal(json_array_size(at(first, "LoudnessScore")), 2);
    assert_true(json_number_value(json_array_get(at(first, "LoudnessScore"), 0)) == 50);
    assert_string_equal(json_string_value(at(second, "ParticipantId")), "AGENT");
    assert_int_equal(json_array_size(at(second, "LoudnessScore")), 1);
    assert_true(json_number_value(json_array_get(at(second, "LoudnessScore"), 0)) == 75); /* -20 dBFS of -80..0 */
    assert_null(at(second, "Sentiment"));
    json_decref(out);
}

static void cues_and_suppressions_are_listed(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_CLOSED,
                              .cue = UT_CUE_SILENCE,
                              .t_ms = 9000,
                              .begin_ms = 1000,
                              .opened_ms = 7000,
                              .shown_ms = 2000,
                              .rule = "both silent >= 6 s",
                              .evidence = {{"both_silent", "s", 6.0, 1.5, 1, 1.0}},
                              .evidence_count = 1};
    ut_call_summary_cue(&summary, &c);
    c.what = UT_CUE_OPENED; /* only its end is kept */
    ut_call_summary_cue(&summary, &c);
    c.what = UT_CUE_SUPPRESSED;
    c.reason = "budget";
    ut_call_summary_cue(&summary, &c);
    json_t *out = make();
    assert_int_equal(json_array_size(at(out, "AcousticEmotion/Cues")), 1);
    json_t *cue = json_array_get(at(out, "AcousticEmotion/Cues"), 0);
    assert_string_equal(json_string_value(at(cue, "Cue")), "extended_silence");
    assert_int_equal(whole(cue, "NotifyOffsetMillis"), 7000);
    assert_int_equal(whole(cue, "DurationMillis"), 8000);
    json_t *why = json_array_get(at(cue, "Explanation"), 0);
    assert_true(json_number_value(at(why, "Baseline")) == 1.5);
    assert_int_equal(json_array_size(at(out, "AcousticEmotion/Suppressed")), 1);
    json_decref(out);
}

static void what_is_of_both_is_forgotten(void **state)
{
    (void)state;
    const struct ut_withheld all = {.ms = 5000, .before_ms = 5000}, part = {.ms = 5000, .apart = true};
    turn(UT_TURN_IPU_END, UT_CUSTOMER, 0, 1000);
    turn(UT_TURN_END, UT_CUSTOMER, 0, 1000);
    turn(UT_TURN_NONTALK_END, UT_BOTH, 1000, 4500);
    score(250, UT_WIRE_CUSTOMER_SPEECH, 200, 0);
    summary.trajectory.peak = 0.5;
    ut_call_summary_forget(&summary);
    json_t *call = make();
    ut_call_summary_withhold(call, &part);
    assert_int_equal(json_integer_value(at(call, "ConversationCharacteristics/TalkTime/TotalTimeMillis")), 0);
    assert_int_equal(json_integer_value(at(call, "ConversationCharacteristics/NonTalkTime/TotalTimeMillis")), 3500);
    assert_int_equal(json_array_size(at(call, "Transcript")), 0);
    assert_int_equal(json_integer_value(at(call, "AcousticEmotion/Summary/ScoredSpeechMillis")), 0);
    assert_int_equal(json_integer_value(at(call, "AcousticEmotion/Summary/AbstainedMillis")), 250);
    assert_null(at(call, "AcousticEmotion/Summary/FrustrationPeak"));
    assert_true(json_is_null(at(call, "AcousticEmotion/Trajectory")));
    assert_int_equal(json_integer_value(at(call, "AcousticEmotion/Withheld/Millis")), 5000);
    ut_call_summary_withhold(call, &all);
    assert_true(json_is_null(at(call, "ConversationCharacteristics/TalkTime/TotalTimeMillis")));
    assert_true(json_is_null(at(call, "ConversationCharacteristics/Interruptions/TotalCount")));
    assert_true(json_is_null(at(call, "ConversationCharacteristics/Facts")));
    assert_true(json_is_null(at(call, "AcousticEmotion/Overlaps")));
    json_decref(call);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_call_has_all_members),    TEST(talk_nontalk_and_interruptions_add_up),
        TEST(sentiment_is_the_customers_alone), TEST(turns_have_a_loudness_per_second),
        TEST(what_is_of_both_is_forgotten),     TEST(cues_and_suppressions_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
