/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/speech.h"

#include "dsp/features.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum kind { SILENCE, NOISE, HUM, TONE, DIAL_TONE, BUSY_TONE, SQUARE, VOICE, VOICE_IN_NOISE };

static struct ut_features features;
static struct ut_signal_voice voice;
static uint32_t random_state, phase[2], samples;

static void reset(void)
{
    ut_features_init(&features);
    ut_signal_voice_init(&voice, 2);
    random_state = 12;
    phase[0] = phase[1] = samples = 0;
}

static int16_t sample(enum kind kind, int32_t strength)
{
    switch (kind) {
    case NOISE:
        return ut_signal_noise(&random_state, strength);
    case HUM:
        return ut_signal_sine(&phase[0], 50 * 16, strength);
    case TONE:
        return ut_signal_sine(&phase[0], 440 * 16, strength);
    case DIAL_TONE:
        return (int16_t)(ut_signal_sine(&phase[0], 350 * 16, strength) + ut_signal_sine(&phase[1], 440 * 16, strength));
    case BUSY_TONE: /* 0.5 s in each second */
        if (samples++ / 8000 % 2 != 0)
            return ut_signal_noise(&random_state, 3);
        return (int16_t)(ut_signal_sine(&phase[0], 480 * 16, strength) + ut_signal_sine(&phase[1], 620 * 16, strength));
    case SQUARE:
        return ut_signal_square(&phase[0], 100 * 16, 32767);
    case VOICE:
        return ut_signal_voice(&voice, 130 * 16, 4 * 16, strength);
    case VOICE_IN_NOISE:
        return (int16_t)(ut_signal_voice(&voice, 130 * 16, 4 * 16, strength) +
                         ut_signal_noise(&random_state, strength / 16));
    case SILENCE:
    default:
        return 0;
    }
}

/* The share of speech among the rows of `ms` of a signal; *tonal, unless NULL, the share of tonal rows. */
static double speech_share(enum kind kind, int32_t strength, int ms, double *tonal)
{
    int rows = 0, speech = 0, tones = 0;
    for (int i = 0; i < ms * 16; i++) {
        struct ut_row row;
        int ready;
        int16_t x = sample(kind, strength);
        assert_int_equal(ut_features_push(&features, &x, 1, 1, &row, &ready), 1);
        if (ready) {
            rows++;
            speech += row.speech;
            tones += row.tonal;
        }
    }
    if (tonal != NULL)
        *tonal = (double)tones / rows;
    return (double)speech / rows;
}

static void voice_is_speech(void **state)
{
    (void)state;
    for (int32_t strength = 400; strength <= 16000; strength *= 6) {
        reset();
        speech_share(SILENCE, 0, 500, NULL);
        assert_true(speech_share(VOICE, strength, 3000, NULL) > 0.75);
        assert_true(speech_share(SILENCE, 0, 1000, NULL) < 0.1);
    }
    reset();
    speech_share(SILENCE, 0, 500, NULL);
    assert_true(speech_share(VOICE, 100, 3000, NULL) > 0.5); /* its loudest frames are at -53 dBFS */
}

static void voice_in_noise_is_speech(void **state)
{
    (void)state;
    reset();
    speech_share(NOISE, 500, 2000, NULL);
    assert_true(speech_share(VOICE_IN_NOISE, 8000, 3000, NULL) > 0.7);
}

static void noise_hum_and_tones_are_not(void **state)
{
    (void)state;
    const enum kind kinds[] = {SILENCE, NOISE, HUM, SQUARE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        reset();
        assert_true(speech_share(kinds[i], 3000, 4000, NULL) < 0.05);
    }
    for (enum kind kind = TONE; kind <= BUSY_TONE; kind++) {
        reset();
        speech_share(kind, 6000, 500, NULL);
        double tonal;
        assert_true(speech_share(kind, 6000, 3000, &tonal) < (kind == BUSY_TONE ? 0.15 : 0.1)); /* its edges count */
    }
    double tonal;
    reset();
    speech_share(SQUARE, 0, 1000, NULL);
    speech_share(SQUARE, 0, 1000, &tonal);
    assert_true(tonal > 0.95);
}

static void hops(struct ut_speech *s, int n, int band_dbfs, int low_band_dbfs, int level_dbfs)
{
    struct ut_spectrum spectrum;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        spectrum.mel_q8[b] = (int16_t)((b == 1 ? low_band_dbfs : band_dbfs) * 256);
    for (int i = 0; i < n; i++)
        ut_speech_hop(s, &spectrum, (int16_t)(level_dbfs * 256), 0, 0);
}

/* Thirty steady rows make a tone, no fewer; a row that moves, or is less periodic, begins anew. */
static void thirty_steady_rows_are_a_tone(void **state)
{
    (void)state;
    enum { NEEDED = 30, STEADY_Q15 = 22939 };
    static struct ut_speech s;
    struct ut_spectrum spectrum;
    memset(&spectrum, 0, sizeof spectrum);
    for (int fault = 0; fault < 3; fault++) { /* 0: none, 1: the bands move, 2: not periodic enough */
        ut_speech_init(&s);
        for (int row = 1; row <= 3 * NEEDED; row++) {
            const int faulty = fault != 0 && row == NEEDED;
            const int from = fault == 0 ? 0 : NEEDED + (fault == 1); /* away and back again */
            for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
                spectrum.mel_q8[b] = (int16_t)(-40 * 256 + (faulty && fault == 1 ? 154 : 0));
            ut_speech_hop(&s, &spectrum, -30 * 256, faulty && fault == 2 ? STEADY_Q15 - 1 : STEADY_Q15, 0);
            assert_int_equal(s.tonal, row - UT_SPEECH_LOOKAHEAD - from >= NEEDED);
        }
    }
}

/* A peak stands 28 dB above the least frame of the first second. Speech lifts it by 0.5 dB a frame and it falls by
 * 1 dB/s; what else is loud is at once the peak, and forgotten with 60 dB/s. */
static void peaks_of_speech_and_of_the_rest(void **state)
{
    (void)state;
    static struct ut_speech s;
    ut_speech_init(&s);
    hops(&s, 50, -40, -40, -30);
    hops(&s, 150, -60, -60, -50); /* begun in a loud sound; the least came later, for half a second */
    assert_in_range(s.mean_q8[UT_SPEECH_BELOW], 265 * 256 / 10 - 8, 265 * 256 / 10 + 8);
    assert_in_range(s.mean_q8[UT_SPEECH_LEVEL_BELOW], 265 * 256 / 10 - 8, 265 * 256 / 10 + 8);
    for (int g = 0; g < UT_SPEECH_GROUPS; g++) /* the floor is at -57 */
        assert_in_range(s.mean_q8[UT_SPEECH_RANGE + g], 235 * 256 / 10 - 8, 235 * 256 / 10 + 8);
    hops(&s, 1, -10, -10, 0);
    assert_int_equal(s.loud_q16[0], -10 * 65536);
    hops(&s, 20 + UT_SPEECH_LOOKAHEAD, -60, -60, -50); /* the mean of five frames is that of the middle one */
    assert_in_range(s.mean_q8[UT_SPEECH_BELOW], 38 * 256 - 8, 38 * 256 + 8);
    hops(&s, 40, -60, -60, -50);
    assert_in_range(s.mean_q8[UT_SPEECH_BELOW], 25 * 256, 26 * 256); /* as before the bang */
    const int32_t before_q16 = s.peak_q16[0];
    for (int i = 0; i < 20; i++) {
        s.speech = 1;
        hops(&s, 1, -10, -10, 0);
    }
    assert_int_equal(s.peak_q16[0] - before_q16, 20 * (32768 - 655));
}

/* Distances from the bands' mean; a floor 41 dB below the upper bands' peak. */
static void crest_and_least_floor(void **state)
{
    (void)state;
    static struct ut_speech s;
    ut_speech_init(&s);
    hops(&s, 100, -60, -60, -50); /* the peak is at -33 dBFS */
    assert_int_equal(s.mean_q8[UT_SPEECH_CREST], 0);
    hops(&s, 300, -100, -70, -70); /* the loud one is not one of the upper bands */
    assert_int_equal(s.mean_q8[UT_SPEECH_BELOW], 48 * 256);
    assert_in_range(s.mean_q8[UT_SPEECH_CREST], 28 * 256, 29 * 256);
    hops(&s, UT_SPEECH_SPAN, -77, -77, -67); /* the peak is at -36 dBFS: the floor at -77 though -100 was heard */
    assert_in_range(s.mean_q8[UT_SPEECH_ABOVE], 0, 40);
}

/* A quarter of a second of full noise, then a voice 40 dB below it: found within a second, as without the bang. */
static void a_bang_does_not_deafen(void **state)
{
    (void)state;
    double found[2];
    for (int bang = 0; bang <= 1; bang++) {
        reset();
        speech_share(NOISE, 3, 2000, NULL);
        speech_share(NOISE, bang ? 32767 : 3, 250, NULL);
        speech_share(NOISE, 3, 250, NULL);
        speech_share(VOICE, 500, 750, NULL);
        found[bang] = speech_share(VOICE, 500, 3000, NULL);
    }
    assert_true(found[0] > 0.75);
    assert_true(found[1] > found[0] - 0.1);
}

/* Every measurement of a quieter copy is that of the original, from the first frame on. */
static void gain_does_not_matter(void **state)
{
    (void)state;
    static struct ut_speech loud, quiet;
    ut_speech_init(&loud);
    ut_speech_init(&quiet);
    uint32_t seed = 1;
    for (int i = 0; i < 1000; i++) {
        int swell = i % 100 < 50 ? 30 : 0; /* syllables */
        int band = -60 + swell + (int)(ut_signal_random(&seed) >> 29), low = band + 5, level = band + 12;
        hops(&loud, 1, band, low, level);
        hops(&quiet, 1, band - 10, low - 10, level - 10);
        assert_memory_equal(loud.mean_q8, quiet.mean_q8, sizeof loud.mean_q8);
        assert_int_equal(loud.speech, quiet.speech);
    }
}

/* Seconds of voice in noise and of noise alone, in turn. Returns the true SNR in dB. */
static double alternate(int32_t noise)
{
    double voice_power = 0, noise_power = 0;
    reset();
    for (int i = 0; i < 8 * 16000; i++) {
        struct ut_row row;
        int ready;
        int speaking = i / 16000 % 2 == 1;
        int16_t v = ut_signal_voice(&voice, 130 * 16, 4 * 16, 8000), n = ut_signal_noise(&random_state, noise);
        int16_t x = (int16_t)(n + (speaking ? v : 0));
        voice_power += (double)v * v;
        noise_power += (double)n * n;
        ut_features_push(&features, &x, 1, 1, &row, &ready);
    }
    return 10 * log10(voice_power / noise_power);
}

static void snr_is_near_the_truth(void **state)
{
    (void)state;
    for (int32_t noise = 20; noise <= 1300; noise *= 4) {
        double truth = alternate(noise);
        assert_true(fabs(features.speech.snr_q8 / 256.0 - truth) < 5);
    }
}

/* A steady noise stays at its floor for as long as it lasts, also where the count of frames goes back. */
static void long_runs_wrap_safely(void **state)
{
    (void)state;
    static struct ut_speech s;
    static struct ut_spectrum noise;
    for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
        noise.mel_q8[b] = -60 * 256;
    ut_speech_init(&s);
    for (int32_t i = 0; i < 121000; i++) {
        ut_speech_hop(&s, &noise, -50 * 256, 0, 0);
        if (i >= 200)
            assert_int_equal(s.mean_q8[UT_SPEECH_ABOVE], 0);
        assert_int_equal(s.speech, 0);
    }
    assert_in_range(s.rows, 100, 60100);
}

static void extremes_are_defined(void **state)
{
    (void)state;
    static struct ut_speech s;
    struct ut_spectrum spectrum;
    ut_speech_init(&s);
    for (int i = 0; i < 300; i++) {
        for (int b = 0; b < UT_SPECTRUM_BANDS; b++)
            spectrum.mel_q8[b] = (int16_t)((i + b) & 1 ? 0 : UT_SPECTRUM_FLOOR_Q8);
        ut_speech_hop(&s, &spectrum, (int16_t)(i & 2 ? 0 : -100 * 256), (int16_t)(i & 4 ? 32767 : 0),
                      (uint16_t)(i & 8 ? 500 * 16 : 0));
        assert_in_range(s.snr_q8, 0, 96 * 256);
        assert_true(s.speech <= 1 && s.tonal <= 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voice_is_speech),
        cmocka_unit_test(voice_in_noise_is_speech),
        cmocka_unit_test(noise_hum_and_tones_are_not),
        cmocka_unit_test(thirty_steady_rows_are_a_tone),
        cmocka_unit_test(peaks_of_speech_and_of_the_rest),
        cmocka_unit_test(crest_and_least_floor),
        cmocka_unit_test(a_bang_does_not_deafen),
        cmocka_unit_test(gain_does_not_matter),
        cmocka_unit_test(snr_is_near_the_truth),
        cmocka_unit_test(long_runs_wrap_safely),
        cmocka_unit_test(extremes_are_defined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
