/* SPDX-License-Identifier: Apache-2.0 */
/* What stands where in the picture of a call: lanes one below the other over one time axis, and what a lane shows in
 * each column of the plot, a pixel wide.
 *
 * in    a finished timeline, the rows of both channels
 * out   places and sizes in pixels from the top left corner; values in the units of rows.h and timeline.h
 * SPEC.md "Report".
 */
#ifndef UT_HOST_LANES_H
#define UT_HOST_LANES_H

#include "host-tools/call/timeline.h"
#include "host-tools/reports/rows.h"

enum {
    UT_LANES_WIDTH = 1600, /* of the picture */
    UT_LANES_MARGIN = 24,
    UT_LANES_CUE_H = 24,     /* a row of cues */
    UT_LANES_CUE_ROWS = 6,   /* more only where bars need them */
    UT_LANES_LIST_MAX = 100, /* cues explained below the lanes */
    UT_LANES_LIST_H = 20,
    UT_LANES_LEVEL_RANGE_DB = 70, /* the loudness lane shows -70..0 dBFS */
    UT_LANES_MAX = 9
};

enum ut_lane_kind {
    UT_LANE_CUES,
    UT_LANE_WAVE,
    UT_LANE_SPEECH,
    UT_LANE_SCORE,
    UT_LANE_PITCH,
    UT_LANE_LEVEL,
    UT_LANE_PACE,
    UT_LANE_AXIS, /* the last */
    UT_LANE_KINDS
};

struct ut_lane {
    enum ut_lane_kind kind;
    int party; /* of a wave */
    double y, h;
};

struct ut_lanes {
    const struct ut_timeline *timeline;
    const struct ut_rows *rows;
    double left, width; /* of the plot */
    int parties;        /* 1 = no agent */
    struct ut_lane lane[UT_LANES_MAX];
    int n;
    double height, list_y;        /* of all; the first line of the list */
    double pitch_low, pitch_high; /* what the pitch lane shows, in semitones: whole half octaves */
    double peak;                  /* what the wave lanes show: the largest sample of both, at least a little */
};

/* With one row of cues and no list. */
void ut_lanes_lay_out(struct ut_lanes *l, const struct ut_timeline *timeline, const struct ut_rows *rows);

/* Once: rows of cues, and lines of the list below the lanes. */
void ut_lanes_make_room(struct ut_lanes *l, int cue_rows, int list_lines);

/* Where a time of the call stands. */
double ut_lanes_x(const struct ut_lanes *l, double ms);

/* Steps of the axis: the shortest round time that is 80 pixels wide. */
int64_t ut_lanes_step_ms(const struct ut_lanes *l);

/* The least and the largest value of a column, and the mean where there is one. */
struct ut_lanes_span {
    double low, high, mean;
};

/* Samples, around 0. */
struct ut_lanes_span ut_lanes_wave(const struct ut_lanes *l, int party, int column);

/* Semitones within what the lane shows; -1 when nothing is voiced, else 0. */
int ut_lanes_pitch(const struct ut_lanes *l, int party, int column, struct ut_lanes_span *out);

/* dBFS of the loudest row, at least the lane's least. */
double ut_lanes_level_db(const struct ut_lanes *l, int party, int column);

/* The fast averages of frustration or delight, 0..1, in the column of score number *at, which moves to that of the next
 * column; *x is the column's place. The number of values. */
int ut_lanes_score(const struct ut_lanes *l, size_t *at, bool delight, double *x, struct ut_lanes_span *out);

#endif
