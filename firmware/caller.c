/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/caller.h"

#include "dsp/q.h"

#include <string.h>

enum {
    PARTS = 5,                /* a step's whole weight, against 1 while a feeling is heard */
    SHIFT_MOST_Q8 = 24 * 256, /* the slow own level is at most so far from the fast one */
    GATE_RATE_Q15 = 1311,     /* 0.04 per step of speech */
    GATE_OPEN_Q15 = 16384,    /* neither feeling, more often than not */
    LEVELS = UT_X_LEVEL + 1,  /* the features that are levels above the own one come first */
    RATE_BITS = 20
};

void ut_caller_init(struct ut_caller *c, const int16_t *usual_q8)
{
    memset(c, 0, sizeof *c);
    for (int i = 0; i < UT_FEATURES_N; i++)
        c->base_q16[i] = usual_q8[i] * 256;
    c->other_q15 = INT16_MAX + 1;
}

/* mean += (x - mean) part / whole */
static void follow(int32_t *mean_q16, int32_t x_q8, int32_t part, int32_t whole)
{
    int32_t rate = ((part << RATE_BITS) + whole / 2) / whole;
    *mean_q16 += (int32_t)ut_q_rshift64((int64_t)(x_q8 * 256 - *mean_q16) * rate, RATE_BITS);
}

int ut_caller_row(struct ut_caller *c, const struct ut_row *row, int32_t own_level_q8)
{
    for (int i = 0; i < UT_FEATURES_N; i++)
        c->sum_x[i] += row->x[i];
    c->sum_own_q8 += own_level_q8;
    c->sum_speech += row->speech != 0;
    if (++c->rows < UT_CALLER_STEP_ROWS)
        return 0;
    for (int i = 0; i < UT_FEATURES_N; i++)
        c->x_q8[i] = (int16_t)ut_q_rshift(c->sum_x[i], 2);
    c->own_q8 = ut_q_rshift(c->sum_own_q8, 2);
    c->speech = 2 * c->sum_speech > UT_CALLER_STEP_ROWS;
    memset(c->sum_x, 0, sizeof c->sum_x);
    c->sum_own_q8 = 0;
    c->sum_speech = 0;
    c->rows = 0;
    return 1;
}

_Static_assert(UT_CALLER_STEP_ROWS == 4, "a step's mean is taken by shifting");

void ut_caller_views(struct ut_caller *c, int16_t views_q8[UT_CALLER_INPUTS])
{
    int32_t slow_q16 = c->slow_q16;
    follow(&slow_q16, c->own_q8, UT_CALLER_PRIOR_STEPS, UT_CALLER_PRIOR_STEPS + c->slow_steps);
    int32_t shift_q8 = ut_q_clamp(c->own_q8 - ut_q_rshift(slow_q16, 8), -SHIFT_MOST_Q8, SHIFT_MOST_Q8);
    for (int i = 0; i < LEVELS; i++)
        c->x_q8[i] = ut_q_sat16(c->x_q8[i] + shift_q8);
    for (int i = 0; i < UT_FEATURES_N; i++) {
        views_q8[i] = c->x_q8[i];
        views_q8[UT_FEATURES_N + i] = ut_q_sat16(c->x_q8[i] - ut_q_rshift(c->base_q16[i], 8));
    }
}

void ut_caller_learn(struct ut_caller *c, uint16_t other_q15)
{
    if (!c->speech)
        return;
    if (c->slow_steps < UT_CALLER_MOST_STEPS)
        c->slow_steps++;
    follow(&c->slow_q16, c->own_q8, 1, c->slow_steps);
    c->other_q15 += ut_q_rshift((other_q15 - c->other_q15) * GATE_RATE_Q15, 15);
    int32_t part = c->other_q15 > GATE_OPEN_Q15 ? PARTS : 1;
    c->weight = ut_q_clamp(c->weight + part, 0, PARTS * UT_CALLER_MOST_STEPS);
    for (int i = 0; i < UT_FEATURES_N; i++)
        follow(&c->base_q16[i], c->x_q8[i], part, PARTS * UT_CALLER_PRIOR_STEPS + c->weight);
}

uint8_t ut_caller_known(const struct ut_caller *c)
{
    return (uint8_t)(100 * c->weight / (PARTS * UT_CALLER_MOST_STEPS));
}
