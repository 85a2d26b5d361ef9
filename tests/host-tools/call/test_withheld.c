/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/call/withheld.h"

#include "dsp/two_channels.h"
#include "firmware/engine.h"
#include "firmware/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SPEECH = UT_WIRE_CUSTOMER_SPEECH, INTERVAL = 250, ENOUGH = 80 }; /* 20 s of speech */

static struct ut_withheld w;
static uint32_t now;
static char text[100];

static int setup(void **state)
{
    (void)state;
    w = (struct ut_withheld){0};
    now = 0;
    return 0;
}

/* n score records; whether one of them said that all before is void. */
static int scores(int n, int abstain, int flags)
{
    int forget = 0;
    for (int i = 0; i < n; i++) {
        const struct ut_wire_score r = {.t_ms = now += INTERVAL,
                                        .flags = (uint8_t)(abstain << UT_WIRE_ABSTAIN_SHIFT | flags)};
        forget += ut_withheld_score(&w, &r);
    }
    return forget;
}

static void status(int channels)
{
    const struct ut_wire_status d = {.t_ms = now, .channels = (uint8_t)channels};
    ut_withheld_status(&w, &d);
}

static bool withheld(int kind, uint32_t begin_ms)
{
    const struct ut_wire_turn t = {.t_ms = now, .kind = (uint8_t)kind, .begin_ms = begin_ms, .end_ms = now};
    return ut_withheld_turn(&w, &t);
}

static void a_usual_call_withholds_nothing(void **state)
{
    (void)state;
    assert_int_equal(scores(200, UT_ABSTAIN_NONE, SPEECH), 0);
    assert_int_equal(scores(10, UT_ABSTAIN_HOLD, SPEECH), 0);
    status(UT_CHANNELS_SEPARATE);
    assert_false(withheld(UT_TURN_IPU_END, 0));
    assert_false(ut_withheld_all(&w));
    assert_string_equal(ut_withheld_words(&w, UT_ENGLISH, text, sizeof text), "");
}

static void what_was_before_it_was_known_is_void(void **state)
{
    (void)state;
    assert_int_equal(scores(ENOUGH - 1, UT_ABSTAIN_NONE, SPEECH), 0);
    status(UT_CHANNELS_LEAK); /* too early to be believed */
    assert_int_equal(scores(4, UT_ABSTAIN_MIXED, SPEECH), 1);
    assert_true(ut_withheld_all(&w));
    assert_int_equal(w.before_ms, ENOUGH * INTERVAL);
    assert_int_equal(w.ms, now);
    assert_string_equal(ut_withheld_words(&w, UT_ENGLISH, text, sizeof text),
                        "who speaks is withheld for 20.8 s: both parties in one channel");
}

static void what_was_told_apart_stays(void **state)
{
    (void)state;
    scores(ENOUGH, UT_ABSTAIN_NONE, UT_WIRE_AGENT_SPEECH);
    status(UT_CHANNELS_SEPARATE);
    assert_int_equal(scores(40, UT_ABSTAIN_MIXED, SPEECH), 0);
    assert_int_equal(w.before_ms, 0);
    assert_int_equal(w.ms, 10000);
    scores(8, UT_ABSTAIN_NONE, SPEECH);
    assert_int_equal(scores(4, UT_ABSTAIN_MIXED, SPEECH), 0);
    assert_int_equal(w.ms, 11000);
    assert_false(ut_withheld_all(&w));
}

static void only_the_parties_have_told_apart_who_are_both_there(void **state)
{
    (void)state;
    static const int others[] = {UT_CHANNELS_UNKNOWN, UT_CHANNELS_SAME, UT_CHANNELS_SILENT, UT_CHANNELS_ONE};
    scores(ENOUGH, UT_ABSTAIN_NONE, SPEECH);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        status(others[i]);
    assert_int_equal(scores(1, UT_ABSTAIN_MIXED, SPEECH), 1);
    scores(ENOUGH, UT_ABSTAIN_NONE, 0);
    status(UT_CHANNELS_SEPARATE); /* nobody has spoken since */
    assert_true(ut_withheld_all(&w));
    scores(ENOUGH, UT_ABSTAIN_NONE, SPEECH);
    status(UT_CHANNELS_SEPARATE);
    assert_false(ut_withheld_all(&w));
}

static void a_turn_counts_that_begins_behind_it(void **state)
{
    (void)state;
    scores(8, UT_ABSTAIN_MIXED, SPEECH);
    assert_true(withheld(UT_TURN_IPU_START, now));
    assert_false(withheld(UT_TURN_NONTALK_START, now) || withheld(UT_TURN_NONTALK_END, 0));
    scores(1, UT_ABSTAIN_NONE, SPEECH);
    assert_true(withheld(UT_TURN_END, 1999) && withheld(UT_TURN_OVERLAP_END, 0));
    assert_false(withheld(UT_TURN_END, 2000));
}

static void a_marked_score_is_none(void **state)
{
    (void)state;
    struct ut_wire_score r = {.flags = UT_ABSTAIN_HOLD << UT_WIRE_ABSTAIN_SHIFT | SPEECH | UT_WIRE_END};
    ut_withheld_mark(&r);
    assert_int_equal(ut_wire_abstain(&r), UT_ABSTAIN_MIXED);
    assert_int_equal(r.flags & (SPEECH | UT_WIRE_END), SPEECH | UT_WIRE_END);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_usual_call_withholds_nothing),      TEST(what_was_before_it_was_known_is_void),
        TEST(what_was_told_apart_stays),           TEST(only_the_parties_have_told_apart_who_are_both_there),
        TEST(a_turn_counts_that_begins_behind_it), TEST(a_marked_score_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
