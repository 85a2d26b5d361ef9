/* SPDX-License-Identifier: Apache-2.0 */
/* Judge: SPEC.md "Pitch" up to the inputs of the voicing decision, word for word in 64 bits and to the bit. */
#ifndef UT_TESTS_REF_PITCH_H
#define UT_TESTS_REF_PITCH_H

#include "dsp/log2.h"
#include "dsp/pitch.h"

enum { REF_PITCH_STATES = 5, REF_PITCH_SPAN = 5 };

struct ref_pitch_frame {
    int states, from[REF_PITCH_STATES];
    int64_t f0_q4[REF_PITCH_STATES], r_q15[REF_PITCH_STATES], rank_q15[REF_PITCH_STATES];
    int64_t best_v_q15, best_v_semitones_q8;
    int64_t strength_q15, below_q8, mean_q12, least_q12;
};

struct ref_pitch {
    struct ref_pitch_frame frame[REF_PITCH_SPAN]; /* oldest first */
    int64_t cost_q12[REF_PITCH_STATES];
    int64_t level_q8, peak_q8, own_q16, own_n;
    int64_t x[UT_PITCH_INPUTS]; /* but for the bands */
    int64_t choice_f0_q4, choice_q15;
};

static inline void ref_pitch_init(struct ref_pitch *p)
{
    *p = (struct ref_pitch){0};
    p->peak_q8 = 40 * 256;
    for (int i = 0; i < REF_PITCH_SPAN; i++)
        p->frame[i].states = 1;
}

static inline int64_t ref_pitch_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t ref_pitch_limited(int64_t x, int64_t size)
{
    return x > size ? size : x < -size ? -size : x;
}

static inline int64_t ref_pitch_floor(int64_t x, int64_t by)
{
    return x / by - (x % by < 0);
}

static inline int64_t ref_pitch_round(int64_t x, int64_t by)
{
    return ref_pitch_floor(2 * x + by, 2 * by);
}

static inline void ref_pitch_candidate(const struct ref_pitch *p, struct ref_pitch_frame *f, int64_t lag_q8,
                                       int64_t r_q15)
{
    int64_t f0_q4 = ref_pitch_round(64000 * 256, lag_q8);
    if (f0_q4 < 60 * 16 || f0_q4 > 500 * 16)
        return;
    int64_t semitones_q8 = ut_log2_semitones_q8((uint32_t)f0_q4);
    int64_t v_q15 = r_q15 - r_q15 * lag_q8 * 108 / (1 << 23);
    if (v_q15 > f->best_v_q15) {
        f->best_v_q15 = v_q15;
        f->best_v_semitones_q8 = semitones_q8;
    }
    int64_t away_q8 = semitones_q8 - ref_pitch_round(p->own_q16, 256);
    int64_t excess_q8 = (away_q8 < 0 ? -away_q8 : away_q8) - 6 * 256;
    int64_t rank_q15 = v_q15;
    if (excess_q8 > 0)
        rank_q15 -= ref_pitch_least(excess_q8, 3072) * ref_pitch_least(p->own_n, 20) * 6991 / 65536;
    int at = f->states;
    if (at < REF_PITCH_STATES) {
        f->states++;
    } else {
        at = 1;
        for (int i = 2; i < REF_PITCH_STATES; i++)
            at = f->rank_q15[i] < f->rank_q15[at] ? i : at;
        if (f->rank_q15[at] >= rank_q15)
            return;
    }
    f->f0_q4[at] = f0_q4;
    f->r_q15[at] = r_q15;
    f->rank_q15[at] = rank_q15;
}

/* The newest frame: periodicity and candidates. */
static inline void ref_pitch_measure(struct ref_pitch *p, const int16_t *x4, int64_t *rise_q8)
{
    struct ref_pitch_frame *f = &p->frame[REF_PITCH_SPAN - 1];
    int64_t y[110], most = 0, energy = 0, r_q15[69];
    int shift = 12;
    for (int i = 0; i < 110; i++) {
        int64_t size = x4[i] < 0 ? -1 - x4[i] : x4[i];
        most = size > most ? size : most;
    }
    for (int64_t left = most; left > 0; left /= 2)
        shift--;
    shift = most == 0 ? 0 : shift;
    for (int i = 0; i < 110; i++)
        y[i] = shift < 0 ? ref_pitch_round(x4[i], 1 << -shift) : x4[i] * ((int64_t)1 << shift);
    for (int i = 35; i < 75; i++)
        energy += y[i] * y[i];
    int64_t level_q8 = ut_log2_decibel_q8((uint64_t)energy) - 4101 - 1541 * shift;
    level_q8 = level_q8 > 0 ? level_q8 : 0;
    *rise_q8 = level_q8 - p->level_q8;
    p->level_q8 = level_q8;
    p->peak_q8 -= 6;
    if (level_q8 > p->peak_q8)
        p->peak_q8 += ref_pitch_least(level_q8 - p->peak_q8, 256);

    int64_t octaves_q8 = (p->peak_q8 - 32 * 256 + 1541 * shift) * 85 / 256;
    octaves_q8 = octaves_q8 < 0 ? 0 : ref_pitch_least(octaves_q8, 24 * 256);
    int64_t e = 40 * ((int64_t)1 << octaves_q8 / 256) * (256 + octaves_q8 % 256) / 256;
    for (int lag = 7; lag <= 68; lag++) {
        int64_t product = 0, squares = 0;
        for (int i = 35; i < 75; i++) {
            int64_t a = y[i - lag / 2], b = y[i - lag / 2 + lag];
            product += a * b;
            squares += a * a + b * b;
        }
        int64_t whole = squares / 2 + e, unit = 1;
        while (whole >= unit * 32768)
            unit *= 2;
        r_q15[lag] = ref_pitch_round(product, unit) * 32767 / ref_pitch_round(whole, unit);
    }

    int64_t sum = 0, least = 32767;
    *f = (struct ref_pitch_frame){.states = 1};
    for (int lag = 8; lag <= 67; lag++) {
        int64_t left = r_q15[lag - 1], middle = r_q15[lag], right = r_q15[lag + 1];
        sum += middle;
        least = ref_pitch_least(least, middle);
        if (middle > 6088 && middle > left && middle >= right) {
            int64_t offset_q8 = (right - left) * 128 / (2 * middle - left - right);
            int64_t height = middle + (right - left) * offset_q8 / 1024;
            ref_pitch_candidate(p, f, lag * 256 + offset_q8, ref_pitch_least(height, 32767));
        }
    }
    for (int i = 1; i < f->states; i++)
        f->strength_q15 = f->r_q15[i] > f->strength_q15 ? f->r_q15[i] : f->strength_q15;
    f->below_q8 = p->peak_q8 > level_q8 ? ref_pitch_least(p->peak_q8 - level_q8, 60 * 256) : 0;
    f->mean_q12 = sum / 480;
    f->least_q12 = ref_pitch_floor(least, 8);
}

static inline int64_t ref_pitch_switch(int64_t helps_q8)
{
    int64_t cost_q12 = 1878 - (helps_q8 > 0 ? helps_q8 * 45 / 256 : 0);
    return cost_q12 > 82 ? cost_q12 : 82;
}

static inline void ref_pitch_search(struct ref_pitch *p, int64_t rise_q8)
{
    const struct ref_pitch_frame *before = &p->frame[REF_PITCH_SPAN - 2];
    struct ref_pitch_frame *now = &p->frame[REF_PITCH_SPAN - 1];
    int64_t cost_q12[REF_PITCH_STATES], least = INT64_MAX;
    for (int to = 0; to < now->states; to++) {
        cost_q12[to] = INT64_MAX;
        for (int from = 0; from < before->states; from++) {
            int64_t c = p->cost_q12[from] + (to == 0 ? 1962 : 4096 - ref_pitch_round(now->rank_q15[to], 8));
            if (from != 0 && to != 0) {
                int64_t leap_q8 = ut_log2_semitones_q8((uint32_t)now->f0_q4[to]) -
                                  ut_log2_semitones_q8((uint32_t)before->f0_q4[from]);
                c += ref_pitch_least(leap_q8 < 0 ? -leap_q8 : leap_q8, 24 * 256) * 171 / 256;
            } else if (from != to) {
                c += ref_pitch_switch(to != 0 ? rise_q8 : -rise_q8);
            }
            if (c < cost_q12[to]) {
                cost_q12[to] = c;
                now->from[to] = from;
            }
        }
        least = ref_pitch_least(least, cost_q12[to]);
    }
    for (int i = 0; i < now->states; i++)
        p->cost_q12[i] = cost_q12[i] - least;
}

static inline void ref_pitch_hop(struct ref_pitch *p, const int16_t *x4)
{
    int64_t rise_q8, unvoiced_q12 = 1 << 20, voiced_q12 = 1 << 20;
    for (int i = 0; i + 1 < REF_PITCH_SPAN; i++)
        p->frame[i] = p->frame[i + 1];
    ref_pitch_measure(p, x4, &rise_q8);
    ref_pitch_search(p, rise_q8);

    const struct ref_pitch_frame *t = &p->frame[REF_PITCH_SPAN - 3];
    int choice = 0;
    for (int i = 0; i < p->frame[REF_PITCH_SPAN - 1].states; i++) {
        int at_t = p->frame[REF_PITCH_SPAN - 2].from[p->frame[REF_PITCH_SPAN - 1].from[i]];
        if (at_t == 0) {
            unvoiced_q12 = ref_pitch_least(unvoiced_q12, p->cost_q12[i]);
        } else if (p->cost_q12[i] < voiced_q12) {
            voiced_q12 = p->cost_q12[i];
            choice = at_t;
        }
    }
    for (int i = 1; voiced_q12 == 1 << 20 && i < t->states; i++)
        choice = choice == 0 || t->rank_q15[i] > t->rank_q15[choice] ? i : choice;
    p->choice_f0_q4 = t->f0_q4[choice];
    p->choice_q15 = choice != 0 ? t->r_q15[choice] : t->strength_q15;
    for (int i = 0; i < REF_PITCH_SPAN; i++) {
        p->x[i] = p->frame[i].strength_q15 / 8;
        p->x[5 + i] = p->frame[i].below_q8;
        p->x[10 + i] = p->frame[i].mean_q12;
        p->x[15 + i] = p->frame[i].least_q12;
    }
    p->x[25] = ref_pitch_limited(unvoiced_q12 - voiced_q12, 614);
    p->x[26] = ref_pitch_limited(unvoiced_q12 - voiced_q12, 4096);
    p->x[27] = choice != 0 ? t->r_q15[choice] / 8 : 0;
    if (unvoiced_q12 > voiced_q12) {
        p->own_n = ref_pitch_least(p->own_n + 1, 30);
        p->own_q16 += (t->best_v_semitones_q8 * 256 - p->own_q16) / p->own_n;
    }
}

#endif
