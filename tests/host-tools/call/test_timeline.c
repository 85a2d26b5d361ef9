/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/timeline.h"

#include "tests/host-tools/example_call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_timeline t;

static int setup(void **state)
{
    (void)state;
    ut_example_make(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_timeline_free(&t);
    return 0;
}

static void lists_are_in_order_and_within_the_call(void **state)
{
    (void)state;
    assert_int_equal(t.turns, 10); /* the start of an IPU is not kept */
    for (size_t i = 0; i < t.turns; i++) {
        assert_true(t.turn[i].begin_ms <= t.turn[i].end_ms && t.turn[i].end_ms <= 20000);
        assert_true(i == 0 || t.turn[i - 1].begin_ms <= t.turn[i].begin_ms);
    }
    assert_int_equal(t.cues, 2);
    assert_int_equal(t.cue[0].opening.cue, UT_CUE_INTERRUPTING);
    assert_int_equal(t.cue[1].opening.cue, UT_CUE_RAISED_VOICE);
    assert_false(t.incomplete);
}

static void a_cue_knows_its_end_and_whether_it_was_seen(void **state)
{
    (void)state;
    assert_int_equal(t.cue[0].end_ms, 10000);
    assert_string_equal(t.cue[0].not_shown, "the budget is spent");
    assert_int_equal(t.cue[0].shown_ms, 0);
    assert_int_equal(t.cue[1].end_ms, 12000);
    assert_null(t.cue[1].not_shown);
    assert_int_equal(t.cue[1].shown_ms, 2750);
}

static void a_cue_that_never_closed_ends_with_the_call(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_OPENED, .cue = UT_CUE_SILENCE, .t_ms = 15000};
    ut_timeline_cue(&t, &c);
    c.what = UT_CUE_FLAG_RAISED;
    c.reason = "no matter of the screen";
    ut_timeline_cue(&t, &c);
    c.what = UT_CUE_CLOSED;
    c.cue = UT_CUE_OVERLAPS; /* was never open */
    ut_timeline_cue(&t, &c);
    ut_timeline_finish(&t, 18000);
    assert_int_equal(t.cues, 3);
    assert_int_equal(t.cue[2].end_ms, 18000);
    assert_null(t.cue[2].not_shown);
    assert_int_equal(t.turn[t.turns - 1].end_ms, 18000);
}

static void gauges_and_arrows_say_so(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_OPENED, .cue = UT_CUE_RISING, .t_ms = 15000, .display = UT_DISPLAY_ARROW};
    ut_timeline_cue(&t, &c);
    c.cue = UT_CUE_TALK_RATIO;
    c.display = UT_DISPLAY_GAUGE;
    ut_timeline_cue(&t, &c);
    assert_non_null(strstr(t.cue[2].not_shown, "arrow"));
    assert_non_null(strstr(t.cue[3].not_shown, "gauge"));
}

/* The engine reports a cue that is refused at once before its opening. */
static void what_was_refused_at_once_says_so(void **state)
{
    (void)state;
    struct ut_cue_change c = {.what = UT_CUE_SUPPRESSED,
                              .cue = UT_CUE_SILENCE,
                              .t_ms = 15000,
                              .reason = "spent",
                              .display = UT_DISPLAY_BUDGET};
    ut_timeline_cue(&t, &c);
    c.what = UT_CUE_OPENED;
    ut_timeline_cue(&t, &c);
    assert_non_null(strstr(t.cue[2].not_shown, "budget"));
}

static void the_view_belongs_to_the_newest_score(void **state)
{
    (void)state;
    assert_false(t.score[0].fast_valid);
    assert_true(t.score[t.scores - 1].fast_valid);
    assert_true(t.score[t.scores - 1].frustration_fast > 0.39);
    struct ut_timeline empty;
    ut_timeline_init(&empty);
    ut_timeline_averages(&empty, &(struct ut_snapshot){.score_valid = 1}); /* no score yet: nothing happens */
    assert_int_equal(empty.scores, 0);
}

static void what_is_void_is_withheld(void **state)
{
    (void)state;
    const struct ut_withheld w = {.ms = 9000, .before_ms = 9000};
    char text[200];
    assert_string_equal(ut_timeline_remark(&t, UT_ENGLISH, text, sizeof text), "");
    t.score[0].fast_valid = t.score[0].slow_valid = true;
    ut_timeline_withhold(&t, &w);
    assert_true(t.turns > 0);
    for (size_t i = 0; i < t.turns; i++)
        assert_true(t.turn[i].begin_ms >= 9000);
    for (size_t i = 0; i < t.scores; i++)
        assert_int_equal(ut_wire_abstain(&t.score[i].record) == 5, t.score[i].record.t_ms <= 9000);
    assert_false(t.score[0].fast_valid || t.score[0].slow_valid);
    assert_string_equal(ut_timeline_remark(&t, UT_ENGLISH, text, sizeof text),
                        "who speaks is withheld for 9.0 s: both parties in one channel");
}

static void a_hold_is_one_span_from_its_begin_to_its_end(void **state)
{
    (void)state;
    struct ut_hold_span h = {.begin_ms = 1000, .end_ms = UT_HOLD_OPEN};
    assert_int_equal(ut_timeline_on_hold_ms(&t), 0);
    ut_timeline_hold(&t, &h);
    h.end_ms = 3000;
    ut_timeline_hold(&t, &h);
    assert_int_equal(t.holds, 1);
    assert_int_equal(ut_timeline_on_hold_ms(&t), 2000);
    h = (struct ut_hold_span){.begin_ms = 15000, .end_ms = UT_HOLD_OPEN};
    ut_timeline_hold(&t, &h);
    assert_int_equal(t.holds, 2);
    ut_timeline_finish(&t, 20000); /* it never ended */
    assert_int_equal(t.hold[1].end_ms, 20000);
    assert_int_equal(ut_timeline_on_hold_ms(&t), 7000);
    ut_timeline_finish(&t, 2000); /* nor goes beyond the call */
    assert_int_equal(t.hold[0].end_ms, 2000);
    assert_int_equal(ut_timeline_on_hold_ms(&t), 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_void_is_withheld),
        TEST(a_cue_knows_its_end_and_whether_it_was_seen),
        TEST(lists_are_in_order_and_within_the_call),
        TEST(a_cue_knows_its_end_and_whether_it_was_seen),
        TEST(a_cue_that_never_closed_ends_with_the_call),
        TEST(gauges_and_arrows_say_so),
        TEST(what_was_refused_at_once_says_so),
        TEST(the_view_belongs_to_the_newest_score),
        TEST(a_hold_is_one_span_from_its_begin_to_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
