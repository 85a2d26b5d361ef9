/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pitch.h"

#include "dsp/frame.h"
#include "dsp/spectrum.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ut_frame frame;
static struct ut_pitch pitch;
static struct ut_spectrum spectra[UT_PITCH_LOOKAHEAD + 1]; /* of the frames in flight, oldest first */

static void reset(void)
{
    ut_frame_init(&frame);
    ut_pitch_init(&pitch);
    memset(spectra, 0, sizeof spectra);
}

static void push(const int16_t hop[UT_FRAME_HOP])
{
    int complete = 0;
    ut_frame_push(&frame, hop, 1, UT_FRAME_HOP, &complete);
    assert_int_equal(complete, 1);
    ut_pitch_hop(&pitch, frame.x4);
    for (int i = 0; i < UT_PITCH_LOOKAHEAD; i++)
        spectra[i] = spectra[i + 1];
    ut_spectrum_bands(frame.x8 + 6, &spectra[UT_PITCH_LOOKAHEAD]);
    ut_pitch_decide(&pitch, &spectra[0]);
}

/* Pushes one hop of a voice-like signal at hz; whether the pitch of the frame read out is within 1 % of it. */
static int follows(struct ut_signal_voice *voice, uint32_t hz, int32_t strength)
{
    int16_t x[UT_FRAME_HOP];
    for (int i = 0; i < UT_FRAME_HOP; i++)
        x[i] = ut_signal_voice(voice, hz * 16, 0, strength);
    push(x);
    return fabs(pitch.f0_q4 / 16.0 / hz - 1) < 0.01;
}

/* Pushes `hops` hops of a voice-like signal at hz; the share of the last `hops - 10` that are within 1 % of it. */
static double found(uint32_t hz, int hops, int32_t strength)
{
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 1);
    reset();
    int right = 0;
    for (int h = 0; h < hops; h++) {
        int here = follows(&voice, hz, strength);
        right += h >= 10 && here;
    }
    return (double)right / (hops - 10);
}

static void finds_voices_over_the_range(void **state)
{
    (void)state;
    const uint32_t hz[] = {65, 80, 100, 130, 170, 220, 290, 370, 460};
    for (size_t i = 0; i < sizeof hz / sizeof hz[0]; i++)
        assert_true(found(hz[i], 40, 8000) > 0.95);
}

static void gain_does_not_matter(void **state)
{
    (void)state;
    assert_true(found(120, 40, 25000) > 0.95);
    assert_true(found(120, 40, 800) > 0.95);
}

/* The speaker's own pitch is a preference only: half a second after any leap the voice is followed. */
static void leaps_are_followed(void **state)
{
    (void)state;
    const uint32_t hz[] = {110, 220, 110, 330, 90};
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 1);
    reset();
    for (size_t i = 0; i < sizeof hz / sizeof hz[0]; i++) {
        int right = 0;
        for (int h = 0; h < 150; h++) {
            int here = follows(&voice, hz[i], 8000);
            right += h >= 50 && here;
        }
        assert_true(right >= 98);
    }
}

static void own_pitch_is_kept(void **state)
{
    (void)state;
    found(130, 150, 8000);
    assert_int_equal(pitch.own_frames, 30);
    assert_true(abs(pitch.own_q16 - 65536 * 1489 / 100) < 65536 / 5); /* 12 log2(130 / 55) = 14.89 semitones */
}

/* A voice, noise, another voice far off, silence. */
static void mixture(struct ut_signal_voice *voice, uint32_t *random, int hop, int16_t x[UT_FRAME_HOP])
{
    for (int i = 0; i < UT_FRAME_HOP; i++)
        x[i] = hop / 40 == 0   ? ut_signal_voice(voice, 130 * 16, 0, 8000)
               : hop / 40 == 1 ? ut_signal_noise(random, 6000 >> hop % 8)
               : hop / 40 == 2 ? ut_signal_voice(voice, 400 * 16, 4 * 16, 8000)
                               : 0;
}

/* Mean and least r over lags 8..67 by SPEC.md "Pitch" in double precision, from the history and the peak level. */
static void define_r(double *mean, double *least)
{
    int bits = 0, shift = 12;
    for (int i = 0; i < 110; i++)
        bits |= frame.x4[i] < 0 ? ~frame.x4[i] : frame.x4[i];
    for (int left = bits; left > 0; left /= 2)
        shift--;
    if (bits == 0)
        shift = 0;
    int32_t octaves_q8 = (pitch.peak_level_q8 - 32 * 256 + shift * 1541) * 85 / 256;
    octaves_q8 = octaves_q8 < 0 ? 0 : octaves_q8 > 24 * 256 ? 24 * 256 : octaves_q8;
    double floor_energy = 40 * ldexp(1 + octaves_q8 % 256 / 256.0, octaves_q8 / 256);
    *mean = 0;
    *least = 1;
    for (int lag = 8; lag <= 67; lag++) {
        double product = 0, energy = 0;
        for (int i = 35; i < 75; i++) {
            double a = floor(ldexp(frame.x4[i - lag / 2], shift) + 0.5);
            double b = floor(ldexp(frame.x4[i - lag / 2 + lag], shift) + 0.5);
            product += a * b;
            energy += a * a + b * b;
        }
        double r = product / (energy / 2 + floor_energy);
        *mean += r / 60;
        *least = fmin(*least, r);
    }
}

static void the_decision_weighs_what_it_says(void **state)
{
    (void)state;
    int16_t strength[164] = {0}, below[164] = {0};
    double mean[164] = {0}, least[164] = {0};
    int no_candidate = 0, no_path = 0;
    uint32_t random = 5;
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 1);
    reset();
    for (int h = 4; h < 164; h++) {
        int16_t x[UT_FRAME_HOP];
        mixture(&voice, &random, h - 4, x);
        push(x);
        strength[h] = (int16_t)(pitch.strength_q15 / 8);
        int32_t below_q8 = pitch.peak_level_q8 - pitch.level_q8;
        below[h] = (int16_t)(below_q8 < 60 * 256 ? below_q8 : 60 * 256);
        define_r(&mean[h], &least[h]);
        for (int i = 0; i < UT_PITCH_SPAN; i++) {
            int at = h - 4 + i;
            assert_int_equal(pitch.x[UT_PITCH_X_STRENGTH + i], strength[at]);
            assert_int_equal(pitch.x[UT_PITCH_X_BELOW + i], below[at]);
            assert_true(fabs(pitch.x[UT_PITCH_X_MEAN + i] / 4096.0 - mean[at]) < 0.0006);
            assert_true(fabs(pitch.x[UT_PITCH_X_LEAST + i] / 4096.0 - least[at]) < 0.0006);
        }
        const struct ut_pitch_frame *f = &pitch.frames[0];
        int margin = pitch.x[UT_PITCH_X_MARGIN], fine = pitch.x[UT_PITCH_X_MARGIN_FINE], chosen = 0;
        assert_int_equal(fine, margin > 614 ? 614 : margin < -614 ? -614 : margin);
        for (int i = 1; i < f->states; i++)
            chosen |= pitch.choice_f0_q4 == f->f0_q4[i] && pitch.choice_q15 == f->strength_q15[i];
        assert_int_equal(chosen, f->states > 1);
        assert_int_equal(pitch.x[UT_PITCH_X_CHOICE], chosen ? pitch.choice_q15 / 8 : 0);
        assert_true(chosen || pitch.choice_f0_q4 == 0);
        no_candidate += !chosen;
        no_path += chosen && margin == -4096;
    }
    assert_true(no_candidate >= 5 && no_path >= 5);
}

/* Rank is r less what long lags and a strange pitch lose; a strange one is dropped before a likelier one. */
static void ranks_are_those_of_the_definition(void **state)
{
    (void)state;
    int strange = 0, far = 0, full = 0;
    uint32_t random = 5;
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 1);
    reset();
    for (int h = 0; h < 160; h++) {
        double own = pitch.own_q16 / 65536.0, sure = pitch.own_frames < 20 ? pitch.own_frames : 20;
        int16_t x[UT_FRAME_HOP];
        mixture(&voice, &random, h, x);
        push(x);
        const struct ut_pitch_frame *f = &pitch.frames[UT_PITCH_LOOKAHEAD];
        if (pitch.own_q16 / 65536.0 != own) /* only a voiced frame moves it */
            assert_true(pitch.x[UT_PITCH_X_MARGIN] > 0);
        for (int i = 1; i < f->states; i++) {
            double r = f->strength_q15[i] / 32768.0, lag = 4000 / (f->f0_q4[i] / 16.0);
            double away = (fabs(12 * log2(f->f0_q4[i] / 16.0 / 55) - own) - 6) / 12;
            double rank = r * (1 - 0.2246 * lag / 68) - 0.01 * sure * fmax(0, fmin(away, 1));
            assert_true(fabs(f->rank_q15[i] / 32768.0 - rank) < 0.0015);
            strange += away > 0 && sure == 20;
            far += away > 1 && sure == 20;
        }
        full += f->states == UT_PITCH_STATES;
    }
    assert_true(strange > 50 && far > 10 && full > 10);
}

/* r is the same at every multiple of the period: the shortest four rank highest. */
static void the_highest_ranks_are_kept(void **state)
{
    (void)state;
    assert_true(found(490, 40, 8000) > 0.95);
    const struct ut_pitch_frame *f = &pitch.frames[UT_PITCH_LOOKAHEAD];
    assert_int_equal(f->states, UT_PITCH_STATES);
    int seen = 0;
    for (int i = 1; i < f->states; i++)
        for (int k = 1; k <= 4; k++)
            seen |= fabs(f->f0_q4[i] / 16.0 * k / 490 - 1) < 0.02 ? 1 << k : 0;
    assert_int_equal(seen, 0x1E);
}

/* The same periodicity is voice under a voice's spectrum and not under a hiss's; without a candidate nothing is. */
static void spectrum_and_candidate_count(void **state)
{
    (void)state;
    struct ut_spectrum falls, rises;
    found(150, 40, 8000);
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++) {
        falls.mel_q8[b] = (int16_t)(256 * (-30 - b));
        rises.mel_q8[b] = (int16_t)(256 * (-110 + 5 * b));
    }
    pitch.x[UT_PITCH_X_MARGIN_FINE] = pitch.x[UT_PITCH_X_MARGIN] = 0;
    int under_voice = 0, under_hiss = 0;
    for (int strength_q12 = 0; strength_q12 <= 4096; strength_q12 += 64) {
        for (int i = 0; i < UT_PITCH_SPAN; i++) {
            pitch.x[UT_PITCH_X_STRENGTH + i] = (int16_t)strength_q12;
            pitch.x[UT_PITCH_X_BELOW + i] = 15 * 256;
        }
        pitch.x[UT_PITCH_X_CHOICE] = (int16_t)strength_q12;
        ut_pitch_decide(&pitch, &falls);
        under_voice += pitch.f0_q4 != 0;
        ut_pitch_decide(&pitch, &rises);
        under_hiss += pitch.f0_q4 != 0;
    }
    assert_in_range(under_voice, 10, 60);
    assert_in_range(under_hiss, 0, under_voice - 5);
    pitch.choice_f0_q4 = 0;
    ut_pitch_decide(&pitch, &falls);
    assert_int_equal(pitch.f0_q4, 0);
    assert_int_equal(pitch.voiced_q15, pitch.frames[0].strength_q15[0]);
}

static void noise_and_silence_are_unvoiced(void **state)
{
    (void)state;
    uint32_t random = 4;
    int voiced = 0;
    reset();
    for (int h = 0; h < 100; h++) {
        int16_t x[UT_FRAME_HOP];
        for (int i = 0; i < UT_FRAME_HOP; i++)
            x[i] = h < 60 ? ut_signal_noise(&random, 6000) : 0;
        push(x);
        voiced += pitch.f0_q4 != 0;
        assert_true(pitch.strength_q15 >= 0);
    }
    assert_true(voiced <= 3);
}

static void strength_orders_voice_above_noise(void **state)
{
    (void)state;
    found(150, 30, 8000);
    int16_t voice = pitch.strength_q15;
    uint32_t random = 8;
    int32_t sum = 0;
    reset();
    for (int h = 0; h < 40; h++) {
        int16_t x[UT_FRAME_HOP];
        for (int i = 0; i < UT_FRAME_HOP; i++)
            x[i] = ut_signal_noise(&random, 6000);
        push(x);
        sum += pitch.strength_q15;
    }
    assert_true(voice > 26000);
    assert_true(sum / 40 < 18000);
}

static void extremes_are_defined(void **state)
{
    (void)state;
    uint32_t random = 6, phase = 0;
    reset();
    for (int h = 0; h < 200; h++) {
        int16_t x[UT_FRAME_HOP];
        for (int i = 0; i < UT_FRAME_HOP; i++) {
            if (h < 50)
                x[i] = INT16_MIN;
            else if (h < 100)
                x[i] = (int16_t)(ut_signal_random(&random) & 1 ? INT16_MIN : INT16_MAX);
            else if (h < 150)
                x[i] = ut_signal_square(&phase, 100 * 16, 32767);
            else
                x[i] = (int16_t)(i & 1);
        }
        push(x);
        assert_true(pitch.f0_q4 == 0 || (pitch.f0_q4 >= 60 * 16 && pitch.f0_q4 <= 500 * 16));
        if (h >= 110 && h < 150)
            assert_true(fabs(pitch.f0_q4 / 1600.0 - 1) < 0.02);
    }
}

static void reset_equals_new(void **state)
{
    (void)state;
    static struct ut_pitch fresh;
    memset(&fresh, 0xA5, sizeof fresh);
    ut_pitch_init(&fresh);
    found(200, 20, 8000);
    ut_pitch_init(&pitch);
    assert_memory_equal(&pitch, &fresh, sizeof fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_voices_over_the_range),       cmocka_unit_test(gain_does_not_matter),
        cmocka_unit_test(leaps_are_followed),                cmocka_unit_test(own_pitch_is_kept),
        cmocka_unit_test(the_decision_weighs_what_it_says),  cmocka_unit_test(ranks_are_those_of_the_definition),
        cmocka_unit_test(the_highest_ranks_are_kept),        cmocka_unit_test(spectrum_and_candidate_count),
        cmocka_unit_test(noise_and_silence_are_unvoiced),    cmocka_unit_test(strength_orders_voice_above_noise),
        cmocka_unit_test(extremes_are_defined),              cmocka_unit_test(reset_equals_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
