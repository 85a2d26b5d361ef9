/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/features.h"

#include "dsp/log2.h"
#include "dsp/pitch_table.h"
#include "dsp/q.h"

#include <string.h>

enum {
    SPECTRUM_AT = 6,   /* x8[6] is the sample before the window centred at 10 (n - 2) ms */
    ATTACK_SHIFT = 3,  /* own level rises with 80 ms ... */
    DECAY_SHIFT = 9,   /* ... and falls with 5 s of speech */
    OWN_F0_ROWS = 500, /* the mean forgets with 5 s of voiced speech */
    X_LOWEST_Q8 = -80 * 256,
    X_HIGHEST_Q8 = 40 * 256,
    LOUDNESS_ZERO_Q8 = -80 * 256
};

int ut_features_tables(void)
{
    return ut_pitch_table.set;
}

void ut_features_init(struct ut_features *f)
{
    memset(f, 0, sizeof *f);
    ut_frame_init(&f->frame);
    ut_level_init(&f->level);
    ut_pitch_init(&f->pitch);
    ut_speech_init(&f->speech);
    ut_pace_init(&f->pace);
    f->own_level_q16 = UT_LEVEL_FLOOR_Q8 * 256;
    for (int i = 0; i < UT_FEATURES_SLOPE_ROWS; i++)
        f->past_level_q8[i] = UT_LEVEL_FLOOR_Q8;
}

uint8_t ut_features_loudness(int16_t level_q8)
{
    int32_t halves = ut_q_rshift((level_q8 - LOUDNESS_ZERO_Q8) * 5, 9); /* 80 dB = 200 halves: 2.5 per dB */
    return (uint8_t)ut_q_clamp(halves, 0, 200);
}

static void follow_speaker(struct ut_features *f, const struct ut_row *row)
{
    /* Before the first speech the own level follows everything, so that it never depends on an absolute level. */
    if (row->speech && !f->heard_speech) {
        f->heard_speech = 1;
        f->own_level_q16 = row->level_q8 * 256;
    }
    if (row->speech || !f->heard_speech) {
        int32_t up = row->level_q8 * 256 - f->own_level_q16;
        f->own_level_q16 += up > 0 ? ut_q_rshift(up, ATTACK_SHIFT) : ut_q_rshift(up, DECAY_SHIFT);
    }
    if (row->speech && row->f0_q4 != 0) {
        if (f->own_f0_rows < OWN_F0_ROWS)
            f->own_f0_rows++;
        int32_t off_q16 = ut_log2_semitones_q8(row->f0_q4) * 256 - f->own_f0_q16;
        f->own_f0_q16 += off_q16 / f->own_f0_rows;
    }
}

static int16_t limit(int32_t x_q8)
{
    return (int16_t)ut_q_clamp(x_q8, X_LOWEST_Q8, X_HIGHEST_Q8);
}

static void fill_vector(struct ut_features *f, struct ut_row *row)
{
    int16_t f0_q8 = (int16_t)ut_log2_semitones_q8(row->f0_q4);
    int16_t f0_before_q8 = f->past_f0_q8[0];
    int32_t own_level_q8 = ut_q_rshift(f->own_level_q16, 8);
    int16_t *x = row->x;
    if (f0_q8 != 0)
        f->f0_held_q8 = f0_q8;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        x[UT_X_MEL + b] = limit(row->spectrum.mel_q8[b] - own_level_q8);
    x[UT_X_LEVEL] = limit(row->level_q8 - own_level_q8);
    x[UT_X_LEVEL_DELTA] = limit(row->level_q8 - f->past_level_q8[0]);
    x[UT_X_HIGH] = limit(row->high_q8 - row->level_q8);
    x[UT_X_F0] = f->f0_held_q8;
    x[UT_X_F0_REL] = f0_q8 != 0 ? limit(f0_q8 - ut_q_rshift(f->own_f0_q16, 8)) : 0;
    x[UT_X_F0_DELTA] = f0_q8 != 0 && f0_before_q8 != 0 ? limit(f0_q8 - f0_before_q8) : 0;
    x[UT_X_VOICING] = (int16_t)(row->voicing_q15 >> 3);
    x[UT_X_PACE] = (int16_t)row->pace_q8;

    for (int i = 0; i + 1 < UT_FEATURES_SLOPE_ROWS; i++) {
        f->past_level_q8[i] = f->past_level_q8[i + 1];
        f->past_f0_q8[i] = f->past_f0_q8[i + 1];
    }
    f->past_level_q8[UT_FEATURES_SLOPE_ROWS - 1] = row->level_q8;
    f->past_f0_q8[UT_FEATURES_SLOPE_ROWS - 1] = f0_q8;
}

/* Level, spectrum and periodicity of the row two hops back; its speech score. */
static void analyse(struct ut_features *f, struct ut_row *row)
{
    row->level_q8 = f->level.level_q8;
    row->high_q8 = f->level.high_q8;
    ut_spectrum_bands(f->frame.x8 + SPECTRUM_AT, &row->spectrum);
    ut_speech_hop(&f->speech, &row->spectrum, row->level_q8, f->pitch.strength_q15, f->pitch.f0_q4);
}

/* Pitch, speech and pace of the row four hops back. */
static void decide(struct ut_features *f, int32_t k, struct ut_row *row)
{
    ut_pitch_decide(&f->pitch, &row->spectrum);
    row->t_ms = 10 * k;
    row->f0_q4 = f->pitch.f0_q4;
    row->voicing_q15 = f->pitch.voiced_q15;
    row->speech = f->speech.speech && !f->foreign;
    row->tonal = f->speech.tonal;
    row->snr_q8 = f->speech.snr_q8;
    int16_t strength_q15 = row->f0_q4 != 0 ? row->voicing_q15 : 0;
    row->syllable = ut_pace_hop(&f->pace, &row->spectrum, strength_q15, row->speech, row->snr_q8);
    row->pace_q8 = f->pace.pace_q8;
    follow_speaker(f, row);
    fill_vector(f, row);
}

const struct ut_spectrum *ut_features_newest(const struct ut_features *f)
{
    return &f->ring[(f->hops - 2) % UT_FEATURES_LOOKAHEAD].spectrum;
}

int ut_features_push(struct ut_features *f, const int16_t *x, int stride, int n, struct ut_row *row, int *ready)
{
    int complete;
    int taken = ut_frame_push(&f->frame, x, stride, n, &complete);
    *ready = 0;
    if (!complete)
        return taken;
    f->hops++;
    f->ring[(f->hops - 1) % UT_FEATURES_LOOKAHEAD].clipped = (uint8_t)f->frame.clipped;
    ut_level_hop(&f->level, f->frame.even + UT_FRAME_EVEN, f->frame.odd + UT_FRAME_ODD,
                 f->frame.x8 + UT_FRAME_X8 - UT_FRAME_HOP / 2);
    ut_pitch_hop(&f->pitch, f->frame.x4);
    if (f->hops >= 2)
        analyse(f, &f->ring[(f->hops - 2) % UT_FEATURES_LOOKAHEAD]);
    if (f->hops >= UT_FEATURES_LOOKAHEAD) {
        int32_t k = f->hops - UT_FEATURES_LOOKAHEAD;
        decide(f, k, &f->ring[k % UT_FEATURES_LOOKAHEAD]);
        *row = f->ring[k % UT_FEATURES_LOOKAHEAD];
        *ready = 1;
    }
    return taken;
}

const struct ut_row *ut_features_row(const struct ut_features *f)
{
    return f->hops < UT_FEATURES_LOOKAHEAD ? NULL : &f->ring[f->hops % UT_FEATURES_LOOKAHEAD];
}
