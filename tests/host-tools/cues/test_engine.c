/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/engine.h"

#include "tests/host-tools/cues/call_of_facts.h"

static void speech_known_late_still_prevents_silence(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    ipu(UT_CUSTOMER, 6990, 7500); /* reported at 7090, after the six seconds were over */
    until(12000);
    assert_null(find(UT_CUE_OPENED, UT_CUE_SILENCE, 0));
    until(14000);
    assert_opened(UT_CUE_SILENCE, 13500);
}

static void refractory_delays_the_next_opening(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    ipu(UT_AGENT, 8000, 9000); /* closes at 8300: nothing before 38300 */
    until(50000);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_SILENCE, 0)->t_ms, 7000);
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_SILENCE, 1)->t_ms, 38300);
}

static void help_enters_a_long_frustration(int flag)
{
    w.config.value[UT_P_HELP_FLAG] = flag;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0, 0.9);
    scores(52000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.9);
    assert_int_equal(w.engine.visible, UT_CUE_HELP);
}

static void the_flag_follows_when_nobody_dismisses(void **state)
{
    (void)state;
    help_enters_a_long_frustration(1);
    int64_t since = w.engine.visible_from_ms;
    scores(70000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.9);
    const struct ut_cue_change *c = find(UT_CUE_FLAG_RAISED, UT_CUE_HELP, 0);
    assert_non_null(c);
    assert_int_equal(c->t_ms, since + 10000);
    assert_null(find(UT_CUE_FLAG_RAISED, UT_CUE_HELP, 1));
    scores(150000, UT_WIRE_CUSTOMER_SPEECH, 0.1, 0, 0.9);
    c = find(UT_CUE_FLAG_LOWERED, UT_CUE_HELP, 0);
    assert_non_null(c);
    assert_string_equal(c->reason, "condition_ended");
    assert_int_equal(c->t_ms, find(UT_CUE_CLOSED, UT_CUE_HELP, 0)->t_ms);
}

static void a_dismissed_cue_raises_no_flag(void **state)
{
    (void)state;
    help_enters_a_long_frustration(1);
    ut_cue_engine_dismiss(&w.engine);
    assert_int_not_equal(w.engine.visible, UT_CUE_HELP);
    assert_non_null(find(UT_CUE_SUPPRESSED, UT_CUE_HELP, 0));
    scores(100000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.9);
    assert_int_not_equal(w.engine.visible, UT_CUE_HELP);
    assert_null(find(UT_CUE_FLAG_RAISED, UT_CUE_HELP, 0));
    ut_cue_engine_finish(&w.engine);
    assert_true(find(UT_CUE_CLOSED, UT_CUE_HELP, 0)->dismissed);
}

static void a_muted_cue_still_raises_the_flag(void **state)
{
    (void)state;
    ut_cue_engine_mute(&w.engine, 1);
    w.config.value[UT_P_HELP_FLAG] = 1;
    scores(30000, UT_WIRE_CUSTOMER_SPEECH, 0.3, 0, 0.9);
    scores(70000, UT_WIRE_CUSTOMER_SPEECH, 0.95, 0, 0.9);
    assert_int_equal(w.engine.visible, UT_CUES);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_HELP, 0);
    assert_non_null(c);
    assert_int_equal(c->display, UT_DISPLAY_MUTED);
    assert_string_equal(find(UT_CUE_SUPPRESSED, UT_CUE_HELP, 0)->reason, "cues are muted");
    assert_int_equal(find(UT_CUE_FLAG_RAISED, UT_CUE_HELP, 0)->t_ms, c->t_ms + 10000);
    ut_cue_engine_finish(&w.engine);
    assert_string_equal(find(UT_CUE_FLAG_LOWERED, UT_CUE_HELP, 0)->reason, "call_ended");
}

static void muting_hides_what_is_visible(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    until(8000);
    assert_int_equal(w.engine.visible, UT_CUE_SILENCE);
    ut_cue_engine_mute(&w.engine, 1);
    assert_int_equal(w.engine.visible, UT_CUES);
    until(12000);
    ut_cue_engine_mute(&w.engine, 0);
    until(14000);
    assert_int_equal(w.engine.visible, UT_CUES); /* what was sent away does not come back */
    ut_cue_engine_finish(&w.engine);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_SILENCE, 0)->shown_ms, 700); /* 7000 to the grid's 7700 */
}

static void an_opening_refused_by_the_refractory_time_is_said_once(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    ipu(UT_AGENT, 8000, 9000); /* closed at 8300; silent from 9000, 6 s are over at 15000 */
    ipu(UT_AGENT, 20000, 21000);
    until(26000);
    const struct ut_cue_change *c = find(UT_CUE_SUPPRESSED, UT_CUE_SILENCE, 0);
    assert_non_null(c);
    assert_int_equal(c->t_ms, 15000);
    assert_null(find(UT_CUE_SUPPRESSED, UT_CUE_SILENCE, 1));
    until(30000);
    assert_int_equal(find(UT_CUE_SUPPRESSED, UT_CUE_SILENCE, 1)->t_ms, 27000);
}

static void the_next_call_keeps_the_agents_baseline_alone(void **state)
{
    (void)state;
    w.score.customer_loudness = 100;
    agent_speaks(25000, 60, 64, UT_WIRE_CUSTOMER_SPEECH);
    ut_cue_engine_mute(&w.engine, 1);
    ut_cue_engine_finish(&w.engine);
    ut_cue_engine_next(&w.engine);
    assert_true(w.engine.muted && w.engine.visible == UT_CUES && w.engine.grid_ms == -1);
    assert_true(w.engine.memory.party[UT_AGENT].level.n == 100 && w.engine.memory.party[UT_AGENT].pace.n == 100);
    assert_int_equal(w.engine.memory.party[UT_CUSTOMER].level.n, 0);
    assert_int_equal(w.engine.memory.speech_count, 0);
}

static void a_disabled_cue_stays_closed(void **state)
{
    (void)state;
    w.config.value[UT_P_SILENCE_SHOW] = 0;
    ipu(UT_AGENT, 0, 1000);
    until(20000);
    assert_int_equal(w.changes, 0);
}

static void one_cue_is_visible_for_its_minimum(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    until(8000);
    assert_int_equal(w.engine.visible, UT_CUE_SILENCE); /* since 7000 */
    turn(UT_TURN_IPU_START, UT_AGENT, 8100, 8000, 8000);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 8200, 8000, 8100);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 9000, 8500, 8800);
    const struct ut_cue_change *c;
    until(10500);
    c = find(UT_CUE_OPENED, UT_CUE_INTERRUPTING, 0);
    assert_non_null(c);
    assert_int_equal(c->display, UT_DISPLAY_WAITING);
    assert_int_equal(w.engine.visible, UT_CUE_SILENCE); /* closed at 8300, but shown for less than 4 s */
    until(11500);
    assert_int_equal(w.engine.visible, UT_CUE_INTERRUPTING);
    assert_int_equal(w.engine.visible_from_ms, 11000);
}

static void lower_priority_waits_longer(void **state)
{
    (void)state;
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 1200, 500, 1000);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 3200, 2500, 3000);
    until(9500);
    assert_int_equal(w.engine.visible, UT_CUE_INTERRUPTING);                               /* since 3000 */
    assert_int_equal(find(UT_CUE_OPENED, UT_CUE_SILENCE, 0)->display, UT_DISPLAY_WAITING); /* 6000 */
    until(13000);
    assert_int_equal(w.engine.visible, UT_CUE_INTERRUPTING);
    until(13500);
    assert_int_equal(w.engine.visible, UT_CUE_SILENCE);
    assert_int_equal(w.engine.visible_from_ms, 13000);
}

static void what_nobody_saw_is_reported(void **state)
{
    (void)state;
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 1200, 500, 1000);
    turn(UT_TURN_INTERRUPTION, UT_AGENT, 5200, 4500, 5000);
    ipu(UT_CUSTOMER, 7000, 8000); /* the silence since 0 opened at 6000, waits, and closes at 7300 */
    until(9000);
    const struct ut_cue_change *c = find(UT_CUE_SUPPRESSED, UT_CUE_SILENCE, 0);
    assert_non_null(c);
    assert_int_equal(c->t_ms, 7300);
    assert_non_null(c->reason);
    assert_int_equal(find(UT_CUE_CLOSED, UT_CUE_SILENCE, 0)->shown_ms, 0);
}

static void the_budget_holds(void **state)
{
    (void)state;
    w.config.value[UT_P_SILENCE_REFRACTORY] = 0;
    for (uint32_t i = 0; i < 8; i++)
        ipu(UT_AGENT, 20000 * i, 20000 * i + 1000);
    until(160000);
    int shown = 0, refused = 0;
    for (int i = 0; i < w.changes; i++) {
        shown += w.change[i].what == UT_CUE_OPENED && w.change[i].display == UT_DISPLAY_SHOWN;
        refused += w.change[i].what == UT_CUE_OPENED && w.change[i].display == UT_DISPLAY_BUDGET;
    }
    assert_int_equal(shown, 6);
    assert_int_equal(refused, 2);
    assert_non_null(find(UT_CUE_SUPPRESSED, UT_CUE_SILENCE, 1));
}

static void the_end_closes_what_is_open(void **state)
{
    (void)state;
    ipu(UT_AGENT, 0, 1000);
    until(7250); /* the grid is at 6950 */
    assert_int_equal(w.changes, 0);
    ut_cue_engine_finish(&w.engine);
    assert_int_equal(w.changes, 2);
    assert_int_equal(w.change[0].what, UT_CUE_OPENED);
    assert_int_equal(w.change[0].t_ms, 7000);
    assert_int_equal(w.change[1].what, UT_CUE_CLOSED);
    assert_int_equal(w.change[1].t_ms, 7250);
    assert_true(w.change[1].call_ended);
}

/* The same facts, turn events bunched together as late as a fact may come: the same changes. */
static void delays_do_not_matter(void **state)
{
    (void)state;
    struct ut_cue_change prompt[CHANGES_MAX];
    int prompts = 0;
    for (int late = 0; late < 2; late++) {
        uint32_t more = late ? 90 : 0;
        start();
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t at = 10000 * i;
            turn(UT_TURN_IPU_START, UT_CUSTOMER, at + 100 + more, at, at);
            turn(UT_TURN_IPU_START, UT_AGENT, at + 1600 + more, at + 1500, at + 1500);
            turn(UT_TURN_OVERLAP_START, UT_BOTH, at + 2500 + more, at + 1500, at + 1500);
            turn(UT_TURN_IPU_END, UT_CUSTOMER, at + 2910 + more, at, at + 2710);
            turn(UT_TURN_OVERLAP_END, UT_BOTH, at + 2910 + more, at + 1500, at + 2710);
            turn(UT_TURN_INTERRUPTION, UT_AGENT, at + 2910 + more, at + 1500, at + 2710);
            turn(UT_TURN_IPU_END, UT_AGENT, at + 3200 + more, at + 1500, at + 3000);
        }
        until(60000);
        ut_cue_engine_finish(&w.engine);
        if (late == 0) {
            prompts = w.changes;
            memcpy(prompt, w.change, sizeof prompt);
        }
    }
    assert_true(prompts >= 6);
    assert_int_equal(w.changes, prompts);
    for (int i = 0; i < prompts; i++) {
        assert_int_equal(w.change[i].what, prompt[i].what);
        assert_int_equal(w.change[i].cue, prompt[i].cue);
        assert_int_equal(w.change[i].t_ms, prompt[i].t_ms);
        assert_int_equal(w.change[i].begin_ms, prompt[i].begin_ms);
        assert_int_equal(w.change[i].display, prompt[i].display);
    }
}

static void a_lost_end_does_not_stick(void **state)
{
    (void)state;
    turn(UT_TURN_IPU_START, UT_CUSTOMER, 100, 0, 0);
    w.score.flags = UT_WIRE_CUSTOMER_SPEECH;
    until(2000);
    w.score.flags = 0; /* its end, at 2000, is lost */
    until(3000);
    ut_cue_engine_gap(&w.engine);
    until(20000);
    const struct ut_cue_change *c = find(UT_CUE_OPENED, UT_CUE_SILENCE, 0);
    assert_non_null(c);
    assert_true(c->t_ms >= 8000 && c->t_ms <= 9250);
}

static void joining_late_knows_no_past(void **state)
{
    (void)state;
    w.now_ms = 100000;
    until(103000);
    assert_int_equal(w.changes, 0); /* not "silent for 100 s" */
    until(107000);
    assert_opened(UT_CUE_SILENCE, 106250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(speech_known_late_still_prevents_silence, setup),
        cmocka_unit_test_setup(refractory_delays_the_next_opening, setup),
        cmocka_unit_test_setup(the_flag_follows_when_nobody_dismisses, setup),
        cmocka_unit_test_setup(a_dismissed_cue_raises_no_flag, setup),
        cmocka_unit_test_setup(a_muted_cue_still_raises_the_flag, setup),
        cmocka_unit_test_setup(muting_hides_what_is_visible, setup),
        cmocka_unit_test_setup(an_opening_refused_by_the_refractory_time_is_said_once, setup),
        cmocka_unit_test_setup(the_next_call_keeps_the_agents_baseline_alone, setup),
        cmocka_unit_test_setup(a_disabled_cue_stays_closed, setup),
        cmocka_unit_test_setup(one_cue_is_visible_for_its_minimum, setup),
        cmocka_unit_test_setup(lower_priority_waits_longer, setup),
        cmocka_unit_test_setup(what_nobody_saw_is_reported, setup),
        cmocka_unit_test_setup(the_budget_holds, setup),
        cmocka_unit_test_setup(the_end_closes_what_is_open, setup),
        cmocka_unit_test_setup(delays_do_not_matter, setup),
        cmocka_unit_test_setup(a_lost_end_does_not_stick, setup),
        cmocka_unit_test_setup(joining_late_knows_no_past, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
