/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/trials/tally.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MAX = 20 };

static struct ut_tally_rule rule;
static struct ut_label label[MAX];
static struct ut_opening opening[MAX];
static size_t labels, openings;
static int silence;

static int setup(void **state)
{
    (void)state;
    silence = (int)ut_cue_find("extended_silence");
    rule = (struct ut_tally_rule){.early_ms = 1000, .late_ms = 2000, .cue = UT_CUES};
    labels = openings = 0;
    return 0;
}

static void mark(int kind, int64_t begin_ms, int64_t end_ms)
{
    label[labels++] = (struct ut_label){.kind = kind, .begin_ms = begin_ms, .end_ms = end_ms};
}

static void open_at(int cue, int64_t ms, int shown)
{
    opening[openings++] = (struct ut_opening){.cue = cue, .shown = shown, .opened_ms = ms};
}

static struct ut_tally count(int cue)
{
    struct ut_tally t;
    const struct ut_trial trial = {opening, openings};
    ut_tally_count(&t, &rule, cue, label, labels, &trial, 3600000);
    return t;
}

static void assert_counts(const struct ut_tally *t, int n, int hits, int false_alarms, int repeats)
{
    assert_int_equal(t->labels, n);
    assert_int_equal(t->hits, hits);
    assert_int_equal(t->false_alarms, false_alarms);
    assert_int_equal(t->repeats, repeats);
}

static void the_window_has_margins(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        int hit;
    } at[] = {{8999, 0}, {9000, 1}, {10000, 1}, {22000, 1}, {22001, 0}};
    mark(silence, 10000, 20000);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        openings = 0;
        open_at(silence, at[i].at, 1);
        struct ut_tally t = count(silence);
        assert_counts(&t, 1, at[i].hit, !at[i].hit, 0);
        assert_int_equal(t.lead_ms, at[i].hit ? 10000 - at[i].at : 0);
        assert_int_equal(t.popups, 1);
    }
    openings = 0;
    struct ut_tally t = count(silence);
    assert_counts(&t, 1, 0, 0, 0);
}

static void each_label_counts_once(void **state)
{
    (void)state;
    mark(silence, 10000, 20000);
    mark(silence, 40000, 50000);
    mark(silence, 51000, 52000);
    open_at(silence, 5000, 1);  /* too early */
    open_at(silence, 11000, 1); /* the first label */
    open_at(silence, 15000, 0); /* again */
    open_at(silence, 30000, 1); /* nothing there */
    open_at(silence, 50500, 1); /* in both windows: the earlier label waits for it */
    open_at(silence, 53000, 1); /* the third label */
    open_at(silence, 53500, 1); /* again */
    open_at(silence, 60000, 1);
    struct ut_tally t = count(silence);
    assert_counts(&t, 3, 3, 3, 2);
    assert_int_equal(t.popups, 7);
}

static void other_cues_do_not_count(void **state)
{
    (void)state;
    int other = (int)ut_cue_find("frequent_overlaps");
    mark(other, 0, 5000);
    mark(silence, 10000, 20000);
    open_at(other, 12000, 1);
    open_at(silence, 19000, 0);
    struct ut_tally t = count(silence);
    assert_counts(&t, 1, 1, 0, 0);
    assert_int_equal(t.popups, 0);
    assert_int_equal(t.all_popups, 1);
    t = count(other);
    assert_counts(&t, 1, 0, 1, 0);
}

static void moods_are_answered_by_cues(void **state)
{
    (void)state;
    int empathy = (int)ut_cue_find("empathy_cue"), positive = (int)ut_cue_find("positive_interaction");
    assert_true(ut_tally_judges(&rule, empathy, UT_LABEL_FRUSTRATION) && ut_tally_judges(&rule, empathy, empathy));
    assert_true(ut_tally_judges(&rule, positive, UT_LABEL_DELIGHT));
    assert_false(ut_tally_judges(&rule, empathy, UT_LABEL_DELIGHT));
    assert_false(ut_tally_judges(&rule, silence, UT_LABEL_FRUSTRATION));
    /* two labels of different kinds that meet are one */
    mark(UT_LABEL_FRUSTRATION, 10000, 20000);
    mark(empathy, 15000, 30000);
    mark(UT_LABEL_FRUSTRATION, 60000, 70000);
    open_at(empathy, 29000, 1);
    struct ut_tally t = count(empathy);
    assert_counts(&t, 2, 1, 0, 0);
    assert_int_equal(t.lead_ms, -19000);
    /* asked for, another cue answers frustration */
    int voice = (int)ut_cue_find("customer_raised_voice");
    assert_false(ut_tally_judges(&rule, voice, UT_LABEL_FRUSTRATION));
    rule.cue = voice;
    assert_true(ut_tally_judges(&rule, voice, UT_LABEL_FRUSTRATION));
    assert_false(ut_tally_judges(&rule, empathy, UT_LABEL_FRUSTRATION));
}

static int close_to(double x, double wanted)
{
    return fabs(x - wanted) < 1e-9;
}

static void figures_of_known_counts(void **state)
{
    (void)state;
    const struct ut_tally call[2] = {
        {.labels = 4, .hits = 3, .false_alarms = 1, .popups = 6, .lead_ms = 3000, .call_ms = 1800000},
        {.labels = 6, .hits = 3, .false_alarms = 2, .popups = 3, .lead_ms = 6000, .call_ms = 1800000},
    };
    struct ut_tally_figures f, again;
    ut_tally_figures(call, 2, &f);
    assert_true(close_to(f.precision.value, 6.0 / 9) && close_to(f.recall.value, 0.6));
    assert_true(close_to(f.f1.value, 12.0 / 19));
    assert_true(close_to(f.alarms_per_hour.value, 3) && close_to(f.lead_s.value, 1.5));
    assert_true(close_to(f.popups_per_5min.value, 0.75));
    /* drawing two calls gives one of three mixtures, so the ends are those of a call alone */
    assert_true(close_to(f.recall.low, 0.5) && close_to(f.recall.high, 0.75));
    assert_true(close_to(f.alarms_per_hour.low, 2) && close_to(f.alarms_per_hour.high, 4));
    ut_tally_figures(call, 2, &again);
    assert_memory_equal(&f, &again, sizeof f);
}

static void one_call_gives_no_interval(void **state)
{
    (void)state;
    const struct ut_tally call = {.labels = 4, .hits = 3, .false_alarms = 1, .lead_ms = 3000, .call_ms = 1800000};
    struct ut_tally_figures f;
    ut_tally_figures(&call, 1, &f);
    const struct ut_tally_figure *const all[] = {&f.precision,       &f.recall, &f.f1,
                                                 &f.alarms_per_hour, &f.lead_s, &f.popups_per_5min};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_true(!isnan(all[i]->value) && isnan(all[i]->low) && isnan(all[i]->high));
}

static void more_calls_narrow_the_interval(void **state)
{
    (void)state;
    static struct ut_tally call[400];
    struct ut_tally_figures few, many;
    for (int i = 0; i < 400; i++)
        call[i] = (struct ut_tally){.labels = 2, .hits = i % 3, .call_ms = 60000};
    ut_tally_figures(call, 12, &few);
    ut_tally_figures(call, 400, &many);
    assert_true(few.recall.low < few.recall.value && few.recall.value < few.recall.high);
    double ratio = (few.recall.high - few.recall.low) / (many.recall.high - many.recall.low);
    assert_true(ratio > 4 && ratio < 8); /* the root of 400 / 12 is 5.8 */
}

static void what_cannot_be_said_is_not(void **state)
{
    (void)state;
    const struct ut_tally nothing = {.call_ms = 60000};
    struct ut_tally_figures f;
    unsigned char front[1];
    ut_tally_figures(&nothing, 1, &f);
    assert_true(isnan(f.precision.value) && isnan(f.recall.value) && isnan(f.f1.value) && isnan(f.lead_s.value));
    assert_true(isnan(f.precision.low) && isnan(f.lead_s.high));
    assert_true(f.alarms_per_hour.value == 0);
    ut_tally_front(&f, 1, front);
    assert_int_equal(front[0], 0);
}

static void the_front_is_what_nothing_beats(void **state)
{
    (void)state;
    static const struct {
        double recall, alarms;
        int front;
    } p[] = {{0.5, 1, 1}, {0.5, 2, 0}, {0.4, 1, 0}, {0.8, 3, 1}, {0.8, 3, 1}, {0.9, 9, 1}, {0.7, 4, 0}, {0, 0, 1}};
    enum { N = sizeof p / sizeof p[0] };
    struct ut_tally_figures f[N] = {{.calls = 1}};
    unsigned char front[N];
    for (int i = 0; i < N; i++) {
        f[i].recall.value = p[i].recall;
        f[i].alarms_per_hour.value = p[i].alarms;
    }
    ut_tally_front(f, N, front);
    for (int i = 0; i < N; i++)
        assert_int_equal(front[i], p[i].front);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_window_has_margins, setup),
        cmocka_unit_test_setup(each_label_counts_once, setup),
        cmocka_unit_test_setup(other_cues_do_not_count, setup),
        cmocka_unit_test_setup(moods_are_answered_by_cues, setup),
        cmocka_unit_test_setup(figures_of_known_counts, setup),
        cmocka_unit_test_setup(one_call_gives_no_interval, setup),
        cmocka_unit_test_setup(more_calls_narrow_the_interval, setup),
        cmocka_unit_test_setup(what_cannot_be_said_is_not, setup),
        cmocka_unit_test_setup(the_front_is_what_nothing_beats, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
