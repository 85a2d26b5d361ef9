/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/two_channels.h"

#include "dsp/q.h"

#include <string.h>

enum {
    LAGS = UT_TWO_CHANNELS_LAGS,
    BANDS = UT_TWO_CHANNELS_BANDS,
    GROUPS = UT_TWO_CHANNELS_GROUPS,
    FIRST_BAND = 2,
    GROUP_BANDS = UT_SPECTRUM_BANDS / GROUPS,
    ACTIVE = 1 << BANDS,
    RISE_Q5 = 32,            /* per row, of the peak: no click sets it */
    FALL_ROWS = 6,           /* for 1/32 dB: 0.5 dB/s */
    ACTIVE_Q5 = 25 * 32,     /* a row this far below the peak is none ... */
    HELD_Q5 = 6 * 32,        /* a channel this little above the floor holds nothing to compare */
    LEAST_Q5 = 20 * 32,      /* ... nor is one this little above the floor */
    LEAST_DOWN_Q5 = -3 * 32, /* a source is this much stronger here than in the other channel ... */
    MOST_DOWN_Q5 = 50 * 32,  /* ... and this much weaker is not heard there */
    FOUND_ROWS = 40,         /* compared before anything is found */
    FOUND_Q12 = 2600,        /* share of equal changes: chance gives 2048 +- 90, the most seen without a leak 2442 */
    LOST_Q12 = 2300,
    BETTER_Q12 = 100,   /* another lag takes over */
    LEARN_BANDS = 10,   /* a row with fewer equal changes says nothing about gains: both speak */
    FAST_ROWS = 40,     /* after a path was found its gains move by ... */
    FAST_STEP_Q8 = 256, /* ... so much per row ... */
    STEP_Q8 = 32,       /* ... and then by so much: running medians */
    START_GAIN_Q8 = -20 * 256,
    DECAY_Q8 = 2 * 256,   /* per row, of what is expected: reverberation, a codec's smear */
    MARGIN_Q8 = 4 * 256,  /* a group counts by what lies this far above what is expected */
    FOREIGN_Q8 = 2 * 256, /* less of that, as a mean of the groups: the other's sound alone */
    MOST_EXCESS_Q8 = 24 * 256,
    SAME_GAIN_Q8 = -8 * 256,  /* a copy, not a leak ... */
    EQUAL_GAIN_Q8 = -4 * 256, /* a copy that is speech there, too */
    OWN_Q12 = 600,            /* ... unless this channel holds more than that in so many of its active rows ... */
    OWN_SHIFT = 9,            /* ... of the last 5 s */
    BOTH_HEARD = 200,         /* rows of speech in each: separate */
    NOBODY_HEARD = 20         /* fewer beside UT_TWO_CHANNELS_HEARD: silent */
};

_Static_assert(GROUPS == 4 && ACTIVE == 1 << 15, "sums and bits are taken so");

void ut_two_channels_init(struct ut_two_channels *t)
{
    memset(t, 0, sizeof *t);
}

static int bits_set(uint32_t x)
{
    x = x - (x >> 1 & 0x5555u);
    x = (x & 0x3333u) + (x >> 2 & 0x3333u);
    x = (x + (x >> 4)) & 0x0f0fu;
    return (int)((x + (x >> 8)) & 31u);
}

/* The groups' mean above the floor, dB Q5: four halves of dB together are eighths. */
static int32_t mean_q5(const uint8_t level[GROUPS])
{
    return (level[0] + level[1] + level[2] + level[3]) * 4;
}

static void take(struct ut_two_channels_side *s, int at, const struct ut_spectrum *x)
{
    uint32_t change = 0;
    for (int b = 0; b < BANDS; b++) {
        int32_t up_q8 = x->mel_q8[FIRST_BAND + b] - s->smooth_q8[b];
        change |= (uint32_t)(up_q8 > 0) << b;
        s->smooth_q8[b] = (int16_t)(s->smooth_q8[b] + (up_q8 >> 2));
    }
    for (int g = 0; g < GROUPS; g++) {
        int32_t sum_q8 = 0;
        for (int b = 0; b < GROUP_BANDS; b++)
            sum_q8 += x->mel_q8[GROUP_BANDS * g + b] - UT_SPECTRUM_FLOOR_Q8;
        s->level[at][g] = (uint8_t)ut_q_clamp(sum_q8 / GROUP_BANDS >> 7, 0, 255);
    }
    int32_t level_q5 = mean_q5(s->level[at]);
    if (level_q5 > s->peak_q5)
        s->peak_q5 = (int16_t)(level_q5 - s->peak_q5 > RISE_Q5 ? s->peak_q5 + RISE_Q5 : level_q5);
    else if (at % FALL_ROWS == 0 && s->peak_q5 > 0)
        s->peak_q5--;
    if (level_q5 > s->peak_q5 - ACTIVE_Q5 && level_q5 > LEAST_Q5)
        change |= ACTIVE;
    s->change[at] = (uint16_t)change;
}

/* Whether a source's row may be what this channel holds now. */
static int may_come_from(const struct ut_two_channels_side *from, int i, int32_t own_q5)
{
    if ((from->change[i] & ACTIVE) == 0 || own_q5 < HELD_Q5)
        return 0;
    int32_t down_q5 = mean_q5(from->level[i]) - own_q5;
    return down_q5 >= LEAST_DOWN_Q5 && down_q5 <= MOST_DOWN_Q5;
}

/* Of BANDS changes, how many are the same. */
static int alike(const struct ut_two_channels_side *from, int i, const struct ut_two_channels_side *to, int at)
{
    return BANDS - bits_set((uint32_t)(from->change[i] ^ to->change[at]) & (ACTIVE - 1));
}

static void find(struct ut_two_channels_path *p, const struct ut_two_channels_side *from,
                 const struct ut_two_channels_side *to, int at)
{
    int shift = p->compared < 32 ? 4 : p->compared < 64 ? 5 : p->compared < 128 ? 6 : 7;
    int32_t own_q5 = mean_q5(to->level[at]);
    int i = at, best = 0;
    for (int lag = 0; lag < LAGS; lag++) {
        if (may_come_from(from, i, own_q5)) {
            int equal = alike(from, i, to, at);
            p->agree_q12[lag] = (uint16_t)(p->agree_q12[lag] + ((equal * 4096 / BANDS - p->agree_q12[lag]) >> shift));
        }
        best = p->agree_q12[lag] > p->agree_q12[best] ? lag : best;
        i = i > 0 ? i - 1 : LAGS - 1;
    }
    if ((from->change[at] & ACTIVE) != 0 && p->compared < 255)
        p->compared++;
    if (p->compared >= FOUND_ROWS && p->agree_q12[best] > FOUND_Q12) {
        if (p->found == 0) {
            for (int g = 0; g < GROUPS; g++)
                p->gain_q8[g] = START_GAIN_Q8;
            p->own_q12 = 0;
        }
        if (p->found == 0 || p->agree_q12[best] > p->agree_q12[p->lag] + BETTER_Q12)
            p->lag = (uint8_t)best;
        p->found = (uint8_t)(p->found < 255 ? p->found + 1 : 255);
    } else if (p->agree_q12[p->lag] < LOST_Q12) {
        p->found = 0;
    }
}

/* Whether this channel holds nothing but what comes from the other one. */
static int foreign(struct ut_two_channels_path *p, const struct ut_two_channels_side *from,
                   const struct ut_two_channels_side *to, int at)
{
    int now = at >= p->lag ? at - p->lag : at - p->lag + LAGS;
    int before = now > 0 ? now - 1 : LAGS - 1;
    int after = p->lag == 0 ? now : now + 1 < LAGS ? now + 1 : 0;
    int learns = may_come_from(from, now, mean_q5(to->level[at])) && alike(from, now, to, at) >= LEARN_BANDS;
    int32_t step_q8 = p->found < FAST_ROWS ? FAST_STEP_Q8 : STEP_Q8, excess_q8 = 0;
    if (p->found == 0)
        return 0;
    for (int g = 0; g < GROUPS; g++) {
        int32_t own_q8 = to->level[at][g] * 128, was_q8 = from->level[now][g] * 128;
        if (learns)
            p->gain_q8[g] = (int16_t)(p->gain_q8[g] + (own_q8 - was_q8 > p->gain_q8[g] ? step_q8 : -step_q8));
        int most = from->level[before][g] > from->level[after][g] ? before : after;
        int32_t most_q8 = from->level[most][g] * 128;
        int32_t expected_q8 = (most_q8 > was_q8 ? most_q8 : was_q8) + p->gain_q8[g];
        int32_t fading_q8 = p->expected_q8[g] - DECAY_Q8;
        p->expected_q8[g] = ut_q_sat16(expected_q8 > fading_q8 ? expected_q8 : fading_q8);
        excess_q8 += ut_q_clamp(own_q8 - p->expected_q8[g] - MARGIN_Q8, 0, INT16_MAX);
    }
    excess_q8 = ut_q_clamp(excess_q8 >> 2, 0, MOST_EXCESS_Q8);
    p->excess_q8 = (int16_t)(p->excess_q8 + ((excess_q8 - p->excess_q8) >> 1));
    int is_foreign = p->excess_q8 < FOREIGN_Q8;
    if ((to->change[at] & ACTIVE) != 0)
        p->own_q12 = (uint16_t)(p->own_q12 + (((is_foreign ? 0 : 4096) - p->own_q12) >> OWN_SHIFT));
    return is_foreign;
}

static int is_copy(const struct ut_two_channels *t, int to)
{
    return t->path[to].found >= FAST_ROWS && t->path[to].own_q12 < OWN_Q12 &&
           ut_two_channels_gain_q8(t, to) > SAME_GAIN_Q8;
}

static uint8_t judge(const struct ut_two_channels *t)
{
    const struct ut_two_channels_side *a = &t->side[0], *b = &t->side[1];
    if (is_copy(t, 0) || is_copy(t, 1))
        return UT_CHANNELS_SAME;
    if (t->path[0].found > 0 || t->path[1].found > 0)
        return UT_CHANNELS_LEAK;
    if (a->heard >= BOTH_HEARD && b->heard >= BOTH_HEARD)
        return UT_CHANNELS_SEPARATE;
    if (a->heard < UT_TWO_CHANNELS_HEARD && b->heard < UT_TWO_CHANNELS_HEARD)
        return UT_CHANNELS_UNKNOWN;
    if (a->heard >= NOBODY_HEARD && b->heard >= NOBODY_HEARD)
        return UT_CHANNELS_SEPARATE;
    return a->peak_q5 == 0 || b->peak_q5 == 0 ? UT_CHANNELS_ONE : UT_CHANNELS_SILENT;
}

void ut_two_channels_hop(struct ut_two_channels *t, const struct ut_spectrum *first, const struct ut_spectrum *second)
{
    t->at = (uint8_t)(t->at + 1 < LAGS ? t->at + 1 : 0);
    take(&t->side[0], t->at, first);
    take(&t->side[1], t->at, second);
    for (int to = 0; to < 2; to++) {
        struct ut_two_channels_path *p = &t->path[to];
        find(p, &t->side[1 - to], &t->side[to], t->at);
        t->foreign[to] = (uint8_t)foreign(p, &t->side[1 - to], &t->side[to], t->at);
    }
    t->state = judge(t);
    for (int i = 0; i < 2 && t->state == UT_CHANNELS_SAME; i++) /* whose the speech is cannot be told */
        if (ut_two_channels_gain_q8(t, i) > EQUAL_GAIN_Q8)
            t->foreign[i] = 0;
}

void ut_two_channels_heard(struct ut_two_channels *t, const uint8_t speech[2])
{
    for (int i = 0; i < 2; i++)
        if (speech[i] != 0 && t->side[i].heard < UT_TWO_CHANNELS_HEARD)
            t->side[i].heard++;
}

int ut_two_channels_about(const struct ut_two_channels *t, int channel)
{
    if (t->state == UT_CHANNELS_SILENT || t->state == UT_CHANNELS_ONE)
        return t->side[channel].heard < NOBODY_HEARD;
    return t->path[channel].found > 0;
}

int32_t ut_two_channels_gain_q8(const struct ut_two_channels *t, int to)
{
    const int16_t *gain_q8 = t->path[to].gain_q8;
    return (gain_q8[1] + gain_q8[2]) >> 1; /* the outer ones lie partly outside a telephone's band */
}
