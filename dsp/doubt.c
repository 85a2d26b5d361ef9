/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/doubt.h"

#include "dsp/dot.h"
#include "dsp/log2.h"
#include "dsp/q.h"

#include <string.h>

enum {
    MOVED_CAP_Q8 = 2 * 256, /* a change of more than two semitones is a leap, however far */
    STILL_Q8 = 38,          /* 0.15 semitones: a note with little vibrato */
    STATE_MOST_Q12 = 4 * 4096,
    HALF_Q15 = 16384,
    ONE_Q15 = 32768
};

_Static_assert((int)UT_DOUBT_STILL + 1 == (int)UT_DOUBT_INPUTS, "every input has its place");
_Static_assert(2 * UT_DOUBT_BANDS == (int)UT_SPECTRUM_BANDS, "bands go in pairs");

void ut_doubt_init(struct ut_doubt *d)
{
    memset(d, 0, sizeof *d);
}

static void add_pitch(struct ut_doubt *d, uint16_t f0_q4)
{
    int32_t now_q8 = ut_log2_semitones_q8(f0_q4);
    if (now_q8 != 0) {
        d->voiced++;
        d->pitch_q8 += now_q8;
        if (d->before_q8 != 0) {
            int32_t moved_q8 = now_q8 > d->before_q8 ? now_q8 - d->before_q8 : d->before_q8 - now_q8;
            d->pairs++;
            d->moved_q8 += moved_q8 < MOVED_CAP_Q8 ? moved_q8 : MOVED_CAP_Q8;
            d->still += moved_q8 < STILL_Q8;
        }
    }
    d->before_q8 = (int16_t)now_q8;
}

static void form_inputs(struct ut_doubt *d)
{
    int32_t all = 0;
    for (int i = 0; i < UT_DOUBT_MEASUREMENTS; i++)
        d->x_q8[i] = (int16_t)ut_q_rshift(d->sum_q8[i], 2);
    for (int i = UT_DOUBT_MEASUREMENTS; i < UT_DOUBT_PITCH; i++)
        all += d->sum_q8[i];
    for (int i = UT_DOUBT_MEASUREMENTS; i < UT_DOUBT_PITCH; i++) /* of four rows, two bands each */
        d->x_q8[i] = (int16_t)(ut_q_rshift(d->sum_q8[i], 3) - all / (8 * UT_DOUBT_BANDS));
    d->x_q8[UT_DOUBT_PITCH] = (int16_t)(d->voiced > 0 ? d->pitch_q8 / d->voiced : 0);
    d->x_q8[UT_DOUBT_MOVED] = (int16_t)(d->pairs > 0 ? d->moved_q8 / d->pairs : 0);
    d->x_q8[UT_DOUBT_STILL] = (int16_t)(d->still * (256 / UT_DOUBT_ROWS));
}

static void step(struct ut_doubt *d)
{
    int16_t x_q12[UT_DOUBT_INPUTS + UT_DOUBT_UNITS], next_q12[UT_DOUBT_UNITS];
    for (int i = 0; i < UT_DOUBT_INPUTS; i++)
        x_q12[i] = ut_q_sat16(ut_q_rshift((d->x_q8[i] - ut_doubt_net_centre_q8[i]) * ut_doubt_net_gain_q12[i], 8));
    memcpy(x_q12 + UT_DOUBT_INPUTS, d->state_q12, sizeof d->state_q12);
    for (int u = 0; u < UT_DOUBT_UNITS; u++) {
        int32_t gate_q17 = ut_doubt_net_update_bias_q17[u] +
                           ut_dot_bytes(x_q12, ut_doubt_net_update_q5[u], UT_DOUBT_INPUTS + UT_DOUBT_UNITS);
        int32_t candidate_q17 = ut_doubt_net_candidate_bias_q17[u] +
                                ut_dot_bytes(x_q12, ut_doubt_net_candidate_q5[u], UT_DOUBT_INPUTS + UT_DOUBT_UNITS);
        int32_t keep_q15 = ut_q_clamp(HALF_Q15 + ut_q_rshift(gate_q17, 4), 0, ONE_Q15); /* 1/2 + gate / 4 */
        int32_t new_q12 = ut_q_clamp(ut_q_rshift(candidate_q17, 5), 0, STATE_MOST_Q12);
        next_q12[u] = (int16_t)(new_q12 + ut_q_rshift(keep_q15 * (d->state_q12[u] - new_q12), 15));
    }
    memcpy(d->state_q12, next_q12, sizeof next_q12);
    int32_t out_q17 = ut_doubt_net_out_bias_q17 + ut_dot_bytes(d->state_q12, ut_doubt_net_out_q5, UT_DOUBT_UNITS);
    d->doubt_q16 = out_q17 < 0 ? ut_q_rshift(out_q17, 1) : 0;
}

void ut_doubt_row(struct ut_doubt *d, const int16_t measured_q8[UT_DOUBT_MEASUREMENTS],
                  const struct ut_spectrum *spectrum, uint16_t f0_q4)
{
    for (int i = 0; i < UT_DOUBT_MEASUREMENTS; i++)
        d->sum_q8[i] += measured_q8[i];
    for (int i = 0; i < UT_DOUBT_BANDS; i++)
        d->sum_q8[UT_DOUBT_MEASUREMENTS + i] += spectrum->mel_q8[2 * i] + spectrum->mel_q8[2 * i + 1];
    add_pitch(d, f0_q4);
    if (++d->rows < UT_DOUBT_ROWS)
        return;
    form_inputs(d);
    step(d);
    memset(d->sum_q8, 0, sizeof d->sum_q8);
    d->rows = d->voiced = d->pairs = d->still = d->pitch_q8 = d->moved_q8 = 0;
}
