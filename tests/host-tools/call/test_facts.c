/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct ut_facts facts;

static int setup(void **state)
{
    (void)state;
    ut_facts_init(&facts);
    return 0;
}

static void turn(int kind, int party, uint32_t begin_ms, uint32_t end_ms)
{
    struct ut_wire_turn t = {
        .t_ms = end_ms, .kind = (uint8_t)kind, .party = (uint8_t)party, .begin_ms = begin_ms, .end_ms = end_ms};
    ut_facts_turn(&facts, &t);
}

static void ipu(int party, uint32_t begin_ms, uint32_t end_ms)
{
    turn(UT_TURN_IPU_START, party, begin_ms, begin_ms);
    turn(UT_TURN_IPU_END, party, begin_ms, end_ms);
}

static void a_conversation_is_counted(void **state)
{
    (void)state;
    ipu(UT_CUSTOMER, 0, 4000);
    turn(UT_TURN_IPU_START, UT_AGENT, 4700, 4700); /* answers after 700 ms */
    turn(UT_TURN_END, UT_CUSTOMER, 0, 4000);
    turn(UT_TURN_IPU_END, UT_AGENT, 4700, 9000);
    ipu(UT_CUSTOMER, 9500, 9900);
    turn(UT_TURN_BACKCHANNEL, UT_CUSTOMER, 9500, 9900);
    ipu(UT_AGENT, 10000, 12000); /* went on: the backchannel was no answer */
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 13500, 13500);
    turn(UT_TURN_END, UT_AGENT, 4700, 12000);
    turn(UT_TURN_IPU_START, UT_AGENT, 15000, 15000);
    turn(UT_TURN_OVERLAP_START, UT_BOTH, 15000, 15000);
    turn(UT_TURN_IPU_END, UT_CUSTOMER, 13500, 16500);
    turn(UT_TURN_OVERLAP_END, UT_BOTH, 15000, 16500);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 15000, 16500);
    turn(UT_TURN_END, UT_CUSTOMER, 13500, 16500); /* the other spoke already: no gap, no response */
    turn(UT_TURN_IPU_END, UT_AGENT, 15000, 17000);
    turn(UT_TURN_NONTALK_END, UT_BOTH, 17000, 20500);
    const struct ut_facts_party *a = &facts.party[UT_AGENT], *c = &facts.party[UT_CUSTOMER];
    assert_int_equal(a->ipus, 3);
    assert_int_equal(c->ipus, 3);
    assert_int_equal(a->turns, 1);
    assert_int_equal(c->turns, 2);
    assert_int_equal(c->backchannels, 1);
    assert_int_equal(a->backchannels, 0);
    assert_int_equal(a->interruptions, 1);
    assert_int_equal(c->interruptions, 0);
    assert_int_equal(a->overlaps, 1);
    assert_int_equal(c->overlaps, 0);
    assert_int_equal(facts.overlap_ms, 1500);
    assert_int_equal(facts.nontalk_ms, 3500);
    assert_int_equal(a->talk_ms, 4300 + 2000 + 2000);
    assert_int_equal(c->talk_ms, 4000 + 400 + 3000);
    assert_int_equal(a->monologue_ms, 7300);
    assert_int_equal(a->responses, 1);
    assert_int_equal(a->response_ms, 700);
    assert_int_equal(c->responses, 1);
    assert_int_equal(c->response_ms, 1500);
    assert_int_equal(ut_facts_response_ms(&facts, UT_AGENT), 700);
    assert_true(ut_facts_share(&facts, UT_AGENT) > 0.528 && ut_facts_share(&facts, UT_AGENT) < 0.529);
}

static void nothing_is_said_of_an_empty_call(void **state)
{
    (void)state;
    assert_int_equal(ut_facts_response_ms(&facts, UT_AGENT), -1);
    assert_true(ut_facts_share(&facts, UT_CUSTOMER) == 0.5);
}

static void a_party_that_goes_on_was_not_answered(void **state)
{
    (void)state;
    ipu(UT_CUSTOMER, 0, 2000);
    ipu(UT_AGENT, 2300, 2600);    /* "mhm" */
    ipu(UT_CUSTOMER, 3000, 5000); /* goes on */
    turn(UT_TURN_IPU_START, UT_AGENT, 6000, 6000);
    turn(UT_TURN_END, UT_CUSTOMER, 0, 5000);
    assert_int_equal(facts.party[UT_AGENT].responses, 1);
    assert_int_equal(facts.party[UT_AGENT].response_ms, 1000);
}

static void the_median_is_the_middle_one(void **state)
{
    (void)state;
    static const uint32_t gap[] = {100, 5000, 300};
    uint32_t at = 0;
    for (int i = 0; i < 3; i++) {
        ipu(UT_CUSTOMER, at, at + 1000);
        turn(UT_TURN_IPU_START, UT_AGENT, at + 1000 + gap[i], at + 1000 + gap[i]);
        turn(UT_TURN_END, UT_CUSTOMER, at, at + 1000);
        turn(UT_TURN_IPU_END, UT_AGENT, at + 1000 + gap[i], at + 8000);
        at += 10000;
    }
    assert_int_equal(ut_facts_response_ms(&facts, UT_AGENT), 300);
    assert_int_equal(facts.party[UT_AGENT].response_max_ms, 5000);
}

static json_t *at(json_t *root, const char *path)
{
    char name[40];
    while (*path != '\0') {
        size_t len = strcspn(path, "/");
        memcpy(name, path, len);
        name[len] = '\0';
        root = json_object_get(root, name);
        path += len + (path[len] == '/');
    }
    return root;
}

static void baselines_say_whether_they_are_valid(void **state)
{
    (void)state;
    static struct ut_cue_memory memory;
    static struct ut_config config;
    ut_config_defaults(&config);
    ut_cue_memory_init(&memory, &config);
    for (uint32_t i = 1; i <= 82; i++) {
        int customer = i <= 79 ? UT_WIRE_CUSTOMER_SPEECH : 0;
        struct ut_wire_score s = {.t_ms = 250 * i,
                                  .flags = (uint8_t)(UT_WIRE_AGENT_SPEECH | customer),
                                  .agent_level = i % 2 == 0 ? 60 : 64, /* -30 and -32 dBFS */
                                  .agent_pace = 64,
                                  .customer_loudness = 120,
                                  .customer_pace = 72,
                                  .customer_f0 = 41};
        ut_cue_memory_score(&memory, &s);
    }
    json_t *out = ut_facts_json(&facts, &memory);
    assert_non_null(out);
    assert_true(json_is_true(at(out, "AGENT/Baseline/Valid")));
    assert_true(json_is_false(at(out, "CUSTOMER/Baseline/Valid"))); /* 19.75 s */
    assert_int_equal(json_integer_value(at(out, "CUSTOMER/Baseline/SpeechMillis")), 19750);
    double level = json_number_value(at(out, "AGENT/Baseline/Level/Median"));
    assert_true(level <= -30 && level >= -32);
    assert_true(json_number_value(at(out, "AGENT/Baseline/Pace/Median")) == 4);
    assert_true(json_number_value(at(out, "CUSTOMER/Baseline/Pitch/Median")) == 10);
    assert_true(json_is_null(at(out, "AGENT/Baseline/Pitch"))); /* the agent's pitch never leaves the headset */
    assert_true(json_is_null(at(out, "AGENT/ResponseLatency")));
    json_decref(out);
}

/* The customer speaks from 0 to 4 s, is on hold from 5 to 50 s, and the agent speaks at 50.5 s. */
static void nobody_is_late_behind_a_hold(void **state)
{
    (void)state;
    struct ut_hold_span h = {.begin_ms = 5000, .end_ms = UT_HOLD_OPEN};
    ipu(UT_CUSTOMER, 0, 4000);
    ut_facts_hold(&facts, &h);
    turn(UT_TURN_IPU_START, UT_AGENT, 50500, 50500);
    turn(UT_TURN_END, UT_CUSTOMER, 0, 4000); /* before the hold is known to have ended */
    assert_int_equal(facts.party[UT_AGENT].responses, 0);
    h.end_ms = 50000;
    ut_facts_hold(&facts, &h);
    turn(UT_TURN_IPU_END, UT_AGENT, 50500, 53000);
    assert_int_equal(facts.holds, 1);
    assert_int_equal(facts.hold_ms, 45000);
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 53500, 53500);
    turn(UT_TURN_END, UT_AGENT, 50500, 53000); /* behind it all is as ever */
    assert_int_equal(facts.party[UT_CUSTOMER].responses, 1);
    assert_int_equal(facts.party[UT_CUSTOMER].response_ms, 500);
}

static void a_hold_within_a_turn_is_no_monologue(void **state)
{
    (void)state;
    struct ut_hold_span h = {.begin_ms = 5000, .end_ms = 50000};
    ut_facts_hold(&facts, &(struct ut_hold_span){.begin_ms = 5000, .end_ms = UT_HOLD_OPEN});
    ut_facts_hold(&facts, &h);
    turn(UT_TURN_END, UT_AGENT, 1000, 52000);
    assert_int_equal(facts.party[UT_AGENT].monologue_ms, 6000);
    turn(UT_TURN_END, UT_AGENT, 60000, 67000);
    assert_int_equal(facts.party[UT_AGENT].monologue_ms, 7000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_conversation_is_counted, setup),
        cmocka_unit_test_setup(nothing_is_said_of_an_empty_call, setup),
        cmocka_unit_test_setup(a_party_that_goes_on_was_not_answered, setup),
        cmocka_unit_test_setup(the_median_is_the_middle_one, setup),
        cmocka_unit_test_setup(baselines_say_whether_they_are_valid, setup),
        cmocka_unit_test_setup(nobody_is_late_behind_a_hold, setup),
        cmocka_unit_test_setup(a_hold_within_a_turn_is_no_monologue, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
