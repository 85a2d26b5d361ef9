/* SPDX-License-Identifier: Apache-2.0 */
/* Deterministic test signals in integers: the same samples on every host and target.
 *
 * A generator is a small struct, zeroed except for its parameters; each call gives the next sample, int16 Q15.
 * Rates are those of the pipeline, 16 kHz.
 */
#ifndef UT_TESTS_SIGNAL_H
#define UT_TESTS_SIGNAL_H

#include <stdint.h>

enum { UT_SIGNAL_RATE = 16000 };

/* Marsaglia's xorshift, 32 bits; *state must not be 0. */
static inline uint32_t ut_signal_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x;
}

/* White noise, uniform in [-amplitude, amplitude), 0 <= amplitude <= 32767. */
static inline int16_t ut_signal_noise(uint32_t *state, int32_t amplitude)
{
    int32_t r = (int32_t)(ut_signal_random(state) >> 16) - 32768;
    return (int16_t)(r * amplitude / 32768);
}

/* Sine of a phase in turns, Q32, by a fifth-order odd polynomial on the quarter wave: Q15, error below 2^-10. */
static inline int32_t ut_signal_sin_q15(uint32_t phase_q32)
{
    uint32_t quarter = phase_q32 << 1;             /* position in the half wave, Q32 */
    int32_t z_q15 = (int32_t)(quarter >> 16);      /* 0..65535 over the half wave */
    z_q15 = z_q15 < 32768 ? z_q15 : 65535 - z_q15; /* 0..32767 over the quarter wave */
    int32_t z2_q15 = (z_q15 * z_q15) >> 15;
    int32_t p_q12 = 2635 - ((z2_q15 * 298) >> 15); /* 1.5706 z - 0.6432 z^3 + 0.0727 z^5 */
    p_q12 = 6433 - ((z2_q15 * p_q12) >> 15);
    int32_t s_q15 = (z_q15 * p_q12) >> 12;
    s_q15 = s_q15 > 32767 ? 32767 : s_q15;
    return (phase_q32 >> 31) != 0 ? -s_q15 : s_q15;
}

/* Phase step, in turns Q32, of a frequency in Hz Q4 below 8 kHz. */
static inline uint32_t ut_signal_step(uint32_t hz_q4)
{
    return (uint32_t)(((uint64_t)hz_q4 << 28) / UT_SIGNAL_RATE); /* Q4 << 28 = Q32 */
}

/* The next sample of a sine; *phase_q32 is its state. */
static inline int16_t ut_signal_sine(uint32_t *phase_q32, uint32_t hz_q4, int32_t amplitude)
{
    int32_t s = ut_signal_sin_q15(*phase_q32);
    *phase_q32 += ut_signal_step(hz_q4);
    return (int16_t)(s * amplitude / 32768);
}

/* The next sample of a square wave. */
static inline int16_t ut_signal_square(uint32_t *phase_q32, uint32_t hz_q4, int32_t amplitude)
{
    int32_t s = (*phase_q32 >> 31) != 0 ? -amplitude : amplitude;
    *phase_q32 += ut_signal_step(hz_q4);
    return (int16_t)s;
}

/* A two-pole resonance. Coefficients Q14: a1 = 2 r cos(w), a2 = -r^2. */
struct ut_signal_pole {
    int32_t a1_q14, a2_q14;
    int32_t y1, y2;
};

static inline int32_t ut_signal_resonate(struct ut_signal_pole *p, int32_t x)
{
    int64_t y = x + (((int64_t)p->a1_q14 * p->y1 + (int64_t)p->a2_q14 * p->y2) >> 14);
    y = y > 1000000 ? 1000000 : y < -1000000 ? -1000000 : y;
    p->y2 = p->y1;
    p->y1 = (int32_t)y;
    return (int32_t)y;
}

/* Something like a voice: glottal pulses at a given pitch through five formants. With syllables, their strength rises
 * and falls `syllables_q4` times a second, and each has the next of five vowels; without them (0) the first one stands
 * still. */
enum { UT_SIGNAL_FORMANTS = 5, UT_SIGNAL_VOWELS = 5 };

struct ut_signal_voice {
    uint32_t phase_q32, syllable_q32, random;
    int vowel;
    struct ut_signal_pole formant[UT_SIGNAL_FORMANTS];
};

static inline void ut_signal_vowel(struct ut_signal_voice *v)
{
    /* r = 0.975, 0.965, 0.95 at {600, 1200, 2500}, {500, 1700, 2500}, {550, 1000, 2450}, {450, 1850, 2600} and
     * {480, 1100, 2400} Hz */
    static const int16_t a1_q14[UT_SIGNAL_VOWELS][3] = {{31120, 28180, 17380},
                                                        {31335, 24833, 17295},
                                                        {31206, 29214, 17800},
                                                        {31451, 23637, 16265},
                                                        {31383, 28717, 18298}};
    for (int i = 0; i < 3; i++)
        v->formant[i].a1_q14 = a1_q14[v->vowel][i];
}

static inline void ut_signal_voice_init(struct ut_signal_voice *v, uint32_t seed)
{
    static const int32_t a2_q14[UT_SIGNAL_FORMANTS] = {-15575, -15257, -14786, -14477, -13867};
    v->phase_q32 = 0;
    v->syllable_q32 = 0;
    v->random = seed != 0 ? seed : 1;
    v->vowel = 0;
    for (int i = 0; i < UT_SIGNAL_FORMANTS; i++)
        v->formant[i] = (struct ut_signal_pole){i == 3 ? 6009 : -5881, a2_q14[i], 0, 0}; /* 3500, 4500 Hz */
    ut_signal_vowel(v);
}

/* The next sample; strength 0..32767 sets the loudness (8000 is about -17 dBFS). */
static inline int16_t ut_signal_voice(struct ut_signal_voice *v, uint32_t hz_q4, uint32_t syllables_q4,
                                      int32_t strength)
{
    uint32_t before = v->phase_q32;
    v->phase_q32 += ut_signal_step(hz_q4);
    int32_t pulse = v->phase_q32 < before ? strength : 0; /* one sample at each start of the glottal cycle */
    int32_t hiss = ut_signal_noise(&v->random, strength / 256), swing_q15 = 32768;
    if (syllables_q4 != 0) {
        uint32_t said = v->syllable_q32;
        swing_q15 = 17000 - (ut_signal_sin_q15(said + 0x40000000u) * 15000 >> 15);
        v->syllable_q32 += ut_signal_step(syllables_q4);
        if (v->syllable_q32 < said) {
            v->vowel = (v->vowel + 1) % UT_SIGNAL_VOWELS;
            ut_signal_vowel(v);
        }
    }
    int32_t y = (int32_t)((int64_t)pulse * swing_q15 >> 15) + (hiss * swing_q15 >> 15);
    for (int i = 0; i < UT_SIGNAL_FORMANTS; i++)
        y = ut_signal_resonate(&v->formant[i], y) >> (i < 3);
    y >>= 1;
    return (int16_t)(y > 32767 ? 32767 : y < -32767 ? -32767 : y);
}

#endif
