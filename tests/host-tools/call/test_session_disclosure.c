/* SPDX-License-Identifier: Apache-2.0 */
/* What a session withholds before the disclosure, and for how long one holds. */
#include "tests/host-tools/call/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Another session instead of the one of a recording whose parties have a channel each. */
static void begin_as(enum ut_policy policy, const char *disclosed, const char *alone)
{
    forget();
    memset(&link_bytes, 0, sizeof link_bytes);
    ut_config_defaults(&s.config);
    struct ut_session_options options = {.config = &s.config,
                                         .contact_id = "c1",
                                         .policy = policy,
                                         .disclosed = disclosed,
                                         .alone = alone,
                                         .sink = keep_event,
                                         .on_score = keep_score,
                                         .on_note = keep_note};
    s.session = ut_session_new(&options);
    assert_non_null(s.session);
}

static void begin_live(const char *disclosed)
{
    begin_as(UT_POLICY_EU, disclosed, NULL);
}

static const char *text_of(json_t *event, const char *key)
{
    return json_string_value(json_object_get(json_object_get(event, "data"), key));
}

static int opened(const char *cue)
{
    int n = 0;
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_CUE_OPENED) {
            json_t *event = json_loads(s.line[i], 0, NULL);
            n += strcmp(text_of(event, "Cue"), cue) == 0;
            json_decref(event);
        }
    return n;
}

static void before_the_disclosure_only_what_was_measured(void **state)
{
    (void)state;
    put_angry_call();
    feed(64);
    assert_int_equal(opened("empathy_cue"), 1); /* as a recording */
    assert_int_equal(opened("extended_silence"), 1);
    begin_live(NULL);
    assert_int_equal(ut_session_snapshot(s.session)->undisclosed, 1);
    put_angry_call();
    feed(64);
    assert_int_equal(opened("empathy_cue"), 0);
    assert_int_equal(opened("extended_silence"), 1);
    assert_int_equal(opened("scores_paused"), 0);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 0);
    for (int i = 0; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_SCORE) {
            json_t *event = json_loads(s.line[i], 0, NULL), *data = json_object_get(event, "data");
            assert_true(json_is_null(json_object_get(data, "Score")));
            assert_true(json_is_null(json_object_get(data, "ScoreFast")));
            assert_string_equal(text_of(event, "Abstain"), "not_disclosed");
            json_decref(event);
        }
    json_t *event = data_of(UT_EVENT_SESSION_STARTED);
    assert_string_equal(text_of(event, "Policy"), "eu");
    assert_string_equal(text_of(event, "Disclosure"), "pending");
    json_decref(event);
    json_t *summary = ut_session_summary(s.session);
    json_t *emotion = json_object_get(summary, "AcousticEmotion");
    assert_true(json_is_false(json_object_get(json_object_get(emotion, "Disclosure"), "Acknowledged")));
    assert_int_equal(json_integer_value(json_object_get(json_object_get(emotion, "Summary"), "ScoredSpeechMillis")), 0);
    json_decref(summary);
}

/* One channel may hold both parties: it is scored once somebody says that it is the customer alone. */
static void one_channel_is_scored_when_declared(void **state)
{
    (void)state;
    for (int declared = 0; declared < 2; declared++) {
        begin_as(UT_POLICY_RESEARCH, NULL, declared ? "declared" : "undeclared");
        assert_int_equal(ut_session_snapshot(s.session)->undeclared, !declared);
        put_angry_call();
        feed(64);
        assert_int_equal(opened("empathy_cue"), declared);
        assert_int_equal(opened("extended_silence"), 1);
        int scored = 0, undeclared = 0;
        for (int i = 0; i < s.lines; i++)
            if (s.type[i] == UT_EVENT_SCORE) {
                scored += strstr(s.line[i], "\"Score\":null") == NULL;
                undeclared += strstr(s.line[i], "\"Abstain\":\"undeclared\"") != NULL;
            }
        assert_int_equal(scored > 0, declared);
        assert_int_equal(undeclared > 0, !declared);
        json_t *event = data_of(UT_EVENT_SESSION_STARTED);
        assert_string_equal(text_of(event, "CustomerAlone"), declared ? "declared" : "undeclared");
        json_decref(event);
        assert_int_equal(ut_session_snapshot(s.session)->undeclared, !declared); /* of the next call, too */
    }
}

/* What a customer was told counts for that call alone. */
static void a_disclosure_is_for_one_call(void **state)
{
    (void)state;
    begin_live(NULL);
    ut_session_disclose(s.session, "key"); /* before the first call */
    assert_int_equal(ut_session_snapshot(s.session)->undisclosed, 0);
    put_angry_call();
    put_angry_call();
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 1);
    assert_int_equal(opened("empathy_cue"), 1);
    assert_int_equal(opened("extended_silence"), 2);
    json_t *event = data_of(UT_EVENT_SESSION_DISCLOSED);
    assert_string_equal(text_of(event, "By"), "key");
    assert_string_equal(text_of(event, "ContactId"), "c1");
    json_decref(event);
    assert_int_equal(ut_session_snapshot(s.session)->undisclosed, 1);
    ut_session_disclose(s.session, "key"); /* between two calls: for the next */
    memset(&link_bytes, 0, sizeof link_bytes);
    link_bytes.seq = 0;
    put_angry_call();
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 2);
    assert_int_equal(opened("empathy_cue"), 2);
}

static void a_disclosure_in_mid_call_counts_from_there(void **state)
{
    (void)state;
    begin_live(NULL);
    put_hello();
    for (uint32_t t = 250; t <= 6000; t += 250)
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    feed(64);
    assert_int_equal(ut_session_snapshot(s.session)->score_valid, 0);
    assert_true(ut_session_snapshot(s.session)->customer_loudness > 0);
    ut_session_disclose(s.session, "key");
    ut_session_disclose(s.session, "key"); /* once is enough */
    link_bytes.len = 0;
    for (uint32_t t = 6250; t <= 12000; t += 250)
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 1);
    json_t *event = data_of(UT_EVENT_SESSION_DISCLOSED);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(event, "data"), "OffsetMillis")), 6000);
    json_decref(event);
    assert_int_equal(ut_session_snapshot(s.session)->score_valid, 1);
    json_t *last = last_data_of(UT_EVENT_SCORE);
    assert_true(json_is_object(json_object_get(json_object_get(last, "data"), "Score")));
    json_decref(last);
}

static void an_announcement_holds_for_every_call(void **state)
{
    (void)state;
    begin_live("option");
    put_call();
    put_call();
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 2);
    assert_int_equal(s.type[1], UT_EVENT_SESSION_DISCLOSED);
    json_t *event = data_of(UT_EVENT_SESSION_STARTED);
    assert_string_equal(text_of(event, "Disclosure"), "acknowledged");
    json_decref(event);
    begin();
    memset(&link_bytes, 0, sizeof link_bytes);
    ut_session_disclose(s.session, "key"); /* a recording asks for none */
    put_call();
    feed(64);
    assert_int_equal(count(UT_EVENT_SESSION_DISCLOSED), 0);
    event = data_of(UT_EVENT_SESSION_STARTED);
    assert_string_equal(text_of(event, "Disclosure"), "not_required");
    assert_string_equal(text_of(event, "Policy"), "research");
    json_decref(event);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(before_the_disclosure_only_what_was_measured),
        TEST(one_channel_is_scored_when_declared),
        TEST(a_disclosure_is_for_one_call),
        TEST(a_disclosure_in_mid_call_counts_from_there),
        TEST(an_announcement_holds_for_every_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
