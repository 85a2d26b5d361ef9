/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/lanes.h"

#include "tests/host-tools/example_call.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 2000 }; /* 20 s */

static struct ut_timeline t;
static struct ut_rows rows;
static struct ut_rows_row row[2][ROWS];
static struct ut_lanes l;

/* Silence of both, at -80 dBFS. */
static int setup(void **state)
{
    (void)state;
    ut_example_make(&t);
    memset(&rows, 0, sizeof rows);
    memset(row, 0, sizeof row);
    for (int who = 0; who < 2; who++) {
        rows.row[who] = row[who];
        for (int i = 0; i < ROWS; i++)
            row[who][i].level_q8 = -80 * 256;
    }
    rows.made = ROWS;
    rows.samples = (int64_t)ROWS * UT_ROWS_SAMPLES;
    assert_int_equal(ut_rows_count(&rows), ROWS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    ut_timeline_free(&t);
    return 0;
}

static void lay_out(void)
{
    ut_lanes_lay_out(&l, &t, &rows);
}

static void voiced(int who, int from, int to, int hz)
{
    for (int i = from; i < to; i++) {
        row[who][i].speech = 1;
        row[who][i].f0_q4 = (uint16_t)(hz * 16);
    }
}

static void lanes_lie_below_each_other(void **state)
{
    (void)state;
    static const enum ut_lane_kind both[] = {UT_LANE_CUES,  UT_LANE_WAVE,  UT_LANE_WAVE, UT_LANE_SPEECH, UT_LANE_SCORE,
                                             UT_LANE_PITCH, UT_LANE_LEVEL, UT_LANE_PACE, UT_LANE_AXIS};
    lay_out();
    assert_int_equal(l.parties, 2);
    assert_int_equal(l.n, 9);
    for (int i = 0; i < l.n; i++) {
        assert_int_equal(l.lane[i].kind, both[i]);
        assert_true(i == 0 || l.lane[i].y > l.lane[i - 1].y + l.lane[i - 1].h);
    }
    assert_true(l.lane[1].party == UT_CUSTOMER && l.lane[2].party == UT_AGENT);
    double height = l.height;
    t.channel[UT_AGENT] = 0;
    lay_out();
    assert_true(l.parties == 1 && l.n == 8 && l.height < height);
}

static void room_moves_what_is_below(void **state)
{
    (void)state;
    struct ut_lanes before;
    lay_out();
    before = l;
    ut_lanes_make_room(&l, 1, 0); /* nothing more is wished */
    assert_true(l.height == before.height && l.lane[0].h == UT_LANES_CUE_H && l.lane[8].y == before.lane[8].y);
    ut_lanes_make_room(&l, 3, 2);
    assert_true(l.lane[0].y == before.lane[0].y && l.lane[0].h == 3 * UT_LANES_CUE_H);
    for (int i = 1; i < l.n; i++)
        assert_true(l.lane[i].y == before.lane[i].y + 2 * UT_LANES_CUE_H && l.lane[i].h == before.lane[i].h);
    assert_true(l.list_y > l.lane[8].y + l.lane[8].h && l.height == l.list_y + 2 * UT_LANES_LIST_H);
}

static void time_runs_over_the_plot(void **state)
{
    (void)state;
    lay_out();
    assert_true(ut_lanes_x(&l, 0) == l.left);
    assert_true(ut_lanes_x(&l, 20000) == UT_LANES_WIDTH - UT_LANES_MARGIN);
    assert_true(ut_lanes_x(&l, 10000) == l.left + l.width / 2);
    static const struct {
        int64_t end_ms, step_ms;
    } steps[] = {{1000, 100}, {20000, 2000}, {60000, 5000}, {600000, 60000}, {36000000, 3600000}, {864000000, 3600000}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        t.end_ms = steps[i].end_ms;
        assert_int_equal(ut_lanes_step_ms(&l), steps[i].step_ms);
    }
    t.end_ms = 0;
    assert_true(ut_lanes_x(&l, 5) == l.left);
}

static void a_column_shows_its_rows(void **state)
{
    (void)state;
    row[UT_CUSTOMER][1000] = (struct ut_rows_row){.low = -3000, .high = 2000, .level_q8 = -20 * 256};
    lay_out();
    int at = (int)(l.width / 2); /* 10 s */
    struct ut_lanes_span s = ut_lanes_wave(&l, UT_CUSTOMER, at);
    assert_true(s.low == -3000 && s.high == 2000 && l.peak == 3000);
    assert_true(ut_lanes_level_db(&l, UT_CUSTOMER, at) == -20);
    s = ut_lanes_wave(&l, UT_AGENT, at);
    assert_true(s.low == 0 && s.high == 0);
    assert_true(ut_lanes_level_db(&l, UT_AGENT, at) == -UT_LANES_LEVEL_RANGE_DB);
    int with = 0;
    for (int column = 0; column < (int)l.width; column++)
        with += ut_lanes_wave(&l, UT_CUSTOMER, column).high > 0;
    assert_in_range(with, 1, 2);
    row[UT_CUSTOMER][1000] = (struct ut_rows_row){.low = -30, .high = 20};
    lay_out();
    assert_true(l.peak == 1024); /* hiss is not magnified */
}

/* Fewer rows than columns: each column shows the row it lies in. */
static void a_short_call_has_no_gaps(void **state)
{
    (void)state;
    rows.samples = 100 * UT_ROWS_SAMPLES;
    for (int i = 0; i < 100; i++)
        row[UT_CUSTOMER][i].high = 5000;
    lay_out();
    for (int column = 0; column < (int)l.width; column++)
        assert_true(ut_lanes_wave(&l, UT_CUSTOMER, column).high == 5000);
    rows.samples = 0;
    assert_true(ut_lanes_wave(&l, UT_CUSTOMER, 0).high == 0);
}

static void pitch_is_shown_in_its_range(void **state)
{
    (void)state;
    struct ut_lanes_span s;
    lay_out();
    assert_true(l.pitch_low == 0 && l.pitch_high == 36);
    assert_int_equal(ut_lanes_pitch(&l, UT_CUSTOMER, 500, &s), -1);
    voiced(UT_CUSTOMER, 0, 1500, 220); /* 24 semitones above 55 Hz */
    voiced(UT_AGENT, 0, 300, 110);
    voiced(UT_AGENT, 300, 302, 440); /* rare */
    lay_out();
    assert_true(l.pitch_low == 12 && l.pitch_high == 30);
    assert_int_equal(ut_lanes_pitch(&l, UT_CUSTOMER, 500, &s), 0);
    assert_true(fabs(s.low - 24) < .01 && fabs(s.high - 24) < .01 && fabs(s.mean - 24) < .01);
    assert_int_equal(ut_lanes_pitch(&l, UT_AGENT, (int)(l.width * 301 / ROWS), &s), 0);
    assert_true(s.mean <= 30 && s.high <= 30);
    row[UT_CUSTOMER][700].speech = 0;
    assert_int_equal(ut_lanes_pitch(&l, UT_AGENT, (int)(l.width * 800 / ROWS), &s), -1);
}

static void scores_come_by_columns(void **state)
{
    (void)state;
    struct ut_lanes_span s;
    double x, last = 0;
    size_t at = 0, scores = 0;
    int columns = 0;
    lay_out();
    while (at < t.scores) { /* every 250 ms: a column each */
        size_t before = at;
        int n = ut_lanes_score(&l, &at, false, &x, &s);
        assert_true(at == before + 1 && x > last && x == floor(x));
        last = x;
        scores += (size_t)n;
        columns++;
        if (n > 0)
            assert_true(s.low == 0.4 && s.high == 0.4 && s.mean == 0.4);
    }
    assert_true(columns == 80 && scores > 0 && scores < 80);
    for (size_t i = 0; i < t.scores; i++) {
        t.score[i].record.flags = UT_WIRE_CUSTOMER_SPEECH;
        t.score[i].fast_valid = true;
    }
    l.width = 8; /* ten scores a column */
    t.score[69].delight_fast = 0.6;
    at = 60;
    assert_int_equal(ut_lanes_score(&l, &at, true, &x, &s), 9);
    assert_int_equal(at, 69);
    assert_true(s.low == 0.2 && s.high == 0.2);
    assert_int_equal(ut_lanes_score(&l, &at, true, &x, &s), 10);
    assert_true(s.low == 0.2 && s.high == 0.6 && fabs(s.mean - 0.24) < 1e-9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lanes_lie_below_each_other), TEST(time_runs_over_the_plot),  TEST(room_moves_what_is_below),
        TEST(a_column_shows_its_rows),    TEST(a_short_call_has_no_gaps), TEST(pitch_is_shown_in_its_range),
        TEST(scores_come_by_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
