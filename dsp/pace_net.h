/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of a syllable peak (dsp/pace.h): dsp/research/pace_net.c, written by models/train/pace.py. */
#ifndef UT_DSP_PACE_NET_H
#define UT_DSP_PACE_NET_H

#include <stdint.h>

enum {
    UT_PACE_NET_HIDDEN = 24,
    UT_PACE_PADDED = 16 /* UT_PACE_INPUTS, with zeros for the inner product */
};

extern const int16_t ut_pace_net_weight1_q14[UT_PACE_NET_HIDDEN][UT_PACE_PADDED];
extern const int32_t ut_pace_net_bias1_q22[UT_PACE_NET_HIDDEN];
extern const int16_t ut_pace_net_weight2_q12[UT_PACE_NET_HIDDEN];
extern const int32_t ut_pace_net_bias2_q16;

#endif
