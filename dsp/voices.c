/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/voices.h"

#include "dsp/log2.h"
#include "dsp/q.h"

#include <string.h>

enum {
    PAUSE_ROWS = 12, /* ends a stretch */
    LONGEST = 200,   /* rows of speech of one: a turn may follow another without a pause */
    SHORTEST = 50,   /* that says something */
    VOICED_LEAST = 10,
    GAP_ROWS = 250,   /* in which somebody else speaks */
    JUDGED_FROM = 10, /* stretches */
    FEWEST = 3,       /* of each voice */
    CHANGES = 4,      /* from one voice to the other */
    /* Sum of squares between the two, in semitones squared Q8, for up to 28 stretches: 14 of each, 8.2 semitones apart.
     * Of 828 calls of one voice 0.8 % reach it. */
    FOUND_Q8 = 476 * 256,
    LOST_Q8 = FOUND_Q8 / 2
};

void ut_voices_init(struct ut_voices *v)
{
    memset(v, 0, sizeof *v);
}

/* The pitch that divides the stretches best: those up to it against the others. Sum of squares between them, Q8. */
static int32_t divide(const struct ut_voices *v, int16_t *highest)
{
    int32_t total = 0, best = 0;
    for (int i = 0; i < v->n; i++)
        total += v->pitch_q4[i];
    *highest = INT16_MAX;
    for (int i = 0; i < v->n; i++) {
        int32_t n = 0, sum = 0;
        for (int k = 0; k < v->n; k++)
            if (v->pitch_q4[k] <= v->pitch_q4[i]) {
                n++;
                sum += v->pitch_q4[k];
            }
        if (n == v->n)
            continue;
        int32_t apart_q4 = sum / n - (total - sum) / (v->n - n);
        int32_t between = apart_q4 * apart_q4 * n * (v->n - n) / v->n;
        if (between > best) {
            best = between;
            *highest = v->pitch_q4[i];
        }
    }
    return best;
}

static void judge(struct ut_voices *v)
{
    int16_t highest;
    int32_t between = divide(v, &highest);
    int low = 0, changes = 0, before = -1;
    for (int i = 0; i < v->n; i++) { /* from the oldest on */
        int at = v->n < UT_VOICES_STRETCHES ? i : (v->at + i) % UT_VOICES_STRETCHES;
        int is_low = v->pitch_q4[at] <= highest;
        low += is_low;
        changes += before >= 0 && is_low != before;
        before = is_low;
    }
    int two = low >= FEWEST && v->n - low >= FEWEST && changes >= CHANGES;
    v->found = (uint8_t)(two && between >= (v->found != 0 ? LOST_Q8 : FOUND_Q8));
}

static void end_stretch(struct ut_voices *v)
{
    if (v->rows >= SHORTEST && v->voiced >= VOICED_LEAST) {
        v->pitch_q4[v->at] = (int16_t)ut_q_rshift(v->sum_q8 / v->voiced, 4);
        v->at = (uint8_t)((v->at + 1) % UT_VOICES_STRETCHES);
        v->n = (uint8_t)(v->n < UT_VOICES_STRETCHES ? v->n + 1 : v->n);
        if (v->n >= JUDGED_FROM)
            judge(v);
    }
    v->rows = 0;
    v->voiced = 0;
    v->sum_q8 = 0;
}

void ut_voices_hop(struct ut_voices *v, const struct ut_row *row)
{
    if (row->speech) {
        v->quiet = 0;
        v->rows++;
        if (row->f0_q4 != 0) {
            v->voiced++;
            v->sum_q8 += ut_log2_semitones_q8(row->f0_q4);
        }
    } else if (v->quiet < GAP_ROWS) {
        v->quiet++;
        if (v->quiet == GAP_ROWS)
            v->n = v->at = 0;
    }
    if (v->rows == LONGEST || (v->rows > 0 && v->quiet == PAUSE_ROWS))
        end_stretch(v);
}
