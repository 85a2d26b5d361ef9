/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/speech.h"

#include "dsp/q.h"

#include <string.h>

enum {
    MINIMA_ROWS = 50,
    FLOOR_START_Q8 = -75 * 256,  /* band level taken for noise until there has been time to look */
    FLOOR_LEAST_Q8 = -85 * 256,  /* quantisation noise of 16-bit audio */
    FLOOR_BIAS_Q8 = 3 * 256,     /* the minimum lies this far below the mean of noise */
    BAND_CAP_Q8 = 24 * 256,      /* one loud band cannot decide alone */
    LEVEL_LEAST_Q8 = -75 * 256,  /* quieter frames are never speech */
    ABOVE_LEAST_Q8 = 3 * 256,    /* nor are frames this near the floor */
    PERIODIC_WEIGHT_Q8 = 12 * 256, /* full periodicity counts as 12 dB above the floor */
    THRESHOLD_Q8 = 13 * 256,
    STEADY_Q8 = 154,             /* bands move less than 0.6 dB per frame ... */
    STEADY_STRENGTH_Q15 = 22938, /* ... with periodicity above 0.7 ... */
    STEADY_ROWS = 30,            /* ... for 300 ms: a tone */
    SNR_SHIFT = 7                /* the SNR follows speech with 1.28 s */
};

void ut_speech_init(struct ut_speech *s)
{
    memset(s, 0, sizeof *s);
    for (int i = 0; i <= UT_SPEECH_MINIMA; i++)
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            s->minima_q8[i][b] = FLOOR_START_Q8;
    s->snr_q16 = 20 * 65536;
    s->snr_q8 = 20 * 256;
}

static void track_floor(struct ut_speech *s, const int16_t *mel_q8)
{
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        if (!s->started)
            s->smooth_q8[b] = mel_q8[b];
        s->smooth_q8[b] = (int16_t)(s->smooth_q8[b] + ut_q_rshift(mel_q8[b] - s->smooth_q8[b], 2));
        if (s->smooth_q8[b] < s->minima_q8[0][b])
            s->minima_q8[0][b] = s->smooth_q8[b] > FLOOR_LEAST_Q8 ? s->smooth_q8[b] : FLOOR_LEAST_Q8;
    }
    s->started = 1;
    if (++s->rows == MINIMA_ROWS) {
        s->rows = 0;
        memmove(s->minima_q8 + 1, s->minima_q8, UT_SPEECH_MINIMA * sizeof s->minima_q8[0]);
        memcpy(s->minima_q8[0], s->smooth_q8, sizeof s->minima_q8[0]);
    }
}

static int32_t floor_q8(const struct ut_speech *s, int b)
{
    int32_t least = s->minima_q8[0][b];
    for (int i = 1; i <= UT_SPEECH_MINIMA; i++)
        if (s->minima_q8[i][b] < least)
            least = s->minima_q8[i][b];
    return least + FLOOR_BIAS_Q8;
}

void ut_speech_hop(struct ut_speech *s, const struct ut_spectrum *spectrum, int16_t level_q8, int16_t strength_q15)
{
    const int16_t *mel_q8 = spectrum->mel_q8;
    track_floor(s, mel_q8);
    int32_t above = 0, moved = 0;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        above += ut_q_clamp(mel_q8[b] - floor_q8(s, b), 0, BAND_CAP_Q8);
        int32_t step = mel_q8[b] - s->before_q8[b];
        moved += step < 0 ? -step : step;
        s->before_q8[b] = mel_q8[b];
    }
    above /= UT_SPECTRUM_BANDS;
    moved /= UT_SPECTRUM_BANDS;

    int32_t score = above + ut_q_rshift(strength_q15 * PERIODIC_WEIGHT_Q8, 15) - THRESHOLD_Q8;
    if (level_q8 < LEVEL_LEAST_Q8 || above < ABOVE_LEAST_Q8)
        score = -THRESHOLD_Q8;

    memmove(s->scores_q8, s->scores_q8 + 1, sizeof s->scores_q8 - sizeof s->scores_q8[0]);
    memmove(s->above_q8, s->above_q8 + 1, sizeof s->above_q8 - sizeof s->above_q8[0]);
    memmove(s->steady, s->steady + 1, sizeof s->steady - sizeof s->steady[0]);
    int last = UT_SPEECH_SPAN - 1;
    s->scores_q8[last] = ut_q_sat16(score);
    s->above_q8[last] = (int16_t)above;
    int steady = moved < STEADY_Q8 && strength_q15 > STEADY_STRENGTH_Q15;
    s->steady[last] = (uint8_t)(steady ? ut_q_clamp(s->steady[last - 1] + 1, 0, 255) : 0);

    int32_t sum = 0;
    for (int i = 0; i < UT_SPEECH_SPAN; i++)
        sum += s->scores_q8[i];
    s->tonal = s->steady[UT_SPEECH_LOOKAHEAD] >= STEADY_ROWS;
    s->speech = sum > 0 && !s->tonal;
    if (s->speech)
        s->snr_q16 += ut_q_rshift(s->above_q8[UT_SPEECH_LOOKAHEAD] * 256 - s->snr_q16, SNR_SHIFT);
    s->snr_q8 = (int16_t)ut_q_rshift(s->snr_q16, 8);
}
