/* SPDX-License-Identifier: Apache-2.0 */
/* A synthetic call of 20 s, two channels, the same samples everywhere: the material of tests/firmware/test_call.c and
 * of the golden trace. */
#ifndef UT_TESTS_TALK_H
#define UT_TESTS_TALK_H

#include "firmware/turns.h"
#include "tests/signal.h"

#include <stddef.h>

enum { UT_TALK_SAMPLES = 20 * UT_SIGNAL_RATE };

/* Who speaks when: the customer, the agent's answer, an interruption, a silence. */
static const struct {
    uint8_t party;
    uint32_t from_ms, to_ms;
} ut_talk_script[] = {
    {UT_CUSTOMER, 530, 3090}, {UT_AGENT, 3540, 6010},      {UT_CUSTOMER, 6430, 9480},
    {UT_AGENT, 8060, 11020},  {UT_CUSTOMER, 15020, 18110},
};

struct ut_talk {
    struct ut_signal_voice voice[2];
    uint32_t noise, n;
};

static inline void ut_talk_init(struct ut_talk *t)
{
    ut_signal_voice_init(&t->voice[UT_CUSTOMER], 3);
    ut_signal_voice_init(&t->voice[UT_AGENT], 5);
    t->noise = 7;
    t->n = 0;
}

static inline void ut_talk_next(struct ut_talk *t, int16_t pair[2])
{
    /* no two people speak in step: that would be one voice in both channels */
    static const int32_t pitch_q4[2] = {200 * 16, 120 * 16}, syllables_q4[2] = {4 * 16, 5 * 16 + 5};
    int32_t strength[2] = {0, 0};
    uint32_t t_ms = t->n / 16;
    for (size_t i = 0; i < sizeof ut_talk_script / sizeof ut_talk_script[0]; i++)
        if (t_ms >= ut_talk_script[i].from_ms && t_ms < ut_talk_script[i].to_ms)
            strength[ut_talk_script[i].party] = 4000 + (int32_t)(t_ms % 5000);
    for (int who = 0; who < 2; who++) {
        int32_t melody_q4 = ut_signal_sin_q15(t->n * 170003u) * 20 * 16 >> 15;
        int32_t x = ut_signal_voice(&t->voice[who], (uint32_t)(pitch_q4[who] + melody_q4), (uint32_t)syllables_q4[who],
                                    strength[who]);
        pair[who] = (int16_t)(x + ut_signal_noise(&t->noise, 20));
    }
    t->n++;
}

#endif
