/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pace.h"

#include "dsp/mlp.h"
#include "dsp/q.h"

#include <string.h>

enum {
    UNVOICED_Q8 = 10 * 256, /* unvoiced frames count as this much quieter */
    DIP_Q8 = 384,           /* a peak stands 1.5 dB above the dips on both sides */
    CENTRE = UT_PACE_SPREAD / 2,
    RISE_MAX_Q8 = 15 * 256,
    FRAMES_MAX = 50,
    UPPER_MAX = 4,
    VOICED_MAX = 25,
    CHANGE_MAX_Q8 = 12 * 256,
    MOTION_MAX_Q8 = 10 * 256,
    TRAVEL_MAX_Q8 = 127 * 256,
    ABOVE_MAX_Q8 = 41 * 256,
    SNR_MAX_Q8 = 50 * 256,
    FLOOR_ROWS = 50,         /* blocks of 0.5 s whose minima make the noise floor */
    FLOOR_BIAS_Q8 = 3 * 256, /* the minimum of noise lies this far below its mean */
    TERMS_MAX = 256,         /* the mean of the motion forgets beyond */
    ONE_Q12 = 4096,
    WEIGHT_MAX_Q12 = 6144,
    BLOCK_ROWS = 50,
    GAP_ROWS = 25, /* a shorter gap in speech belongs to it: a stop consonant, not a pause */
    SILENCE_Q8 = -128 * 256,
    SATURATED = 1 << 20
};

void ut_pace_init(struct ut_pace *p)
{
    memset(p, 0, sizeof *p);
    p->peak_q8 = SILENCE_Q8;
    p->dip_q8 = SILENCE_Q8;
    p->interval = SATURATED;
    p->gap = GAP_ROWS; /* silence before the first word */
    for (int i = 0; i < UT_PACE_MINIMA; i++)
        p->minima_q8[i] = INT16_MAX;
    p->sum_q12 = ONE_Q12 / 2; /* rounds a count to the nearest */
}

/* A level smoothed over five frames, weights 1 2 3 2 1; centred two frames back. */
static int32_t smooth(int16_t past_q8[UT_PACE_SPREAD - 1], int16_t level_q8)
{
    int32_t sum = past_q8[0] + 2 * past_q8[1] + 3 * past_q8[2] + 2 * past_q8[3] + level_q8;
    memmove(past_q8, past_q8 + 1, (UT_PACE_SPREAD - 2) * sizeof past_q8[0]);
    past_q8[UT_PACE_SPREAD - 2] = level_q8;
    return sum / 9;
}

/* Mean level of the upper bands. */
static int16_t upper_level(const struct ut_spectrum *spectrum)
{
    int32_t sum = 0;
    for (int b = UT_PACE_UPPER_FIRST; b <= UT_PACE_UPPER_LAST; b++)
        sum += spectrum->mel_q8[b];
    return (int16_t)ut_q_rshift(sum, 3);
}

/* Counts the upper bands' peaks in voiced speech. */
static void follow_upper(struct ut_pace *p, int32_t level_q8, int counts)
{
    if (p->upper_rising ? level_q8 > p->upper_turn_q8 : level_q8 < p->upper_turn_q8)
        p->upper_turn_q8 = level_q8;
    int32_t away_q8 = p->upper_rising ? p->upper_turn_q8 - level_q8 : level_q8 - p->upper_turn_q8;
    if (away_q8 < DIP_Q8)
        return;
    if (p->upper_rising && counts && p->upper < UPPER_MAX)
        p->upper++;
    p->upper_rising = !p->upper_rising;
    p->upper_turn_q8 = level_q8;
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

/* The level below which noise seldom falls: minimum statistics (Martin 2001) of the middle bands. */
static void follow_floor(struct ut_pace *p, int16_t level_q8)
{
    p->smooth_q8 = (int16_t)(p->smooth_q8 + ut_q_rshift(level_q8 - p->smooth_q8, 2));
    if (p->smooth_q8 < p->minima_q8[0])
        p->minima_q8[0] = p->smooth_q8;
    if (++p->floor_rows < FLOOR_ROWS)
        return;
    p->floor_rows = 0;
    memmove(p->minima_q8 + 1, p->minima_q8, (UT_PACE_MINIMA - 1) * sizeof p->minima_q8[0]);
    p->minima_q8[0] = INT16_MAX;
}

static int32_t floor_q8(const struct ut_pace *p)
{
    int32_t least = INT16_MAX;
    for (int i = 0; i < UT_PACE_MINIMA; i++)
        if (p->minima_q8[i] < least)
            least = p->minima_q8[i];
    return least + FLOOR_BIAS_Q8;
}

static int16_t mean_q8(int32_t sum_q8, int32_t terms)
{
    return (int16_t)(terms == 0 ? 0 : sum_q8 / terms);
}

static void measure(struct ut_pace *p, int16_t snr_q8)
{
    int32_t climb_q8 = p->any ? p->peak_q8 - p->before_q8 : 0;
    int32_t change_q8 = shape_distance(p->peak_bands_q8, p->dip_bands_q8);
    int16_t *x = p->x_q8;
    x[UT_PACE_RISE] = (int16_t)ut_q_clamp(p->peak_q8 - p->dip_q8, 0, RISE_MAX_Q8);
    x[UT_PACE_INTERVAL] = (int16_t)(ut_q_clamp(p->interval - p->peak_age, 0, FRAMES_MAX) * 256);
    x[UT_PACE_VOICED] = (int16_t)(ut_q_clamp(p->voiced, 0, VOICED_MAX) * 256);
    x[UT_PACE_CHANGE] = (int16_t)ut_q_clamp(change_q8, 0, CHANGE_MAX_Q8);
    x[UT_PACE_MOTION] = mean_q8(p->motion_q8, p->motion_frames);
    x[UT_PACE_TRAVEL] = (int16_t)p->travel_q8;
    x[UT_PACE_CLIMB] = (int16_t)ut_q_clamp(climb_q8, -RISE_MAX_Q8, RISE_MAX_Q8);
    x[UT_PACE_ABOVE] = (int16_t)ut_q_clamp(p->peak_q8 - floor_q8(p), 0, ABOVE_MAX_Q8);
    x[UT_PACE_SNR] = (int16_t)ut_q_clamp(snr_q8, 0, SNR_MAX_Q8);
    x[UT_PACE_STRENGTH] = mean_q8(p->strength_q12, p->strength_frames);
    x[UT_PACE_UNVOICED] = (int16_t)(p->unvoiced * 256);
    x[UT_PACE_SPEECH] = (int16_t)(p->spoken * 256);
    x[UT_PACE_UPPER] = (int16_t)(p->upper * 256);
}

_Static_assert((int)UT_PACE_INPUTS <= (int)UT_PACE_PADDED, "the measurements fit the network");

/* What the peak just confirmed counts for. */
static int32_t weigh(const int16_t x_q8[UT_PACE_PADDED])
{
    int64_t out_q34 = ut_mlp(x_q8, UT_PACE_PADDED, ut_pace_net_weight1_q14[0], ut_pace_net_bias1_q22,
                             ut_pace_net_weight2_q12, UT_PACE_NET_HIDDEN); /* Q8 * Q14 * Q12 */
    out_q34 += (int64_t)ut_pace_net_bias2_q16 * 262144;
    return ut_q_clamp(ut_q_sat32(ut_q_rshift64(out_q34, 22)), 0, WEIGHT_MAX_Q12);
}

/* Begins what is summed from one peak weighed to the next. */
static void begin_interval(struct ut_pace *p)
{
    p->before_q8 = p->peak_q8;
    p->interval = p->peak_age;
    p->motion_q8 = 0;
    p->motion_frames = 0;
    p->travel_q8 = 0;
    p->strength_q12 = 0;
    p->strength_frames = 0;
    p->unvoiced = 0;
    p->spoken = 0;
    p->upper = 0;
    p->any = 1;
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
static int32_t follow(struct ut_pace *p, int32_t level_q8, const int16_t *bands_q8, int voiced, int speech,
                      int16_t snr_q8)
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
    if (p->weighed) {
        measure(p, snr_q8);
        weight_q12 = weigh(p->x_q8);
        begin_interval(p);
    }
    if (p->weighed || level_q8 < p->dip_q8)
        new_dip(p, level_q8, bands_q8);
    return weight_q12;
}

/* Adds a frame to what is summed between peaks. */
static void add(struct ut_pace *p, int32_t distance_q8, int16_t strength_q15, int speech)
{
    p->motion_q8 += distance_q8;
    if (++p->motion_frames == TERMS_MAX) {
        p->motion_q8 /= 2;
        p->motion_frames /= 2;
    }
    if (strength_q15 > 0) {
        p->travel_q8 = ut_q_clamp(p->travel_q8 + distance_q8, 0, TRAVEL_MAX_Q8);
        p->strength_q12 += strength_q15 >> 3;
        if (++p->strength_frames == TERMS_MAX) {
            p->strength_q12 /= 2;
            p->strength_frames /= 2;
        }
    } else if (p->unvoiced < FRAMES_MAX) {
        p->unvoiced++;
    }
    if (speech && p->spoken < FRAMES_MAX)
        p->spoken++;
}

static void count(struct ut_pace *p, uint8_t syllable, int speech)
{
    p->counts[0] = (uint8_t)(p->counts[0] + syllable);
    p->recent += syllable;
    if (!speech) {
        if (p->gap < GAP_ROWS)
            p->gap++;
        return;
    }
    p->block_rows += 1 + (p->gap < GAP_ROWS ? p->gap : 0);
    p->gap = 0;
    if (p->block_rows >= BLOCK_ROWS) {
        p->block_rows -= BLOCK_ROWS;
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

static void start(struct ut_pace *p, int16_t level_q8, int16_t upper_q8, int16_t middle_q8,
                  const int16_t bands_q8[UT_PACE_BANDS])
{
    p->started = 1;
    p->dip_q8 = level_q8;
    p->upper_turn_q8 = upper_q8;
    p->smooth_q8 = middle_q8;
    for (int i = 0; i < UT_PACE_SPREAD - 1; i++) {
        p->past_q8[i] = level_q8;
        p->upper_past_q8[i] = upper_q8;
    }
    for (int i = 0; i < 3; i++)
        memcpy(p->bands_q8[i], bands_q8, sizeof p->bands_q8[i]);
    memcpy(p->dip_bands_q8, bands_q8, sizeof p->dip_bands_q8);
}

uint8_t ut_pace_hop(struct ut_pace *p, const struct ut_spectrum *spectrum, int16_t strength_q15, int speech,
                    int16_t snr_q8)
{
    int voiced = strength_q15 > 0;
    int16_t bands_q8[UT_PACE_BANDS];
    for (int i = 0; i < UT_PACE_BANDS; i++)
        bands_q8[i] = spectrum->mel_q8[2 * i + 1];
    int32_t less_q8 = voiced ? 0 : UNVOICED_Q8;
    int16_t level_q8 = (int16_t)(spectrum->middle_q8 - less_q8);
    int16_t upper_q8 = (int16_t)(upper_level(spectrum) - less_q8);
    if (!p->started)
        start(p, level_q8, upper_q8, spectrum->middle_q8, bands_q8);
    follow_floor(p, spectrum->middle_q8);
    p->at = (uint8_t)(p->at == 2 ? 0 : p->at + 1);
    memcpy(p->bands_q8[p->at], bands_q8, sizeof p->bands_q8[0]);
    const int16_t *centre_q8 = p->bands_q8[p->at == 2 ? 0 : p->at + 1]; /* two frames back */
    p->voiced_past = (uint8_t)(p->voiced_past << 1 | voiced);
    p->speech_past = (uint8_t)(p->speech_past << 1 | (speech != 0));
    if (p->interval < SATURATED)
        p->interval++;
    add(p, ut_q_clamp(shape_distance(bands_q8, centre_q8), 0, MOTION_MAX_Q8), strength_q15, speech);
    p->weighed = 0;
    int centre_voiced = p->voiced_past >> CENTRE & 1, centre_speech = p->speech_past >> CENTRE & 1;
    follow_upper(p, smooth(p->upper_past_q8, upper_q8), centre_voiced && centre_speech);
    int32_t weight_q12 = follow(p, smooth(p->past_q8, level_q8), centre_q8, centre_voiced, centre_speech, snr_q8);
    p->sum_q12 += weight_q12;
    uint8_t syllable = p->sum_q12 >= ONE_Q12;
    if (syllable)
        p->sum_q12 -= ONE_Q12;
    count(p, syllable, speech);
    return syllable;
}
