/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pitch.h"

#include "dsp/frame.h"
#include "dsp/spectrum.h"
#include "tests/ref/pitch.h"
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

/* Forty hops each of a voice, noise at many levels, another voice far off, silence, extremes, faint noise, a gliding
 * voice in noise, steps. */
static void mixture(struct ut_signal_voice *voice, uint32_t *random, uint32_t *phase, int hop, int16_t x[UT_FRAME_HOP])
{
    for (int i = 0; i < UT_FRAME_HOP; i++) {
        int32_t noise = ut_signal_noise(random, 32767);
        switch (hop / 40 % 8) {
        case 0:
            x[i] = ut_signal_voice(voice, 110 * 16, 0, 8000);
            break;
        case 1:
            x[i] = (int16_t)(noise >> hop % 12);
            break;
        case 2:
            x[i] = ut_signal_voice(voice, 400 * 16, 4 * 16, 8000);
            break;
        case 3:
            x[i] = 0;
            break;
        case 4:
            x[i] = noise > 0 ? INT16_MAX : INT16_MIN;
            break;
        case 5:
            x[i] = (int16_t)(noise >> 14);
            break;
        case 6:
            x[i] = (int16_t)(ut_signal_voice(voice, (uint32_t)(hop % 40 * 100 + 1200), 0, 6000) / 2 + (noise >> 5));
            break;
        default:
            x[i] = ut_signal_square(phase, hop % 40 < 20 ? 490 * 16 : 61 * 16, 32767);
            break;
        }
    }
}

/* Compares the newest hop with the definition. */
static void follow_the_judge(struct ref_pitch *judge)
{
    ref_pitch_hop(judge, frame.x4);
    for (int i = 0; i < UT_PITCH_INPUTS; i++)
        if (i < UT_PITCH_X_BANDS || i >= UT_PITCH_X_MARGIN_FINE)
            assert_int_equal(pitch.x[i], judge->x[i]);
    assert_int_equal(pitch.strength_q15, judge->frame[REF_PITCH_SPAN - 1].strength_q15);
    assert_int_equal(pitch.choice_f0_q4, judge->choice_f0_q4);
    assert_int_equal(pitch.choice_q15, judge->choice_q15);
    assert_int_equal(pitch.own_q16, judge->own_q16);
    assert_int_equal(pitch.own_frames, judge->own_n);
    for (int i = 0; i < pitch.frames[UT_PITCH_LOOKAHEAD].states; i++)
        assert_int_equal(pitch.cost_q12[i], judge->cost_q12[i]);
}

static void every_bit_is_the_definition_s(void **state)
{
    (void)state;
    static struct ref_pitch judge;
    int no_candidate = 0, no_path = 0, full = 0, leaps = 0;
    uint32_t random = 5, phase = 0;
    struct ut_signal_voice voice;
    ut_signal_voice_init(&voice, 1);
    reset();
    ref_pitch_init(&judge);
    for (int h = 0; h < 640; h++) {
        int16_t x[UT_FRAME_HOP];
        mixture(&voice, &random, &phase, h, x);
        int32_t own_q16 = pitch.own_q16;
        push(x);
        follow_the_judge(&judge);
        no_candidate += pitch.choice_f0_q4 == 0;
        no_path += pitch.choice_f0_q4 != 0 && pitch.x[UT_PITCH_X_MARGIN] == -4096;
        full += pitch.frames[UT_PITCH_LOOKAHEAD].states == UT_PITCH_STATES;
        leaps += pitch.own_frames == 30 && abs(pitch.own_q16 - own_q16) > 65536 / 5; /* 6 semitones off and more */
    }
    assert_true(no_candidate >= 5 && no_path >= 5 && full >= 20 && leaps >= 5);
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
        cmocka_unit_test(finds_voices_over_the_range),
        cmocka_unit_test(gain_does_not_matter),
        cmocka_unit_test(leaps_are_followed),
        cmocka_unit_test(own_pitch_is_kept),
        cmocka_unit_test(every_bit_is_the_definition_s),
        cmocka_unit_test(the_highest_ranks_are_kept),
        cmocka_unit_test(spectrum_and_candidate_count),
        cmocka_unit_test(noise_and_silence_are_unvoiced),
        cmocka_unit_test(strength_orders_voice_above_noise),
        cmocka_unit_test(extremes_are_defined),
        cmocka_unit_test(reset_equals_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
