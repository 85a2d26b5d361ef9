/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/lanes.h"

#include <math.h>
#include <string.h>

enum {
    GUTTER = 170, /* names of the lanes, left of the plot */
    HEADER = 104,
    GAP = 12,
    PEAK_LEAST = 1024 /* a call without speech shows no magnified hiss */
};

double ut_lanes_x(const struct ut_lanes *l, double ms)
{
    int64_t end_ms = l->timeline->end_ms;
    return l->left + (end_ms > 0 ? ms / (double)end_ms : 0) * l->width;
}

int64_t ut_lanes_step_ms(const struct ut_lanes *l)
{
    static const int64_t steps[] = {100,   200,   500,    1000,   2000,   5000,   10000,   15000,
                                    30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000};
    size_t s = 0;
    while (s + 1 < sizeof steps / sizeof steps[0] && (double)steps[s] * l->width / (double)l->timeline->end_ms < 80)
        s++;
    return steps[s];
}

static void add_lane(struct ut_lanes *l, enum ut_lane_kind kind, int party, double h)
{
    l->lane[l->n++] = (struct ut_lane){.kind = kind, .party = party, .y = l->height, .h = h};
    l->height += h + GAP;
}

/* Around all but the rarest pitches of both. */
static void find_pitch_range(struct ut_lanes *l)
{
    static const double rare = .005;
    uint32_t count[600] = {0}, n = 0, seen = 0; /* tenths of a semitone */
    enum { BINS = sizeof count / sizeof count[0] };
    for (int who = 0; who < l->parties; who++) {
        for (size_t k = 0; k < ut_rows_count(l->rows); k++) {
            const struct ut_rows_row *row = &l->rows->row[who][k];
            int at = (int)(10 * ut_rows_semitones(row));
            if (row->speech && row->f0_q4 > 0 && at < BINS) {
                count[at]++;
                n++;
            }
        }
    }
    int low = 0, high = BINS - 1;
    for (; low < high && (seen += count[low]) <= (uint32_t)(rare * n); low++)
        ;
    for (seen = 0; high > low && (seen += count[high]) <= (uint32_t)(rare * n); high--)
        ;
    l->pitch_low = n > 0 ? floor(low / 60.0) * 6 : 0;
    l->pitch_high = n > 0 ? ceil((high + 1) / 60.0) * 6 : 36;
}

static void find_peak(struct ut_lanes *l)
{
    l->peak = PEAK_LEAST;
    for (int who = 0; who < l->parties; who++)
        for (size_t k = 0; k < ut_rows_count(l->rows); k++)
            l->peak = fmax(l->peak, fmax(l->rows->row[who][k].high, -l->rows->row[who][k].low));
}

void ut_lanes_lay_out(struct ut_lanes *l, const struct ut_timeline *timeline, const struct ut_rows *rows)
{
    memset(l, 0, sizeof *l);
    l->timeline = timeline;
    l->rows = rows;
    l->left = UT_LANES_MARGIN + GUTTER;
    l->width = UT_LANES_WIDTH - UT_LANES_MARGIN - l->left;
    l->height = HEADER;
    l->parties = timeline->channel[UT_AGENT] != 0 ? 2 : 1;
    add_lane(l, UT_LANE_CUES, 0, UT_LANES_CUE_H);
    for (int who = 0; who < l->parties; who++)
        add_lane(l, UT_LANE_WAVE, who, 70);
    add_lane(l, UT_LANE_SPEECH, 0, l->parties > 1 ? 58 : 36);
    add_lane(l, UT_LANE_SCORE, 0, 150);
    add_lane(l, UT_LANE_PITCH, 0, 100);
    add_lane(l, UT_LANE_LEVEL, 0, 84);
    add_lane(l, UT_LANE_PACE, 0, 70);
    add_lane(l, UT_LANE_AXIS, 0, 22);
    find_pitch_range(l);
    find_peak(l);
}

void ut_lanes_make_room(struct ut_lanes *l, int cue_rows, int list_lines)
{
    double more = UT_LANES_CUE_H * (double)(cue_rows - 1);
    l->lane[0].h += more;
    for (int i = 1; i < l->n; i++)
        l->lane[i].y += more;
    l->height += more;
    l->list_y = l->height + UT_LANES_LIST_H;
    if (list_lines > 0)
        l->height += UT_LANES_LIST_H * (double)(list_lines + 1);
}

/* Rows [*from, *to) of a column: one at least, as long as there are any. */
static void rows_of(const struct ut_lanes *l, int column, size_t *from, size_t *to)
{
    size_t n = ut_rows_count(l->rows);
    *from = (size_t)((double)n * column / l->width);
    *to = (size_t)((double)n * (column + 1) / l->width);
    *to = *to > *from ? *to : *from + 1;
    *to = *to < n ? *to : n;
}

struct ut_lanes_span ut_lanes_wave(const struct ut_lanes *l, int party, int column)
{
    struct ut_lanes_span s = {0};
    size_t k, to;
    for (rows_of(l, column, &k, &to); k < to; k++) {
        s.low = fmin(s.low, l->rows->row[party][k].low);
        s.high = fmax(s.high, l->rows->row[party][k].high);
    }
    return s;
}

int ut_lanes_pitch(const struct ut_lanes *l, int party, int column, struct ut_lanes_span *out)
{
    double low = 1e9, high = -1, sum = 0;
    int voiced = 0;
    size_t k, to;
    for (rows_of(l, column, &k, &to); k < to; k++) {
        const struct ut_rows_row *row = &l->rows->row[party][k];
        if (!row->speech || row->f0_q4 == 0)
            continue;
        double st = ut_rows_semitones(row);
        low = fmin(low, st);
        high = fmax(high, st);
        sum += st;
        voiced++;
    }
    if (voiced == 0)
        return -1;
    out->low = fmax(low, l->pitch_low);
    out->high = fmin(high, l->pitch_high);
    out->mean = fmin(l->pitch_high, fmax(l->pitch_low, sum / voiced));
    return 0;
}

double ut_lanes_level_db(const struct ut_lanes *l, int party, int column)
{
    double loudest = -UT_LANES_LEVEL_RANGE_DB;
    size_t k, to;
    for (rows_of(l, column, &k, &to); k < to; k++)
        loudest = fmax(loudest, l->rows->row[party][k].level_q8 / 256.0);
    return loudest;
}

int ut_lanes_score(const struct ut_lanes *l, size_t *at, bool delight, double *x, struct ut_lanes_span *out)
{
    const struct ut_timeline *t = l->timeline;
    int n = 0;
    *out = (struct ut_lanes_span){.low = 1};
    *x = floor(ut_lanes_x(l, t->score[*at].record.t_ms));
    for (; *at < t->scores && floor(ut_lanes_x(l, t->score[*at].record.t_ms)) <= *x; (*at)++) {
        const struct ut_timeline_score *s = &t->score[*at];
        if (!s->fast_valid || !ut_wire_scored(&s->record))
            continue;
        double value = delight ? s->delight_fast : s->frustration_fast;
        out->mean += value;
        out->low = fmin(out->low, value);
        out->high = fmax(out->high, value);
        n++;
    }
    if (n > 0)
        out->mean /= n;
    return n;
}
