/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of the speech decision (dsp/speech.h). dsp/speech_net.c is written by models/train/speech.py. */
#ifndef UT_DSP_SPEECH_NET_H
#define UT_DSP_SPEECH_NET_H

#include <stdint.h>

enum {
    UT_SPEECH_NET_HIDDEN = 48,
    UT_SPEECH_PADDED = 20 /* UT_SPEECH_INPUTS, with zeros for the inner product */
};

extern const int16_t ut_speech_net_weight1_q12[UT_SPEECH_NET_HIDDEN][UT_SPEECH_PADDED];
extern const int32_t ut_speech_net_bias1_q20[UT_SPEECH_NET_HIDDEN];
extern const int16_t ut_speech_net_weight2_q12[UT_SPEECH_NET_HIDDEN];
extern const int32_t ut_speech_net_bias2_q16;

#endif
