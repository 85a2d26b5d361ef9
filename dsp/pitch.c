/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pitch.h"

#include "dsp/dot.h"
#include "dsp/log2.h"
#include "dsp/pitch_table.h"
#include "dsp/q.h"

#include <string.h>

/* Costs are Q12, levels dB Q8, intervals semitones Q8. What was fitted is in ut_pitch_table. */
enum {
    JUMP_MAX_Q8 = 24 * 256,
    OWN_NEAR_Q8 = 6 * 256,   /* a candidate further from the speaker's own pitch loses strength ... */
    OWN_FAR_Q8 = 12 * 256,   /* ... over one octave more ... */
    OWN_SURE = 20,           /* ... with each frame heard up to this many */
    OWN_FRAMES = 30,         /* the own pitch forgets with 0.3 s of voice */
    PEAK_RISE_Q8 = 256,      /* 1 dB per 10 ms: a bang must not hide the voice after it */
    PEAK_START_Q8 = 40 * 256 /* -50 dBFS */
};

enum {
    BLOCK = 40,
    BLOCK_START = 35, /* position of the block in x4: centred at 10 (n - 2) ms, see SPEC.md "Delays" */
    REACH = UT_PITCH_LAG_MAX / 2,
    USED = BLOCK_START + BLOCK + REACH + 1,
    SAMPLE_BITS = 12, /* block-normalised magnitude: 110 squares and 40 products fit 32 bits */
    COST_NONE_Q12 = 1 << 20,
    MARGIN_FINE_Q12 = 614, /* 0.15 */
    MARGIN_Q12 = 4096,
    BELOW_MAX_Q8 = 60 * 256,
    BIT_Q8 = 1541,  /* 20 log10(2) */
    BLOCK_Q8 = 4101 /* 10 log10(BLOCK) */
};

_Static_assert((int)UT_PITCH_INPUTS == (int)UT_PITCH_TABLE_INPUTS, "a weight for each input");

void ut_pitch_init(struct ut_pitch *p)
{
    memset(p, 0, sizeof *p);
    for (int i = 0; i <= UT_PITCH_LOOKAHEAD; i++)
        p->frames[i].states = 1;
    p->peak_level_q8 = PEAK_START_Q8;
}

/* The history around the newest block, block-normalised. */
struct window {
    int16_t y[USED];           /* x4 times 2^shift, largest magnitude in [2^11, 2^12] */
    uint32_t before[USED + 1]; /* sum of squares of y[0..i) */
    int shift;
};

/* Appends a sample to those whose squares add up to sum. Returns the new sum. */
static inline uint32_t put(struct window *w, int i, int32_t y, uint32_t sum)
{
    w->y[i] = (int16_t)y;
    w->before[i] = sum;
    return sum + (uint32_t)(y * y);
}

static void normalise(const int16_t *x4, struct window *w)
{
    int32_t bits = 0;
    for (int i = 0; i < USED; i++)
        bits |= x4[i] ^ (x4[i] >> 15); /* magnitude, less one LSB for negative values */
    w->shift = bits == 0 ? 0 : ut_q_clz32((uint32_t)bits) - (32 - SAMPLE_BITS);
    uint32_t sum = 0;
    if (w->shift >= 0) {
        int32_t factor = (int32_t)1 << w->shift;
        for (int i = 0; i < USED; i++)
            sum = put(w, i, x4[i] * factor, sum);
    } else {
        int right = -w->shift;
        int32_t half = (int32_t)1 << (right - 1);
        for (int i = 0; i < USED; i++)
            sum = put(w, i, (x4[i] + half) >> right, sum);
    }
    w->before[USED] = sum;
}

/* Level of the block, dB above one squared LSB of x4; 0 for anything quieter. */
static int32_t block_level_q8(const struct window *w)
{
    int32_t level_q8 = ut_log2_decibel_q8(w->before[BLOCK_START + BLOCK] - w->before[BLOCK_START]) - BLOCK_Q8;
    level_q8 -= w->shift * BIT_Q8;
    return level_q8 > 0 ? level_q8 : 0;
}

/* num / den as Q15; |num| <= den, den > 0. Both are rounded alike, so that the quotient stays within +-32767. */
static int16_t ratio_q15(int32_t num, uint32_t den)
{
    int drop = 17 - ut_q_clz32(den); /* keep 15 bits of the denominator */
    if (drop > 0) {
        num = ut_q_rshift(num, drop);
        den = (den + (1u << (drop - 1))) >> drop;
    }
    return (int16_t)(num * 32767 / (int32_t)den);
}

/* Energy in the scale of y that lies FLOOR below the running peak: 40 samples' worth. */
static uint32_t floor_energy(const struct ut_pitch *p, int shift)
{
    int32_t level_q8 = p->peak_level_q8 - ut_pitch_table.floor_q8 + shift * BIT_Q8;
    int32_t log2_q8 = level_q8 * 85 / 256; /* dB / 3.0103 = dB * 0.3322 */
    if (log2_q8 < 0)
        return BLOCK;
    if (log2_q8 > 24 * 256)
        return (uint32_t)BLOCK << 24;
    uint64_t fraction_q8 = 256 + ((uint32_t)log2_q8 & 255); /* 2^f ~ 1 + f */
    return (uint32_t)((BLOCK * fraction_q8 << (log2_q8 >> 8)) >> 8);
}

/* r of every lag. Lags 2 m and 2 m + 1 share the earlier of their two stretches of samples. */
static void correlate(const struct ut_pitch *p, const struct window *w, int16_t r_q15[UT_PITCH_LAGS + 2])
{
    uint32_t floor = floor_energy(p, w->shift);
    for (int m = UT_PITCH_LAG_MIN / 2; m <= UT_PITCH_LAG_MAX / 2; m++) {
        int a = BLOCK_START - m, b = BLOCK_START + m;
        int32_t products[2];
        ut_dot_two(w->y + a, w->y + b, BLOCK, products);
        uint32_t earlier = w->before[a + BLOCK] - w->before[a];
        for (int k = 0; k < 2; k++) {
            uint32_t energy = earlier + w->before[b + k + BLOCK] - w->before[b + k];
            r_q15[2 * m + k - UT_PITCH_LAG_MIN / 2 * 2] = ratio_q15(products[k], energy / 2 + floor);
        }
    }
}

static int32_t weighted(int16_t strength_q15, int32_t lag_q8)
{
    return strength_q15 -
           (int32_t)(((int64_t)strength_q15 * lag_q8 * ut_pitch_table.lag_weight_q15) >> 23); /* Q15 * Q8 * Q15 >> 23 */
}

/* Appends a measurement of the newest frame to those of the four before. */
static void remember(struct ut_pitch *p, int input, int32_t value)
{
    int16_t *x = p->x + input;
    for (int i = 0; i + 1 < UT_PITCH_SPAN; i++)
        x[i] = x[i + 1];
    x[UT_PITCH_SPAN - 1] = (int16_t)value;
}

/* What a candidate of this pitch loses for being far from the speaker's own, Q15. */
static int32_t strangeness_q15(const struct ut_pitch *p, int32_t semitones_q8)
{
    int32_t away_q8 = semitones_q8 - ut_q_rshift(p->own_q16, 8);
    away_q8 = (away_q8 < 0 ? -away_q8 : away_q8) - OWN_NEAR_Q8;
    if (away_q8 <= 0)
        return 0;
    int32_t frames = p->own_frames < OWN_SURE ? p->own_frames : OWN_SURE;
    return ((away_q8 < OWN_FAR_Q8 ? away_q8 : OWN_FAR_Q8) * frames * ut_pitch_table.own_weight_q16) >> 16;
}

/* Adds a candidate, keeping those of the highest rank. */
static void offer(const struct ut_pitch *p, struct ut_pitch_frame *f, int32_t lag_q8, int16_t strength_q15)
{
    uint32_t f0_q4 = (uint32_t)((64000 * 256 + lag_q8 / 2) / lag_q8); /* 4000 Hz Q4 / lag */
    if (f0_q4 < 60 * 16 || f0_q4 > 500 * 16)
        return;
    int32_t semitones_q8 = ut_log2_semitones_q8(f0_q4);
    int32_t plain_q15 = weighted(strength_q15, lag_q8);
    if (plain_q15 > f->plain_q15) {
        f->plain_q15 = (int16_t)plain_q15;
        f->plain_semitones_q8 = (int16_t)semitones_q8;
    }
    int32_t rank_q15 = plain_q15 - strangeness_q15(p, semitones_q8);
    int slot = f->states;
    if (slot == UT_PITCH_STATES) {
        slot = 1;
        for (int i = 2; i < UT_PITCH_STATES; i++)
            if (f->rank_q15[i] < f->rank_q15[slot])
                slot = i;
        if (f->rank_q15[slot] >= rank_q15)
            return;
    } else {
        f->states++;
    }
    f->rank_q15[slot] = (int16_t)rank_q15;
    f->f0_q4[slot] = (uint16_t)f0_q4;
    f->semitones_q8[slot] = (int16_t)semitones_q8;
    f->strength_q15[slot] = strength_q15;
}

/* The candidates of the newest frame; r's mean and its least value. */
static void find_candidates(struct ut_pitch *p, const int16_t r_q15[UT_PITCH_LAGS])
{
    struct ut_pitch_frame *f = &p->frames[UT_PITCH_LOOKAHEAD];
    int32_t sum = 0, least = INT16_MAX;
    f->states = 1;
    for (int i = 1; i < UT_PITCH_LAGS - 1; i++) {
        int32_t left = r_q15[i - 1], mid = r_q15[i], right = r_q15[i + 1];
        sum += mid;
        if (mid < least)
            least = mid;
        if (mid <= ut_pitch_table.peak_min_q15 || mid <= left || mid < right)
            continue;
        int32_t curve = 2 * mid - left - right;           /* > 0 at a peak */
        int32_t offset_q8 = (right - left) * 128 / curve; /* parabola's vertex, -0.5..0.5 of a sample */
        int32_t strength = mid + (right - left) * offset_q8 / 1024;
        offer(p, f, (i + UT_PITCH_LAG_MIN) * 256 + offset_q8, ut_q_sat16(strength));
    }
    remember(p, UT_PITCH_X_MEAN, sum / ((UT_PITCH_LAGS - 2) * 8));
    remember(p, UT_PITCH_X_LEAST, least >> 3);
}

/* The cost of going from unvoiced to voiced or back, less when the level moves the same way: by helps_q8 dB. */
static int32_t switch_q12(int32_t helps_q8)
{
    int32_t cost_q12 =
        ut_pitch_table.switch_q12 - (helps_q8 > 0 ? helps_q8 * ut_pitch_table.switch_per_db_q12 / 256 : 0);
    return cost_q12 < ut_pitch_table.switch_min_q12 ? ut_pitch_table.switch_min_q12 : cost_q12;
}

/* The cost of going from state `from` of the previous frame to state `to` of this one. */
static int32_t transition_q12(const struct ut_pitch_frame *prev, int from, const struct ut_pitch_frame *next, int to,
                              int32_t onset_q12, int32_t offset_q12)
{
    if (to == 0)
        return from == 0 ? 0 : offset_q12;
    if (from == 0)
        return onset_q12;
    int32_t jump_q8 = next->semitones_q8[to] - prev->semitones_q8[from];
    if (jump_q8 < 0)
        jump_q8 = -jump_q8;
    return (jump_q8 < JUMP_MAX_Q8 ? jump_q8 : JUMP_MAX_Q8) * ut_pitch_table.jump_q8 / 256;
}

static void advance(struct ut_pitch *p, int32_t rise_q8)
{
    const struct ut_pitch_frame *prev = &p->frames[UT_PITCH_LOOKAHEAD - 1];
    struct ut_pitch_frame *next = &p->frames[UT_PITCH_LOOKAHEAD];
    int32_t onset_q12 = switch_q12(rise_q8), offset_q12 = switch_q12(-rise_q8);
    int32_t cost_q12[UT_PITCH_STATES];
    int32_t least = INT32_MAX;
    for (int to = 0; to < next->states; to++) {
        int32_t best = INT32_MAX;
        for (int from = 0; from < prev->states; from++) {
            int32_t c = p->cost_q12[from] + transition_q12(prev, from, next, to, onset_q12, offset_q12);
            if (c < best) {
                best = c;
                next->from[to] = (uint8_t)from;
            }
        }
        cost_q12[to] = best + (to == 0 ? ut_pitch_table.unvoiced_q12 : 4096 - ut_q_rshift(next->rank_q15[to], 3));
        if (cost_q12[to] < least)
            least = cost_q12[to];
    }
    for (int i = 0; i < next->states; i++)
        p->cost_q12[i] = cost_q12[i] - least;
}

/* Reads out the oldest frame: its best voiced path, and how much more the best unvoiced path costs. */
static void read_out(struct ut_pitch *p)
{
    const struct ut_pitch_frame *f = &p->frames[0];
    int32_t cost_q12[2] = {COST_NONE_Q12, COST_NONE_Q12}; /* unvoiced, voiced */
    int choice = 0;
    for (int i = 0; i < p->frames[UT_PITCH_LOOKAHEAD].states; i++) {
        int state = i;
        for (int k = UT_PITCH_LOOKAHEAD; k > 0; k--)
            state = p->frames[k].from[state];
        int voiced = state != 0;
        if (p->cost_q12[i] < cost_q12[voiced]) {
            cost_q12[voiced] = p->cost_q12[i];
            choice = voiced ? state : choice;
        }
    }
    if (choice == 0) /* no path goes through a candidate */
        for (int i = 1; i < f->states; i++)
            if (choice == 0 || f->rank_q15[i] > f->rank_q15[choice])
                choice = i;
    int32_t margin_q12 = cost_q12[0] - cost_q12[1];
    p->x[UT_PITCH_X_MARGIN_FINE] = (int16_t)ut_q_clamp(margin_q12, -MARGIN_FINE_Q12, MARGIN_FINE_Q12);
    p->x[UT_PITCH_X_MARGIN] = (int16_t)ut_q_clamp(margin_q12, -MARGIN_Q12, MARGIN_Q12);
    p->x[UT_PITCH_X_CHOICE] = choice != 0 ? f->strength_q15[choice] >> 3 : 0;
    p->choice_f0_q4 = f->f0_q4[choice];
    p->choice_q15 = f->strength_q15[choice];
    if (margin_q12 > 0) { /* by the candidate without its bias, so that the own pitch cannot hold itself up */
        if (p->own_frames < OWN_FRAMES)
            p->own_frames++;
        p->own_q16 += (f->plain_semitones_q8 * 256 - p->own_q16) / p->own_frames;
    }
}

void ut_pitch_hop(struct ut_pitch *p, const int16_t x4[UT_FRAME_X4])
{
    struct window w;
    int16_t r_q15[UT_PITCH_LAGS + 2]; /* from the even lag below the least one on */

    normalise(x4, &w);
    int32_t level_q8 = block_level_q8(&w);
    int32_t rise_q8 = level_q8 - p->level_q8;
    p->level_q8 = level_q8;
    p->peak_level_q8 -= ut_pitch_table.peak_decay_q8;
    int32_t above_q8 = level_q8 - p->peak_level_q8;
    if (above_q8 > 0)
        p->peak_level_q8 += above_q8 < PEAK_RISE_Q8 ? above_q8 : PEAK_RISE_Q8;

    correlate(p, &w, r_q15);
    for (int i = 0; i < UT_PITCH_LOOKAHEAD; i++)
        p->frames[i] = p->frames[i + 1];
    struct ut_pitch_frame *f = &p->frames[UT_PITCH_LOOKAHEAD];
    memset(f, 0, sizeof *f);
    find_candidates(p, r_q15 + UT_PITCH_LAG_MIN % 2);
    advance(p, rise_q8);

    p->strength_q15 = 0;
    for (int i = 1; i < f->states; i++)
        if (f->strength_q15[i] > p->strength_q15)
            p->strength_q15 = f->strength_q15[i];
    f->strength_q15[0] = p->strength_q15; /* an unvoiced frame keeps what periodicity there is */
    remember(p, UT_PITCH_X_STRENGTH, p->strength_q15 >> 3);
    remember(p, UT_PITCH_X_BELOW, ut_q_clamp(p->peak_level_q8 - level_q8, 0, BELOW_MAX_Q8));
    read_out(p);
}

/* Mean levels of five groups of bands against the mean of all. */
static void measure_bands(struct ut_pitch *p, const int16_t mel_q8[UT_SPECTRUM_BANDS])
{
    static const uint8_t size[UT_PITCH_GROUPS] = {3, 3, 4, 5, 5};
    int32_t mean_q8[UT_PITCH_GROUPS], all = 0;
    for (int g = 0; g < UT_PITCH_GROUPS; g++) {
        int32_t sum = 0;
        for (int i = 0; i < size[g]; i++)
            sum += *mel_q8++;
        all += sum;
        mean_q8[g] = sum / size[g];
    }
    for (int g = 0; g < UT_PITCH_GROUPS; g++)
        p->x[UT_PITCH_X_BANDS + g] = (int16_t)(mean_q8[g] - all / UT_SPECTRUM_BANDS);
}

void ut_pitch_decide(struct ut_pitch *p, const struct ut_spectrum *spectrum)
{
    measure_bands(p, spectrum->mel_q8);
    int32_t score_q22 = ut_pitch_table.voiced_bias_q22;
    for (int i = 0; i < UT_PITCH_INPUTS; i++)
        score_q22 += p->x[i] * ut_pitch_table.voiced_weight[i];
    int voiced = score_q22 > 0 && p->choice_f0_q4 != 0;
    p->f0_q4 = voiced ? p->choice_f0_q4 : 0;
    p->voiced_q15 = voiced ? p->choice_q15 : p->frames[0].strength_q15[0];
}
