/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pitch.h"

#include "dsp/dot.h"
#include "dsp/log2.h"
#include "dsp/q.h"

#include <string.h>

/* Numbers found by a search on half of the sentences with a laryngograph reference; DESIGN.md "Pitch" has the figures
 * on the other half. Costs are Q12, levels dB Q8. */
enum {
    PEAK_MIN_Q15 = 6088,       /* 0.186: weaker peaks are no candidates */
    LAG_WEIGHT_Q15 = 108,      /* 0.2246 / 68: a candidate loses this share of its strength per sample of lag */
    UNVOICED_Q12 = 1962,       /* 0.479: what a frame without pitch costs */
    SWITCH_Q12 = 1878,         /* 0.458: voiced to unvoiced or back ... */
    SWITCH_PER_DB_Q12 = 45,    /* ... 0.011 less per dB the level moves the same way */
    SWITCH_MIN_Q12 = 82,       /* ... but never below 0.02 */
    JUMP_PER_OCTAVE_Q12 = 1475, /* 0.360 */
    JUMP_OCTAVES_MAX_Q8 = 509, /* 1.99 octaves */
    QUIET_Q8 = 36 * 256,       /* further below the running peak than this costs a voiced frame ... */
    QUIET_PER_DB_Q12 = 84,     /* ... 0.0206 per dB */
    PEAK_DECAY_Q8 = 6,         /* 0.023 dB per 10 ms */
    PEAK_START_Q8 = 40 * 256,  /* -50 dBFS */
    FLOOR_Q8 = 32 * 256        /* energy added to the denominator: this far below the running peak */
};

enum {
    BLOCK = 40,
    BLOCK_START = 35, /* position of the block in x4: centred at 10 (n - 2) ms, see SPEC.md "Delays" */
    REACH = UT_PITCH_LAG_MAX / 2,
    USED = BLOCK_START + BLOCK + REACH + 1,
    SAMPLE_BITS = 12, /* block-normalised magnitude: 110 squares and 40 products fit 32 bits */
    BIT_Q8 = 1541,    /* 20 log10(2) */
    BLOCK_Q8 = 4101   /* 10 log10(BLOCK) */
};

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

static void normalise(const int16_t *x4, struct window *w)
{
    int32_t bits = 0;
    for (int i = 0; i < USED; i++)
        bits |= x4[i] ^ (x4[i] >> 15); /* magnitude, less one LSB for negative values */
    w->shift = bits == 0 ? 0 : ut_q_clz32((uint32_t)bits) - (32 - SAMPLE_BITS);
    int left = w->shift > 0 ? w->shift : 0;
    int right = w->shift < 0 ? -w->shift : 0;
    int32_t half = right > 0 ? (int32_t)1 << (right - 1) : 0;
    uint32_t sum = 0;
    for (int i = 0; i < USED; i++) {
        int32_t y = (x4[i] * (1 << left) + half) >> right;
        w->y[i] = (int16_t)y;
        w->before[i] = sum;
        sum += (uint32_t)(y * y);
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

/* num / den as Q15, |num| <= den assumed and enforced; den > 0 */
static int16_t ratio_q15(int32_t num, uint32_t den)
{
    int drop = 17 - ut_q_clz32(den); /* keep 15 bits of the denominator */
    if (drop > 0) {
        num = ut_q_rshift(num, drop);
        den = (den + (1u << (drop - 1))) >> drop;
    }
    return (int16_t)ut_q_clamp(num * 32767 / (int32_t)den, -32767, 32767);
}

/* Energy in the scale of y that lies FLOOR below the running peak: 40 samples' worth. */
static uint32_t floor_energy(const struct ut_pitch *p, int shift)
{
    int32_t level_q8 = p->peak_level_q8 - FLOOR_Q8 + shift * BIT_Q8;
    int32_t log2_q8 = level_q8 * 85 / 256;                         /* dB / 3.0103 = dB * 0.3322 */
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
    return strength_q15 - (int32_t)(((int64_t)strength_q15 * lag_q8 * LAG_WEIGHT_Q15) >> 23); /* Q15 * Q8 * Q15 >> 23 */
}

/* Adds a candidate, keeping the strongest by weighted strength. */
static void offer(struct ut_pitch_frame *f, int32_t rank[UT_PITCH_STATES], int32_t lag_q8, int16_t strength_q15)
{
    uint32_t f0_q4 = (uint32_t)((64000 * 256 + lag_q8 / 2) / lag_q8); /* 4000 Hz Q4 / lag */
    if (f0_q4 < 60 * 16 || f0_q4 > 500 * 16)
        return;
    int32_t value = weighted(strength_q15, lag_q8);
    int slot = f->states;
    if (slot == UT_PITCH_STATES) {
        slot = 1;
        for (int i = 2; i < UT_PITCH_STATES; i++)
            if (rank[i] < rank[slot])
                slot = i;
        if (rank[slot] >= value)
            return;
    } else {
        f->states++;
    }
    rank[slot] = value;
    f->f0_q4[slot] = (uint16_t)f0_q4;
    f->semitones_q8[slot] = (int16_t)ut_log2_semitones_q8(f0_q4);
    f->strength_q15[slot] = strength_q15;
}

static void find_candidates(const int16_t r_q15[UT_PITCH_LAGS], struct ut_pitch_frame *f, int32_t rank[UT_PITCH_STATES])
{
    f->states = 1;
    for (int i = 1; i < UT_PITCH_LAGS - 1; i++) {
        int32_t left = r_q15[i - 1], mid = r_q15[i], right = r_q15[i + 1];
        if (mid <= PEAK_MIN_Q15 || mid <= left || mid < right)
            continue;
        int32_t curve = 2 * mid - left - right;              /* > 0 at a peak */
        int32_t offset_q8 = (right - left) * 128 / curve;    /* parabola's vertex, -0.5..0.5 of a sample */
        int32_t strength = mid + (right - left) * offset_q8 / 1024;
        offer(f, rank, (i + UT_PITCH_LAG_MIN) * 256 + offset_q8, ut_q_sat16(strength));
    }
}

/* What going from state `from` of the previous frame to state `to` of this one costs. */
static int32_t transition_q12(const struct ut_pitch_frame *prev, int from, const struct ut_pitch_frame *next, int to,
                              int32_t rise_q8)
{
    if (from == 0 && to == 0)
        return 0;
    if (from == 0 || to == 0) {
        int32_t helps_q8 = to == 0 ? -rise_q8 : rise_q8;
        int32_t cost = SWITCH_Q12 - (helps_q8 > 0 ? helps_q8 * SWITCH_PER_DB_Q12 / 256 : 0);
        return cost < SWITCH_MIN_Q12 ? SWITCH_MIN_Q12 : cost;
    }
    int32_t jump_q8 = (next->semitones_q8[to] - prev->semitones_q8[from]) / 12; /* octaves */
    if (jump_q8 < 0)
        jump_q8 = -jump_q8;
    return (jump_q8 < JUMP_OCTAVES_MAX_Q8 ? jump_q8 : JUMP_OCTAVES_MAX_Q8) * JUMP_PER_OCTAVE_Q12 / 256;
}

static void advance(struct ut_pitch *p, const int32_t rank[UT_PITCH_STATES], int32_t rise_q8)
{
    const struct ut_pitch_frame *prev = &p->frames[UT_PITCH_LOOKAHEAD - 1];
    struct ut_pitch_frame *next = &p->frames[UT_PITCH_LOOKAHEAD];
    int32_t quiet_q8 = p->peak_level_q8 - QUIET_Q8 - p->level_q8;
    int32_t quiet_q12 = quiet_q8 > 0 ? quiet_q8 * QUIET_PER_DB_Q12 / 256 : 0;
    int32_t cost_q12[UT_PITCH_STATES];
    int32_t least = INT32_MAX;
    for (int to = 0; to < next->states; to++) {
        int32_t best = INT32_MAX;
        for (int from = 0; from < prev->states; from++) {
            int32_t c = p->cost_q12[from] + transition_q12(prev, from, next, to, rise_q8);
            if (c < best) {
                best = c;
                next->from[to] = (uint8_t)from;
            }
        }
        cost_q12[to] = best + (to == 0 ? UNVOICED_Q12 : 4096 - ut_q_rshift(rank[to], 3) + quiet_q12);
        if (cost_q12[to] < least)
            least = cost_q12[to];
    }
    for (int i = 0; i < next->states; i++)
        p->cost_q12[i] = cost_q12[i] - least;
}

static void read_out(struct ut_pitch *p)
{
    int state = 0;
    for (int i = 1; i < p->frames[UT_PITCH_LOOKAHEAD].states; i++)
        if (p->cost_q12[i] < p->cost_q12[state])
            state = i;
    for (int i = UT_PITCH_LOOKAHEAD; i > 0; i--)
        state = p->frames[i].from[state];
    p->f0_q4 = p->frames[0].f0_q4[state];
    p->voiced_q15 = p->frames[0].strength_q15[state];
}

void ut_pitch_hop(struct ut_pitch *p, const int16_t x4[UT_FRAME_X4])
{
    struct window w;
    int16_t r_q15[UT_PITCH_LAGS + 2]; /* from the even lag below the least one on */
    int32_t rank[UT_PITCH_STATES] = {0};

    normalise(x4, &w);
    int32_t level_q8 = block_level_q8(&w);
    int32_t rise_q8 = level_q8 - p->level_q8;
    p->level_q8 = level_q8;
    p->peak_level_q8 -= PEAK_DECAY_Q8;
    if (p->peak_level_q8 < level_q8)
        p->peak_level_q8 = level_q8;

    correlate(p, &w, r_q15);
    for (int i = 0; i < UT_PITCH_LOOKAHEAD; i++)
        p->frames[i] = p->frames[i + 1];
    struct ut_pitch_frame *f = &p->frames[UT_PITCH_LOOKAHEAD];
    memset(f, 0, sizeof *f);
    find_candidates(r_q15 + UT_PITCH_LAG_MIN % 2, f, rank);
    advance(p, rank, rise_q8);

    p->strength_q15 = 0;
    for (int i = 1; i < f->states; i++)
        if (f->strength_q15[i] > p->strength_q15)
            p->strength_q15 = f->strength_q15[i];
    f->strength_q15[0] = p->strength_q15; /* an unvoiced frame keeps what periodicity there is */
    read_out(p);
}
