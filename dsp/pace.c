/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pace.h"

#include "dsp/q.h"

#include <string.h>

enum {
    UNVOICED_Q8 = 10 * 256, /* unvoiced frames count as this much quieter */
    DIP_Q8 = 384,           /* a peak stands 1.5 dB above the dips on both sides */
    CENTRE = UT_PACE_SPREAD / 2,
    RISE_MAX_Q8 = 15 * 256,
    INTERVAL_MAX = 50,
    VOICED_MAX = 25,
    CHANGE_MAX_Q8 = 12 * 256,
    MOTION_MAX_Q8 = 10 * 256,
    TRAVEL_MAX_Q8 = 200 * 256,
    MOTION_FRAMES = 256, /* the mean forgets beyond */
    ONE_Q12 = 4096,
    WEIGHT_MAX_Q12 = 6144,
    BLOCK_ROWS = 50,
    SILENCE_Q8 = -128 * 256,
    SATURATED = 1 << 20
};

/* Weights of the measurements, Q20 per unit, and the constant, Q12: fitted by models/train/pace.py. */
static const int16_t weight_q20[UT_PACE_INPUTS] = {379, 3121, 8994, -347, 753, -6677, -200};
enum { CONSTANT_Q12 = 17 };

void ut_pace_init(struct ut_pace *p)
{
    memset(p, 0, sizeof *p);
    p->peak_q8 = SILENCE_Q8;
    p->dip_q8 = SILENCE_Q8;
    p->interval = SATURATED;
    p->sum_q12 = ONE_Q12 / 2; /* rounds a count to the nearest */
}

/* The level smoothed over five frames, weights 1 2 3 2 1; centred two frames back. */
static int32_t smooth(struct ut_pace *p, int16_t level_q8)
{
    int32_t sum = p->past_q8[0] + 2 * p->past_q8[1] + 3 * p->past_q8[2] + 2 * p->past_q8[3] + level_q8;
    memmove(p->past_q8, p->past_q8 + 1, (UT_PACE_SPREAD - 2) * sizeof p->past_q8[0]);
    p->past_q8[UT_PACE_SPREAD - 2] = level_q8;
    return sum / 9;
}

static int32_t shape_distance(const int16_t *a_q8, const int16_t *b_q8)
{
    int32_t mean = 0, distance = 0;
    for (int i = 0; i < UT_PACE_BANDS; i++)
        mean += a_q8[i] - b_q8[i];
    mean = ut_q_rshift(mean, 3);
    for (int i = 0; i < UT_PACE_BANDS; i++) {
        int32_t off = a_q8[i] - b_q8[i] - mean;
        distance += off < 0 ? -off : off;
    }
    return ut_q_rshift(distance, 3);
}

/* What the peak just confirmed counts for. */
static int32_t weigh(struct ut_pace *p)
{
    int32_t climb_q8 = p->any ? p->peak_q8 - p->before_q8 : 0;
    p->x[UT_PACE_RISE] = (int16_t)ut_q_clamp(p->peak_q8 - p->dip_q8, 0, RISE_MAX_Q8);
    p->x[UT_PACE_INTERVAL] = (int16_t)ut_q_clamp(p->interval - p->peak_age, 0, INTERVAL_MAX);
    p->x[UT_PACE_VOICED] = (int16_t)ut_q_clamp(p->voiced, 0, VOICED_MAX);
    p->x[UT_PACE_CHANGE] = (int16_t)ut_q_clamp(shape_distance(p->peak_bands_q8, p->dip_bands_q8), 0, CHANGE_MAX_Q8);
    p->x[UT_PACE_MOTION] = (int16_t)(p->motion_frames == 0 ? 0 : p->motion_q8 / p->motion_frames);
    p->x[UT_PACE_TRAVEL] = (int16_t)ut_q_rshift(p->travel_q8, 8);
    p->x[UT_PACE_CLIMB] = (int16_t)ut_q_clamp(climb_q8, -RISE_MAX_Q8, RISE_MAX_Q8);

    int32_t sum_q20 = CONSTANT_Q12 * 256;
    for (int i = 0; i < UT_PACE_INPUTS; i++)
        sum_q20 += p->x[i] * weight_q20[i];
    p->before_q8 = p->peak_q8;
    p->interval = p->peak_age;
    p->motion_q8 = 0;
    p->motion_frames = 0;
    p->travel_q8 = 0;
    p->any = 1;
    return ut_q_clamp(ut_q_rshift(sum_q20, 8), 0, WEIGHT_MAX_Q12);
}

static void new_dip(struct ut_pace *p, int32_t level_q8, const int16_t *bands_q8)
{
    p->dip_q8 = level_q8;
    memcpy(p->dip_bands_q8, bands_q8, sizeof p->dip_bands_q8);
}

static void new_peak(struct ut_pace *p, int32_t level_q8, const int16_t *bands_q8, int counts)
{
    p->peak_q8 = level_q8;
    p->peak_counts = (uint8_t)counts;
    p->peak_age = 0;
    memcpy(p->peak_bands_q8, bands_q8, sizeof p->peak_bands_q8);
}

/* Follows the smoothed level of the frame two back; the weight of a peak when one is confirmed, else 0. */
static int32_t follow(struct ut_pace *p, int32_t level_q8, const int16_t *bands_q8, int voiced, int speech)
{
    int32_t weight_q12 = 0;
    if (!p->rising) {
        if (level_q8 < p->dip_q8)
            new_dip(p, level_q8, bands_q8);
        if (level_q8 >= p->dip_q8 + DIP_Q8) {
            p->rising = 1;
            p->voiced = voiced;
            new_peak(p, level_q8, bands_q8, voiced && speech);
        }
        return 0;
    }
    p->peak_age++;
    p->voiced += voiced;
    if (level_q8 > p->peak_q8)
        new_peak(p, level_q8, bands_q8, voiced && speech);
    if (level_q8 > p->peak_q8 - DIP_Q8)
        return 0;
    p->rising = 0;
    p->weighed = p->peak_counts;
    if (p->weighed)
        weight_q12 = weigh(p);
    if (p->weighed || level_q8 < p->dip_q8)
        new_dip(p, level_q8, bands_q8);
    return weight_q12;
}

static void move(struct ut_pace *p, int32_t distance_q8, int voiced)
{
    p->motion_q8 += distance_q8;
    if (++p->motion_frames == MOTION_FRAMES) {
        p->motion_q8 /= 2;
        p->motion_frames /= 2;
    }
    if (voiced)
        p->travel_q8 = ut_q_clamp(p->travel_q8 + distance_q8, 0, TRAVEL_MAX_Q8);
}

static void count(struct ut_pace *p, uint8_t syllable, int speech)
{
    p->counts[0] = (uint8_t)(p->counts[0] + syllable);
    p->recent += syllable;
    if (!speech)
        return;
    if (++p->block_rows == BLOCK_ROWS) {
        p->block_rows = 0;
        if (p->blocks < UT_PACE_BLOCKS - 1)
            p->blocks++;
        else
            p->recent -= p->counts[UT_PACE_BLOCKS - 1];
        memmove(p->counts + 1, p->counts, (UT_PACE_BLOCKS - 1) * sizeof p->counts[0]);
        p->counts[0] = 0;
    }
    int32_t rows = p->blocks * BLOCK_ROWS + p->block_rows;
    p->pace_q8 = (uint16_t)(rows < 2 * BLOCK_ROWS ? 0 : p->recent * 25600 / rows); /* 100 frames per second, Q8 */
}

uint8_t ut_pace_hop(struct ut_pace *p, const struct ut_spectrum *spectrum, int voiced, int speech)
{
    int16_t bands_q8[UT_PACE_BANDS];
    for (int i = 0; i < UT_PACE_BANDS; i++)
        bands_q8[i] = spectrum->mel_q8[2 * i + 1];
    int16_t level_q8 = (int16_t)(spectrum->middle_q8 - (voiced ? 0 : UNVOICED_Q8));
    if (!p->started) {
        p->started = 1;
        p->dip_q8 = level_q8;
        for (int i = 0; i < UT_PACE_SPREAD - 1; i++)
            p->past_q8[i] = level_q8;
        for (int i = 0; i < 3; i++)
            memcpy(p->bands_q8[i], bands_q8, sizeof p->bands_q8[i]);
        memcpy(p->dip_bands_q8, bands_q8, sizeof p->dip_bands_q8);
    }
    p->at = (uint8_t)(p->at == 2 ? 0 : p->at + 1);
    memcpy(p->bands_q8[p->at], bands_q8, sizeof p->bands_q8[0]);
    const int16_t *centre_q8 = p->bands_q8[p->at == 2 ? 0 : p->at + 1]; /* two frames back */
    p->voiced_past = (uint8_t)(p->voiced_past << 1 | (voiced != 0));
    p->speech_past = (uint8_t)(p->speech_past << 1 | (speech != 0));
    if (p->interval < SATURATED)
        p->interval++;
    move(p, ut_q_clamp(shape_distance(bands_q8, centre_q8), 0, MOTION_MAX_Q8), voiced);
    p->weighed = 0;
    int32_t weight_q12 =
        follow(p, smooth(p, level_q8), centre_q8, p->voiced_past >> CENTRE & 1, p->speech_past >> CENTRE & 1);
    p->sum_q12 += weight_q12;
    uint8_t syllable = p->sum_q12 >= ONE_Q12;
    if (syllable)
        p->sum_q12 -= ONE_Q12;
    count(p, syllable, speech);
    return syllable;
}
