/* SPDX-License-Identifier: Apache-2.0 */
/* A session that is told things from outside: who the call is with, holds, refusals, outcomes, handovers, its end. */
#include "tests/host-tools/call/said.h"

static const char HASH[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static void feed_until(uint32_t t_ms)
{
    frustration = 230;
    put_hello();
    put_turn(UT_TURN_IPU_START, UT_AGENT, 110, 10, 10);
    for (uint32_t t = 250; t <= t_ms; t += 250) {
        if (t == 2250)
            put_turn(UT_TURN_IPU_END, UT_AGENT, 2110, 10, 2010);
        if (t == 2250)
            put_turn(UT_TURN_IPU_START, UT_CUSTOMER, 2210, 2110, 2110);
        put_score(t, t > 2000 ? UT_WIRE_CUSTOMER_SPEECH : UT_WIRE_AGENT_SPEECH);
    }
    feed(500);
    link_bytes.len = 0;
}

static void more(uint32_t from_ms, uint32_t to_ms)
{
    for (uint32_t t = from_ms + 250; t <= to_ms; t += 250)
        put_score(t, UT_WIRE_CUSTOMER_SPEECH);
    feed(500);
    link_bytes.len = 0;
}

static json_t *member(json_t *event, const char *name)
{
    return json_object_get(json_object_get(event, "data"), name);
}

static void nothing_without_a_call(void **state)
{
    (void)state;
    assert_int_equal(ut_session_refuse(s.session, false, "http"), -1);
    assert_int_equal(ut_session_hold(s.session, true), -1);
    assert_int_equal(ut_session_conference(s.session, true), -1);
    assert_int_equal(ut_session_handover(s.session, UT_HANDOVER_TRANSFER, ""), -1);
    assert_int_equal(ut_session_outcome(s.session, "s1-000001", "helped"), -1);
    assert_int_equal(ut_session_end(s.session), -1);
    assert_int_equal(s.lines, 0);
}

static void who_it_is_with(void **state)
{
    (void)state;
    ut_session_identify(s.session, "crm-7", HASH);
    assert_int_equal(s.lines, 0);
    feed_until(1000);
    json_t *started = data_of(UT_EVENT_SESSION_STARTED), *identified = data_of(UT_EVENT_SESSION_IDENTIFIED);
    assert_string_equal(json_string_value(member(started, "Customer")), HASH);
    assert_string_equal(json_string_value(member(identified, "Contact")), "crm-7");
    assert_null(member(identified, "Customer"));
    json_decref(identified);
    json_decref(started);
    ut_session_identify(s.session, "", "");
    assert_int_equal(count(UT_EVENT_SESSION_IDENTIFIED), 1);
    ut_session_identify(s.session, "crm-8", HASH);
    identified = last_data_of(UT_EVENT_SESSION_IDENTIFIED);
    assert_string_equal(json_string_value(member(identified, "Contact")), "crm-8");
    assert_string_equal(json_string_value(member(identified, "Customer")), HASH);
    assert_int_equal(json_integer_value(member(identified, "OffsetMillis")), 1000);
    json_decref(identified);
    json_t *summary = ut_session_summary(s.session);
    assert_string_equal(json_string_value(json_object_get(json_object_get(summary, "AcousticEmotion"), "Customer")),
                        HASH);
    json_decref(summary);
    assert_string_equal(ut_session_snapshot(s.session)->contact, "crm-8");
    /* the next call is with somebody else */
    ut_session_finish(s.session, NULL);
    feed_until(1000);
    json_t *next = last_data_of(UT_EVENT_SESSION_STARTED);
    assert_null(member(next, "Customer"));
    json_decref(next);
}

static void a_refusal_ends_scores_and_forgets_them(void **state)
{
    (void)state;
    feed_until(20000);
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    assert_int_equal(v->score_valid, 1);
    assert_true(count(UT_EVENT_CUE_OPENED) > 0);
    int lines = s.lines;
    assert_int_equal(ut_session_refuse(s.session, true, "http"), 0);
    assert_int_equal(ut_session_refuse(s.session, true, "http"), -1);
    assert_int_equal(s.type[s.lines - 1], UT_EVENT_SESSION_REFUSED); /* behind what closes because of it */
    assert_true(count(UT_EVENT_CUE_CLOSED) > 0);
    for (int i = lines; i < s.lines; i++)
        assert_null(strstr(s.line[i], "\"Feature\""));
    json_t *refused = last_data_of(UT_EVENT_SESSION_REFUSED);
    assert_string_equal(json_string_value(member(refused, "Kind")), "withdrawn");
    assert_string_equal(json_string_value(member(refused, "By")), "http");
    json_decref(refused);
    assert_int_equal(v->score_valid, 0);
    assert_int_equal(v->refused, 1);
    assert_int_equal(v->cue, UT_CUES);
    lines = s.lines;
    more(20000, 40000);
    for (int i = lines; i < s.lines; i++) {
        assert_int_not_equal(s.type[i], UT_EVENT_CUE_OPENED);
        if (s.type[i] != UT_EVENT_SCORE)
            continue;
        assert_non_null(strstr(s.line[i], "\"Score\":null,\"ScoreFast\":null,\"ScoreSlow\":null,\"Slope\":null"));
        assert_non_null(strstr(s.line[i], "\"Abstain\":\"refused\""));
    }
    assert_int_equal(v->score_valid, 0);
    ut_session_disclose(s.session, "key");
    more(40000, 45000);
    assert_int_equal(v->score_valid, 0);
    ut_session_finish(s.session, NULL);
    json_t *summary = ut_session_summary(s.session);
    json_t *emotion = json_object_get(summary, "AcousticEmotion"), *sums = json_object_get(emotion, "Summary");
    assert_int_equal(json_integer_value(json_object_get(sums, "ScoredSpeechMillis")), 0);
    assert_null(json_object_get(sums, "FrustrationPeak"));
    assert_int_equal(json_array_size(json_object_get(emotion, "Cues")), 0);
    char *text = json_dumps(summary, 0);
    assert_null(strstr(text, "\"Score\""));
    free(text);
    json_decref(summary);
    feed_until(20000); /* another customer */
    assert_int_equal(v->refused, 0);
    assert_int_equal(v->score_valid, 1);
}

static void a_hold_that_is_told(void **state)
{
    (void)state;
    feed_until(5000);
    assert_int_equal(ut_session_hold(s.session, true), 0);
    assert_int_equal(ut_session_hold(s.session, true), 0);
    assert_int_equal(ut_session_snapshot(s.session)->on_hold, 1);
    more(5000, 15000); /* who speaks now is no customer */
    assert_int_equal(count(UT_EVENT_HOLD_STARTED), 1);
    assert_int_equal(count(UT_EVENT_HOLD_ENDED), 0);
    assert_int_equal(ut_session_hold(s.session, false), 0);
    assert_int_equal(ut_session_snapshot(s.session)->on_hold, 0);
    json_t *ended = last_data_of(UT_EVENT_HOLD_ENDED);
    assert_string_equal(json_string_value(member(ended, "Kind")), "told");
    assert_string_equal(json_string_value(member(ended, "Reason")), "told");
    assert_in_range(json_integer_value(member(ended, "DurationMillis")), 9000, 11000);
    json_decref(ended);
    assert_int_equal(ut_session_hold(s.session, false), 0);
    assert_int_equal(count(UT_EVENT_HOLD_ENDED), 1);
}

static void nobody_is_scored_in_a_conference(void **state)
{
    (void)state;
    feed_until(8000);
    assert_int_equal(ut_session_conference(s.session, true), 0);
    assert_int_equal(ut_session_conference(s.session, true), 0);
    assert_int_equal(count(UT_EVENT_HANDOVER), 1);
    int lines = s.lines;
    more(8000, 12000);
    for (int i = lines; i < s.lines; i++)
        if (s.type[i] == UT_EVENT_SCORE)
            assert_non_null(strstr(s.line[i], "\"Score\":null"));
    assert_non_null(strstr(s.line[s.lines - 1], "\"Abstain\":\"conference\""));
    assert_int_equal(ut_session_conference(s.session, false), 0);
    more(12000, 14000);
    assert_non_null(strstr(s.line[s.lines - 1], "\"Abstain\":\"none\""));
}

static void what_became_of_a_cue(void **state)
{
    (void)state;
    feed_until(20000);
    json_t *opened = last_data_of(UT_EVENT_CUE_OPENED);
    const char *id = json_string_value(json_object_get(opened, "id"));
    assert_int_equal(ut_session_outcome(s.session, "s1-000001", "helped"), -1);
    assert_int_equal(ut_session_outcome(s.session, "", "helped"), -1);
    assert_int_equal(ut_session_outcome(s.session, id, "did_not_help"), 0);
    json_t *outcome = last_data_of(UT_EVENT_CUE_OUTCOME);
    assert_string_equal(json_string_value(member(outcome, "Opening")), id);
    assert_string_equal(json_string_value(member(outcome, "Outcome")), "did_not_help");
    assert_string_equal(json_string_value(member(outcome, "Cue")), json_string_value(member(opened, "Cue")));
    assert_non_null(json_object_get(outcome, "sequence"));
    json_decref(outcome);
    json_decref(opened);
}

static void who_takes_over_knows_how_it_went(void **state)
{
    (void)state;
    ut_session_identify(s.session, "crm-7", HASH);
    feed_until(20000);
    json_t *opened = last_data_of(UT_EVENT_CUE_OPENED);
    assert_int_equal(ut_session_outcome(s.session, json_string_value(json_object_get(opened, "id")), "did_not_help"),
                     0);
    assert_int_equal(ut_session_handover(s.session, UT_HANDOVER_ESCALATION, "second\nline"), 0);
    json_t *h = last_data_of(UT_EVENT_HANDOVER);
    assert_string_equal(json_string_value(member(h, "Kind")), "escalation");
    assert_string_equal(json_string_value(member(h, "To")), "second?line");
    assert_string_equal(json_string_value(member(h, "Contact")), "crm-7");
    assert_string_equal(json_string_value(member(h, "Customer")), HASH);
    assert_in_range(json_array_size(member(h, "Trajectory")), 15, UT_HANDOVER_POINTS);
    json_t *first = json_array_get(member(h, "OpenCues"), 0), *tried = json_array_get(member(h, "Tried"), 0);
    assert_non_null(json_object_get(first, "Reason"));
    assert_string_equal(json_string_value(json_object_get(tried, "Outcome")), "did_not_help");
    json_decref(h);
    json_decref(opened);
}

static void a_call_that_is_said_to_be_over(void **state)
{
    (void)state;
    feed_until(5000);
    assert_int_equal(ut_session_end(s.session), 0);
    assert_int_equal(count(UT_EVENT_SESSION_COMPLETED), 1);
    int lines = s.lines;
    more(5000, 8000);
    assert_int_equal(s.lines, lines);
    assert_int_equal(ut_session_end(s.session), -1);
    ut_session_identify(s.session, "crm-9", "");
    ut_session_start(s.session);
    more(8000, 10000);
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 2);
    json_t *identified = last_data_of(UT_EVENT_SESSION_IDENTIFIED);
    assert_string_equal(json_string_value(member(identified, "Contact")), "crm-9");
    json_decref(identified);
    assert_int_equal(ut_session_end(s.session), 0);
    feed_until(1000); /* the headset begins anew by itself */
    assert_int_equal(count(UT_EVENT_SESSION_STARTED), 3);
}

static int asked;

static void remember(void *ctx, const char *customer, enum ut_language language, struct ut_recollection *out)
{
    assert_ptr_equal(ctx, &asked);
    assert_string_equal(customer, HASH);
    assert_int_equal(language, UT_ENGLISH);
    asked++;
    *out = (struct ut_recollection){.text = "Last call", .risk = 0.5};
}

static void begin_recalling(void)
{
    static const struct ut_recall RECALL = {remember, &asked};
    forget();
    memset(&link_bytes, 0, sizeof link_bytes);
    const struct ut_session_options options = {.config = &s.config,
                                               .contact_id = "c1",
                                               .session = "s1",
                                               .policy = UT_POLICY_RESEARCH,
                                               .recall = &RECALL,
                                               .sink = keep_event,
                                               .on_note = keep_note};
    s.session = ut_session_new(&options);
    assert_non_null(s.session);
    asked = 0;
}

static void a_customer_is_recalled_for_the_first_minute(void **state)
{
    (void)state;
    begin_recalling();
    const struct ut_snapshot *v = ut_session_snapshot(s.session);
    ut_session_identify(s.session, "", HASH);
    assert_int_equal(asked, 0); /* the next call's */
    feed_until(250);
    assert_int_equal(asked, 1);
    assert_string_equal(v->past.text, "Last call");
    more(250, 59000);
    assert_string_equal(v->past.text, "Last call");
    more(59000, 60000);
    assert_string_equal(v->past.text, "");
    assert_true(v->past.risk == -1);
    ut_session_identify(s.session, "", HASH); /* too late for the first word */
    assert_int_equal(asked, 1);
    assert_int_equal(ut_session_end(s.session), 0);
    ut_session_start(s.session);
    more(60000, 61000); /* a call with nobody known */
    assert_int_equal(asked, 1);
}

static void who_refuses_is_not_recalled(void **state)
{
    (void)state;
    begin_recalling();
    feed_until(1000);
    ut_session_identify(s.session, "", HASH);
    assert_int_equal(asked, 1);
    assert_int_equal(ut_session_refuse(s.session, false, "http"), 0);
    assert_string_equal(ut_session_snapshot(s.session)->past.text, "");
    ut_session_identify(s.session, "", HASH);
    assert_int_equal(asked, 1);
    assert_string_equal(ut_session_snapshot(s.session)->past.text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_without_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(who_it_is_with, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_ends_scores_and_forgets_them, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_that_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_is_scored_in_a_conference, setup, teardown),
        cmocka_unit_test_setup_teardown(what_became_of_a_cue, setup, teardown),
        cmocka_unit_test_setup_teardown(who_takes_over_knows_how_it_went, setup, teardown),
        cmocka_unit_test_setup_teardown(a_call_that_is_said_to_be_over, setup, teardown),
        cmocka_unit_test_setup_teardown(a_customer_is_recalled_for_the_first_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(who_refuses_is_not_recalled, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
