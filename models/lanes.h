/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products of int8 weights with the same int16 inputs, four side by side: the kernel of models/infer.c.
 *
 * w     for every four outputs inputs / 2 groups of eight weights; with w(o, i) the weight of output o and input i, the
 *       group of i and j = i + 1 holds w(0,i) w(1,i) w(0,j) w(1,j) w(2,i) w(3,i) w(2,j) w(3,j): the DSP extension
 *       unpacks it into pairs by one instruction each
 * x     inputs values, an even number
 * sum   bias and inner product of each output, a multiple of UT_LANES of them; must stay within int32_t
 * models/lanes.c is plain C; models/lanes_dsp.c uses the DSP extension of ARMv7E-M and gives the same bits.
 */
#ifndef UT_MODELS_LANES_H
#define UT_MODELS_LANES_H

#include <stdint.h>

enum { UT_LANES = 4 };

void ut_lanes_sum(const int8_t *w, const int16_t *x, int inputs, const int32_t *bias, int outputs, int32_t *sum);

#endif
