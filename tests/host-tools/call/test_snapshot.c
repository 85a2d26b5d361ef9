/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/snapshot.h"

#include "firmware/engine.h"
#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_config config;
static struct ut_cue_engine engine;
static struct ut_facts facts;
static struct ut_snapshot v;

static void no_change(void *ctx, const struct ut_cue_change *change)
{
    (void)ctx;
    (void)change;
}

static int setup(void **state)
{
    (void)state;
    ut_config_defaults(&config);
    ut_cue_engine_init(&engine, &config, no_change, NULL);
    ut_facts_init(&facts);
    ut_snapshot_init(&v, "a", UT_ENGLISH);
    return 0;
}

static void before_anything(void **state)
{
    (void)state;
    assert_string_equal(v.contact_id, "a");
    assert_int_equal(v.t_ms, -1);
    assert_int_equal(v.cue, UT_CUES);
    assert_int_equal(v.dismissed, UT_CUES);
    assert_true(v.agent_share == 0.5);
    assert_int_equal(v.customer_snr_db, -1);
    assert_int_equal(v.agent_snr_db, -1);
    assert_false(v.have_hello || v.score_valid || v.muted);
}

static void a_score_in_units_for_people(void **state)
{
    (void)state;
    struct ut_wire_score r = {.t_ms = 250,
                              .flags = UT_WIRE_CUSTOMER_SPEECH,
                              .customer_loudness = 121,
                              .agent_level = 80, /* -40 dBFS */
                              .customer_pace = 72,
                              .agent_pace = 40};
    facts.party[UT_CUSTOMER].talk_ms = 1000;
    facts.party[UT_AGENT].talk_ms = 3000;
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_true(v.customer_speech && !v.agent_speech);
    assert_true(v.customer_loudness == 60.5 && v.agent_loudness == 50);
    assert_true(v.customer_pace == 4.5 && v.agent_pace == 2.5);
    assert_true(v.agent_share == 0.75);
    r.flags = UT_WIRE_AGENT_SPEECH | UT_ABSTAIN_HOLD << UT_WIRE_ABSTAIN_SHIFT;
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_true(!v.customer_speech && v.agent_speech);
    assert_int_equal(v.abstain, UT_ABSTAIN_HOLD);
}

/* An IPU in progress counts as talk. */
static void talk_goes_on(void **state)
{
    (void)state;
    const struct ut_wire_score r = {.t_ms = 5000};
    v.t_ms = 5000;
    engine.memory.party[UT_AGENT].in_ipu = 1;
    engine.memory.party[UT_AGENT].begin_ms = 3000;
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_int_equal(v.talk_ms[UT_AGENT], 2000);
    assert_true(v.agent_share == 1);
}

static void scores_need_speech_and_no_abstention(void **state)
{
    (void)state;
    struct ut_wire_score r = {.t_ms = 250};
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_false(v.score_valid);
    engine.memory.fast = (struct ut_cue_means){1, 0.5, 0.25, 0.75};
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_true(v.score_valid && v.frustration_fast == 0.5 && v.delight_fast == 0.25 && v.confidence_fast == 0.75);
    r.flags = UT_ABSTAIN_NOISE << UT_WIRE_ABSTAIN_SHIFT;
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_false(v.score_valid);
}

/* Scores keep their values and their time while the customer listens. */
static void scores_have_an_age(void **state)
{
    (void)state;
    struct ut_wire_score r = {.t_ms = 5000, .flags = UT_WIRE_CUSTOMER_SPEECH};
    assert_int_equal(v.scored_ms, -1);
    engine.memory.fast = (struct ut_cue_means){1, 0.5, 0.25, 0.75};
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_int_equal(v.scored_ms, 5000);
    r = (struct ut_wire_score){.t_ms = 9000, .flags = UT_WIRE_AGENT_SPEECH};
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_true(v.score_valid && v.scored_ms == 5000);
    engine.memory.fast = (struct ut_cue_means){0};
    r = (struct ut_wire_score){.t_ms = 20000, .flags = UT_ABSTAIN_LITTLE << UT_WIRE_ABSTAIN_SHIFT};
    ut_snapshot_score(&v, &r, &engine.memory, &facts);
    assert_true(!v.score_valid && v.scored_ms == 5000 && v.frustration_fast == 0.5 && v.delight_fast == 0.25);
    ut_snapshot_begin(&v, "b");
    assert_int_equal(v.scored_ms, -1);
}

static void the_visible_cue_with_its_texts(void **state)
{
    (void)state;
    const struct ut_wire_score r = {.t_ms = 250};
    for (uint32_t t = 250; t <= 7000; t += 250) {
        struct ut_wire_score silence = r;
        silence.t_ms = t;
        ut_cue_engine_score(&engine, &silence);
    }
    ut_snapshot_cues(&v, &engine, &config);
    assert_int_equal(v.cue, UT_CUE_SILENCE);
    assert_int_equal(v.open[UT_CUE_SILENCE], UT_SHOW_POPUP);
    assert_int_equal(v.open[UT_CUE_EMPATHY], UT_SHOW_OFF);
    assert_int_equal(v.cue_since_ms, 6000);
    assert_string_equal(v.cue_title, "Long silence");
    assert_true(strlen(v.cue_advice) > 0);
    assert_non_null(strstr(v.cue_why, "both silent >= 6 s"));
    ut_cue_engine_dismiss(&engine);
    ut_snapshot_cues(&v, &engine, &config);
    assert_int_equal(v.cue, UT_CUES);
    assert_int_equal(v.dismissed, UT_CUE_SILENCE);
    assert_string_equal(v.cue_title, "");
    assert_string_equal(v.cue_why, "");
}

static void what_outlives_a_call(void **state)
{
    (void)state;
    const struct ut_wire_status d = {.overruns = 3, .drops = 4, .customer_snr = 20, .agent_snr = 30};
    const struct ut_wire_receiver receiver = {.records = 9, .lost = 2, .malformed = 1, .unknown = 5};
    v.have_hello = 1;
    v.hello.fw_major = 7;
    v.muted = 1;
    ut_snapshot_status(&v, &d);
    ut_snapshot_link(&v, &receiver);
    assert_true(v.overruns == 3 && v.drops == 4 && v.customer_snr_db == 20 && v.agent_snr_db == 30);
    assert_true(v.records == 9 && v.lost == 2 && v.malformed == 1 && v.unknown == 5);
    ut_snapshot_begin(&v, "b");
    assert_string_equal(v.contact_id, "b");
    assert_true(v.have_hello && v.hello.fw_major == 7 && v.muted && v.language == UT_ENGLISH);
    assert_true(v.overruns == 0 && v.customer_snr_db == -1 && v.t_ms == -1);
}

static void what_is_against_a_score(void **state)
{
    (void)state;
    assert_string_equal(ut_snapshot_obstacle(UT_ABSTAIN_NOISE), "noisy line");
    assert_string_equal(ut_snapshot_obstacle(UT_ABSTAIN_CLIPPING), "clipped audio");
    assert_string_equal(ut_snapshot_obstacle(UT_ABSTAIN_HOLD), "hold music or a tone");
    assert_null(ut_snapshot_obstacle(UT_ABSTAIN_NONE));
    assert_null(ut_snapshot_obstacle(UT_ABSTAIN_LITTLE));
    assert_null(ut_snapshot_obstacle(7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(before_anything, setup),
        cmocka_unit_test_setup(a_score_in_units_for_people, setup),
        cmocka_unit_test_setup(talk_goes_on, setup),
        cmocka_unit_test_setup(scores_need_speech_and_no_abstention, setup),
        cmocka_unit_test_setup(scores_have_an_age, setup),
        cmocka_unit_test_setup(the_visible_cue_with_its_texts, setup),
        cmocka_unit_test_setup(what_outlives_a_call, setup),
        cmocka_unit_test(what_is_against_a_score),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
