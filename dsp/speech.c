/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/speech.h"

#include "dsp/mlp.h"
#include "dsp/q.h"

#include <string.h>

enum {
    MINIMA_ROWS = 50,
    FLOOR_LEAST_Q8 = -110 * 256,     /* a band's share of the quantisation noise of 16-bit audio */
    FLOOR_BELOW_Q8 = 44 * 256,       /* the floor is no further below the peak: a room's noise that comes and goes */
    PEAK_START_Q8 = 28 * 256,        /* above the quietest frame of the first second: a clip may begin in a word */
    PEAK_START_LEAST_Q8 = -75 * 256, /* after digital silence */
    START_ROWS = 100,
    PEAK_FALL_Q16 = 655,   /* 1 dB/s */
    PEAK_RISE_Q16 = 32768, /* 0.5 dB per frame of speech: a bang that is taken for speech is short */
    LOUD_FALL_Q16 = 39322, /* 60 dB/s: whatever was loud is forgotten within a second */
    BELOW_CAP_Q8 = 48 * 256,
    RANGE_CAP_Q8 = 48 * 256,
    CREST_CAP_Q8 = 48 * 256,
    FLOOR_BIAS_Q8 = 3 * 256, /* the minimum of noise lies this far below its mean */
    BAND_CAP_Q8 = 24 * 256,  /* one loud band cannot decide alone */
    FLUX_CAP_Q8 = 8 * 256,
    PRODUCT_CAP_Q8 = 12 * 256,
    LEVEL_LEAST_Q8 = -95 * 256,  /* quieter frames are never speech */
    STEADY_Q8 = 154,             /* bands move less than 0.6 dB per frame ... */
    STEADY_STRENGTH_Q15 = 22938, /* ... with periodicity above 0.7 ... */
    STEADY_ROWS = 30,            /* ... for 300 ms: a tone */
    SPEECH_LEVEL_SHIFT = 7,      /* follows speech with 1.28 s */
    SNR_START_Q8 = 20 * 256,     /* until speech has been heard */
    SNR_BIAS_Q8 = 6 * 256,       /* speech's power lies 4 dB above its mean level, noise's 1 above its least (3 here) */
    SNR_MAX_Q8 = 96 * 256,
    BANDS_PER_GROUP = 4,
    LEVEL_TRACK = UT_SPECTRUM_BANDS,
    UPPER_PEAK = UT_SPEECH_GROUPS,
    LEVEL_PEAK
};

void ut_speech_init(struct ut_speech *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i <= UT_SPEECH_MINIMA; i++)
        for (int track = 0; track < UT_SPEECH_TRACKS; track++)
            s->minima_q8[i][track] = INT16_MAX;
    for (int track = 0; track < UT_SPEECH_TRACKS; track++)
        s->least_q8[track] = INT16_MAX;
    s->snr_q8 = SNR_START_Q8;
    ut_doubt_init(&s->doubt);
}

static void track(struct ut_speech *s, int i, int16_t level_q8)
{
    if (s->rows == 0)
        s->smooth_q8[i] = level_q8;
    s->smooth_q8[i] = (int16_t)(s->smooth_q8[i] + ut_q_rshift(level_q8 - s->smooth_q8[i], 2));
    if (s->smooth_q8[i] < s->minima_q8[0][i])
        s->minima_q8[0][i] = s->smooth_q8[i];
}

static int32_t floor_q8(const struct ut_speech *s, int track)
{
    int32_t least = s->minima_q8[0][track] < s->least_q8[track] ? s->minima_q8[0][track] : s->least_q8[track];
    return (least > s->floor_least_q8 ? least : s->floor_least_q8) + FLOOR_BIAS_Q8;
}

static void next_block(struct ut_speech *s)
{
    memmove(s->minima_q8 + 1, s->minima_q8, UT_SPEECH_MINIMA * sizeof s->minima_q8[0]);
    for (int track = 0; track < UT_SPEECH_TRACKS; track++) {
        s->minima_q8[0][track] = INT16_MAX;
        s->least_q8[track] = INT16_MAX;
        for (int i = 1; i <= UT_SPEECH_MINIMA; i++)
            if (s->minima_q8[i][track] < s->least_q8[track])
                s->least_q8[track] = s->minima_q8[i][track];
    }
}

/* Puts the newest values into the rings and their sums. */
static void remember(struct ut_speech *s, int32_t above_q8, int32_t strength_q8)
{
    int32_t oldest = s->above_q8[s->above_at];
    int32_t halfway = s->above_q8[(s->above_at + UT_SPEECH_LONG - UT_SPEECH_SHORT) % UT_SPEECH_LONG];
    s->above_short += above_q8 - halfway;
    s->above_long += above_q8 - oldest;
    s->above_squares += (uint32_t)(above_q8 * above_q8) - (uint32_t)(oldest * oldest);
    s->above_q8[s->above_at] = (int16_t)above_q8;
    s->above_at = (s->above_at + 1) % UT_SPEECH_LONG;
    s->strength_short += strength_q8 - s->strength_q8[s->strength_at];
    s->strength_q8[s->strength_at] = (int16_t)strength_q8;
    s->strength_at = (s->strength_at + 1) % UT_SPEECH_SHORT;
}

/* Standard deviation of the last 40 values above the floor. 40 squares of 24 dB Q8 fit 32 bits. */
static int32_t depth(const struct ut_speech *s, int32_t heard)
{
    uint32_t n = heard < UT_SPEECH_LONG ? (uint32_t)heard : UT_SPEECH_LONG;
    uint32_t mean_q12 = ((uint32_t)s->above_long << 4) / n;
    uint32_t mean_of_squares = s->above_squares / n;
    uint32_t square_of_mean = (uint32_t)(((uint64_t)mean_q12 * mean_q12) >> 8); /* Q12 * Q12 >> 8 = Q16 */
    return mean_of_squares > square_of_mean ? (int32_t)ut_q_sqrt32(mean_of_squares - square_of_mean) : 0;
}

/* A level's peak of late: what speech has reached, or what is loud just now. */
static int32_t follow_peak(struct ut_speech *s, int i, int32_t level_q8)
{
    if (s->rows < START_ROWS) {
        int32_t start_q8 = level_q8 + PEAK_START_Q8;
        int32_t start_q16 = (start_q8 > PEAK_START_LEAST_Q8 ? start_q8 : PEAK_START_LEAST_Q8) * 256;
        if (s->rows == 0 || start_q16 < s->peak_q16[i])
            s->peak_q16[i] = start_q16;
    }
    if (s->rows == 0)
        s->loud_q16[i] = level_q8 * 256;
    s->peak_q16[i] -= PEAK_FALL_Q16;
    if (s->peak_q16[i] < FLOOR_LEAST_Q8 * 256)
        s->peak_q16[i] = FLOOR_LEAST_Q8 * 256;
    int32_t above_q16 = level_q8 * 256 - s->peak_q16[i];
    if (s->speech && above_q16 > 0)
        s->peak_q16[i] += above_q16 < PEAK_RISE_Q16 ? above_q16 : PEAK_RISE_Q16;
    s->loud_q16[i] -= LOUD_FALL_Q16;
    if (s->loud_q16[i] < level_q8 * 256)
        s->loud_q16[i] = level_q8 * 256;
    return ut_q_rshift(s->peak_q16[i] > s->loud_q16[i] ? s->peak_q16[i] : s->loud_q16[i], 8);
}

static void measure(struct ut_speech *s, const int16_t *mel_q8, int32_t level_q8, int16_t strength_q15,
                    int16_t x_q8[UT_SPEECH_INPUTS])
{
    int32_t all = 0, moved = 0, upper = 0, most = INT16_MIN, sum = 0;
    for (int b = UT_SPEECH_UPPER; b < UT_SPECTRUM_BANDS; b++)
        upper += mel_q8[b];
    int32_t upper_q8 = ut_q_rshift(upper, 4); /* of 16 bands */
    int32_t peak_q8 = follow_peak(s, UPPER_PEAK, upper_q8);
    s->floor_least_q8 = (int16_t)ut_q_clamp(peak_q8 - FLOOR_BELOW_Q8, FLOOR_LEAST_Q8, INT16_MAX);
    for (int g = 0; g < UT_SPEECH_GROUPS; g++) {
        int32_t above = 0, level = 0, floor = 0;
        for (int b = g * BANDS_PER_GROUP; b < (g + 1) * BANDS_PER_GROUP; b++) {
            int32_t band_floor_q8 = floor_q8(s, b);
            above += ut_q_clamp(mel_q8[b] - band_floor_q8, 0, BAND_CAP_Q8);
            level += mel_q8[b];
            floor += band_floor_q8;
            int32_t step = s->rows == 0 ? 0 : mel_q8[b] - s->before_q8[b];
            moved += step < 0 ? -step : step;
            s->before_q8[b] = mel_q8[b];
            if (mel_q8[b] > most)
                most = mel_q8[b];
        }
        int32_t group_peak_q8 = follow_peak(s, g, ut_q_rshift(level, 2)); /* of four bands */
        x_q8[UT_SPEECH_ABOVE + g] = (int16_t)(above / BANDS_PER_GROUP);
        x_q8[UT_SPEECH_RANGE + g] = (int16_t)ut_q_clamp(group_peak_q8 - ut_q_rshift(floor, 2), 0, RANGE_CAP_Q8);
        all += above;
        sum += level;
    }
    int32_t strength_q8 = strength_q15 >> 7;
    int32_t above_q8 = all / UT_SPECTRUM_BANDS;
    remember(s, above_q8, strength_q8);

    int32_t heard = s->rows + 1;
    int32_t recent = heard < UT_SPEECH_SHORT ? heard : UT_SPEECH_SHORT;
    int32_t capped = above_q8 < PRODUCT_CAP_Q8 ? above_q8 : PRODUCT_CAP_Q8;
    x_q8[UT_SPEECH_STRENGTH] = (int16_t)strength_q8;
    x_q8[UT_SPEECH_FLUX] = (int16_t)ut_q_clamp(moved / UT_SPECTRUM_BANDS, 0, FLUX_CAP_Q8);
    x_q8[UT_SPEECH_ABOVE_MEAN] = (int16_t)(s->above_short / recent);
    x_q8[UT_SPEECH_ABOVE_DEPTH] = (int16_t)depth(s, heard);
    x_q8[UT_SPEECH_STRENGTH_MEAN] = (int16_t)(s->strength_short / recent);
    x_q8[UT_SPEECH_PRODUCT] = (int16_t)ut_q_rshift(capped * strength_q8, 8); /* Q8 * Q8 >> 8 */
    x_q8[UT_SPEECH_BELOW] = (int16_t)ut_q_clamp(peak_q8 - upper_q8, 0, BELOW_CAP_Q8);
    x_q8[UT_SPEECH_CREST] = (int16_t)ut_q_clamp(most - sum / UT_SPECTRUM_BANDS, 0, CREST_CAP_Q8);
    x_q8[UT_SPEECH_LEVEL_BELOW] = (int16_t)ut_q_clamp(follow_peak(s, LEVEL_PEAK, level_q8) - level_q8, 0, BELOW_CAP_Q8);
}

_Static_assert((int)UT_SPEECH_INPUTS <= (int)UT_SPEECH_PADDED, "the measurements fit the network");
_Static_assert((int)UT_SPEECH_INPUTS == (int)UT_DOUBT_MEASUREMENTS, "the doubt hears them all");

/* Log-odds of speech, Q16. */
static int32_t score(const int16_t x_q8[UT_SPEECH_PADDED])
{
    int64_t out = ut_mlp(x_q8, UT_SPEECH_PADDED, ut_speech_net_weight1_q12[0], ut_speech_net_bias1_q20,
                         ut_speech_net_weight2_q12, UT_SPEECH_NET_HIDDEN); /* Q8 * Q12 * Q12 = Q32 */
    out += (int64_t)ut_speech_net_bias2_q16 * 65536;
    return ut_q_sat32(ut_q_rshift64(out, 16));
}

/* The SNR: running speech level against the floor of the whole level. */
static void follow_speech(struct ut_speech *s, int16_t level_q8)
{
    int32_t level_q16 = level_q8 * 256;
    if (s->speech_level_q16 == 0) /* 0 dBFS: none heard yet */
        s->speech_level_q16 = level_q16;
    s->speech_level_q16 += ut_q_rshift(level_q16 - s->speech_level_q16, SPEECH_LEVEL_SHIFT);
    int32_t snr_q8 = ut_q_rshift(s->speech_level_q16, 8) - floor_q8(s, LEVEL_TRACK) + SNR_BIAS_Q8;
    s->snr_q8 = (int16_t)ut_q_clamp(snr_q8, 0, SNR_MAX_Q8);
}

/* Puts the newest measurements into the ring and forms the network's input: the mean over the ring. */
static void average(struct ut_speech *s, const int16_t x_q8[UT_SPEECH_INPUTS])
{
    for (int i = 0; i < UT_SPEECH_INPUTS; i++) {
        s->sum_q8[i] += x_q8[i] - s->x_q8[s->at][i];
        s->x_q8[s->at][i] = x_q8[i];
        s->mean_q8[i] = (int16_t)(s->sum_q8[i] / UT_SPEECH_SPAN);
    }
}

void ut_speech_hop(struct ut_speech *s, const struct ut_spectrum *spectrum, int16_t level_q8, int16_t strength_q15,
                   uint16_t f0_q4)
{
    int16_t x_q8[UT_SPEECH_INPUTS];
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        track(s, b, spectrum->mel_q8[b]);
    track(s, LEVEL_TRACK, level_q8);
    measure(s, spectrum->mel_q8, level_q8, strength_q15, x_q8);
    ut_doubt_row(&s->doubt, x_q8, spectrum, f0_q4);
    s->rows++;
    if (s->rows % MINIMA_ROWS == 0)
        next_block(s);
    if (s->rows == START_ROWS + 60000)
        s->rows -= 60000; /* stays past every beginning; a multiple of MINIMA_ROWS keeps the block's phase */

    int before = (s->at + UT_SPEECH_SPAN - 1) % UT_SPEECH_SPAN;
    int middle = (s->at + UT_SPEECH_SPAN - UT_SPEECH_LOOKAHEAD) % UT_SPEECH_SPAN;
    int steady = x_q8[UT_SPEECH_FLUX] < STEADY_Q8 && strength_q15 > STEADY_STRENGTH_Q15;
    s->steady[s->at] = (uint8_t)(steady ? ut_q_clamp(s->steady[before] + 1, 0, 255) : 0);
    s->level_q8[s->at] = level_q8;
    average(s, x_q8);
    s->at = (s->at + 1) % UT_SPEECH_SPAN;

    s->score_q16 = ut_q_sat32((int64_t)score(s->mean_q8) + s->doubt.doubt_q16);
    s->tonal = s->steady[middle] >= STEADY_ROWS;
    s->speech = s->score_q16 > 0 && s->level_q8[middle] >= LEVEL_LEAST_Q8 && !s->tonal;
    if (s->speech)
        follow_speech(s, s->level_q8[middle]);
}
