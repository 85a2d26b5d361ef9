/* SPDX-License-Identifier: Apache-2.0 */
/* The filters on a tone made in integers and turned into bits by a third-order sigma-delta modulator, so that every
 * machine sees the same stream; figures are those of boards/pdm/pdm.h. */
#include "boards/pdm/pdm.h"
#include "tests/signal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { OUTPUTS = 2048, SETTLE = 64, ONE = 1 << 24 };

static const double SNR_MIN_DB = 70.0, REJECTION_MIN_DB = 60.0;
static const double RIPPLE_MAX_DB = 0.2; /* of which the modulator has 0.1 at 7 kHz */

static struct ut_pdm pdm;
static struct ut_pdm_fir fir;
static uint16_t words[UT_PDM_RATIO * OUTPUTS];
static int16_t out[OUTPUTS];

/* Sine by two additions a sample (x -= k y, y += k x): no drift of its amplitude; angle per sample is 2 asin(k / 2),
 * the amplitude of y that of x times sqrt(1 - k^2 / 4). */
struct tone {
    int64_t x, y; /* Q24 of full scale */
    int64_t k_q36;
    double turns; /* per sample, exactly */
};

static struct tone tone(double hz, double rate, double amplitude)
{
    const double pi = 3.14159265358979323846;
    double k_q36 = round(ldexp(2 * sin(pi * hz / rate), 36)), half = ldexp(k_q36, -37);
    struct tone t = {(int64_t)(amplitude * ONE * sqrt(1 - half * half)), 0, (int64_t)k_q36, asin(half) / pi};
    return t;
}

static int32_t tone_next(struct tone *t)
{
    t->x -= (t->k_q36 * t->y) >> 36;
    t->y += (t->k_q36 * t->x) >> 36;
    return (int32_t)t->y;
}

/* One-bit words of a tone at 1.024 MHz. */
static double stream(double hz, double amplitude)
{
    struct tone t = tone(hz, UT_PDM_STREAM_HZ, amplitude);
    int64_t s[3] = {0, 0, 0}, v = ONE;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint32_t word = 0;
        for (int bit = 0; bit < 16; bit++) {
            s[0] += ((tone_next(&t) - v) * 45) >> 10; /* 0.044, 0.288, 0.800 */
            s[1] += s[0] - ((v * 295) >> 10);
            s[2] += s[1] - ((v * 819) >> 10);
            v = s[2] >= 0 ? ONE : -ONE;
            word = word << 1 | (v > 0);
        }
        words[i] = (uint16_t)word;
    }
    return 64 * t.turns;
}

/* Samples of a tone at 64 kHz, as a converter of 12 bits gives them, left-aligned. */
static double samples(double hz, double amplitude)
{
    struct tone t = tone(hz, UT_PDM_FIR_HZ, amplitude);
    uint32_t dither = 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        int32_t noise = (int32_t)(ut_signal_random(&dither) >> 19);
        words[i] = (uint16_t)((((tone_next(&t) + ONE + noise - 4096) >> 13) & 0xFFF) << 4);
    }
    return 4 * t.turns;
}

/* Amplitude (Q15) at `turns` per sample by least squares; *rest is the root mean square of what is not it and not DC.
 */
static double amplitude_at(double turns, double *rest)
{
    double ss = 0, cc = 0, sc = 0, sy = 0, cy = 0, mean = 0;
    int n = OUTPUTS - SETTLE;
    for (int i = SETTLE; i < OUTPUTS; i++)
        mean += out[i];
    mean /= n;
    for (int i = SETTLE; i < OUTPUTS; i++) {
        double s = sin(6.283185307179586 * turns * i), c = cos(6.283185307179586 * turns * i), y = out[i] - mean;
        ss += s * s, cc += c * c, sc += s * c, sy += s * y, cy += c * y;
    }
    double det = ss * cc - sc * sc, a = (sy * cc - cy * sc) / det, b = (cy * ss - sy * sc) / det, sum = 0;
    for (int i = SETTLE; i < OUTPUTS; i++) {
        double fit = a * sin(6.283185307179586 * turns * i) + b * cos(6.283185307179586 * turns * i);
        sum += (out[i] - mean - fit) * (out[i] - mean - fit);
    }
    *rest = sqrt(sum / n);
    return sqrt(a * a + b * b);
}

static double decibel(double ratio)
{
    return 20 * log10(ratio);
}

static void run_pdm(void)
{
    ut_pdm_init(&pdm);
    ut_pdm_take(&pdm, words, OUTPUTS, out, 1);
}

static void run_fir(void)
{
    ut_pdm_fir_init(&fir);
    ut_pdm_fir_take(&fir, words, OUTPUTS, out, 1);
}

static void test_signal_to_noise(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        double rest, turns = i == 0 ? stream(1000, 0.5) : samples(1000, 0.9);
        i == 0 ? run_pdm() : run_fir();
        double level = amplitude_at(turns, &rest), snr = decibel(level / sqrt(2) / rest);
        print_message("%s: signal to noise %d.%d dB\n", i == 0 ? "pdm" : "fir", (int)snr, (int)(10 * snr) % 10);
        assert_true(snr >= SNR_MIN_DB);
    }
}

static void test_pass_band(void **state)
{
    (void)state;
    static const int hz[] = {100, 1000, 3000, 5000, 6500, 7000};
    double rest;
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        double turns = stream(hz[i], 0.5);
        run_pdm();
        assert_true(fabs(decibel(amplitude_at(turns, &rest) / 16384)) < RIPPLE_MAX_DB);
        turns = samples(hz[i], 0.5);
        run_fir();
        assert_true(fabs(decibel(amplitude_at(turns, &rest) / 16384)) < RIPPLE_MAX_DB);
    }
}

/* Tones that fold back onto 100 Hz .. 7 kHz: what is left of them, at the frequency where they would show. */
static void test_aliases(void **state)
{
    (void)state;
    static const int pdm_hz[] = {9000, 9500, 15900, 17000, 25000, 57000, 63000, 65000, 71000, 127000};
    static const int fir_hz[] = {9000, 9500, 15900, 17000, 23000, 25000, 31000};
    double rest;
    for (size_t i = 0; i < sizeof pdm_hz / sizeof *pdm_hz; i++) {
        double turns = stream(pdm_hz[i], 0.5);
        run_pdm();
        assert_true(decibel(16384 / amplitude_at(turns, &rest)) >= REJECTION_MIN_DB);
    }
    for (size_t i = 0; i < sizeof fir_hz / sizeof *fir_hz; i++) {
        double turns = samples(fir_hz[i], 0.5);
        run_fir();
        assert_true(decibel(16384 / amplitude_at(turns, &rest)) >= REJECTION_MIN_DB);
    }
}

static void test_full_scale(void **state)
{
    (void)state;
    memset(words, 0xFF, sizeof words);
    run_pdm();
    assert_int_equal(out[OUTPUTS - 1], 32767);
    memset(words, 0, sizeof words);
    run_pdm();
    assert_int_equal(out[OUTPUTS - 1], -32768);
    run_fir();
    assert_int_equal(out[OUTPUTS - 1], -32768);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = 0x5555;
    run_pdm();
    for (int i = 0; i < OUTPUTS; i++)
        assert_in_range(out[i] + 2, 0, 4); /* silence from the first sample on */
}

static uint32_t checksum(void)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (int i = 0; i < OUTPUTS; i++)
        hash = ((hash ^ (uint16_t)out[i]) * 16777619u) & 0xFFFFFFFFu;
    return hash;
}

/* The same integers on every machine, whatever the sizes of the pieces. */
static void test_exact(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        words[i] = (uint16_t)ut_signal_random(&random);
    run_pdm();
    uint32_t whole = checksum();
    assert_int_equal(whole, 0x4023024d);
    ut_pdm_init(&pdm);
    for (size_t at = 0, n; at < OUTPUTS; at += n) {
        n = 1 + ut_signal_random(&random) % 200;
        n = n < OUTPUTS - at ? n : OUTPUTS - at;
        ut_pdm_take(&pdm, words + UT_PDM_RATIO * at, n, out + at, 1);
    }
    assert_int_equal(checksum(), whole);
    run_fir();
    assert_int_equal(checksum(), 0x59ba00e9);
}

static void test_stride(void **state)
{
    (void)state;
    static int16_t pairs[2 * 64], alone[64];
    uint32_t random = 9;
    for (size_t i = 0; i < UT_PDM_RATIO * 64; i++)
        words[i] = (uint16_t)ut_signal_random(&random);
    memset(pairs, 0x11, sizeof pairs);
    ut_pdm_init(&pdm);
    ut_pdm_take(&pdm, words, 64, alone, 1);
    ut_pdm_init(&pdm);
    ut_pdm_take(&pdm, words, 64, pairs + 1, 2);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(pairs[2 * i], 0x1111);
        assert_int_equal(pairs[2 * i + 1], alone[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signal_to_noise), cmocka_unit_test(test_pass_band), cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_full_scale),      cmocka_unit_test(test_exact),     cmocka_unit_test(test_stride),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
