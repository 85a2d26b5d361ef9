/* SPDX-License-Identifier: Apache-2.0 */
/* Four inner products of int8 weights with the same int16 inputs: the kernel of models/infer.c.
 *
 * w     inputs / 2 groups of eight weights; the group of inputs i and i + 1 holds
 *       {out 0 in i, out 1 in i, out 0 in i + 1, out 1 in i + 1, out 2 in i, out 3 in i, out 2 in i + 1, out 3 in i + 1},
 *       an order that the DSP extension unpacks into pairs by one instruction each
 * x     inputs values, an even number
 * sum   the four sums are added to it; they must stay within int32_t
 * models/lanes.c is plain C; models/lanes_dsp.c uses the DSP extension of ARMv7E-M and gives the same bits.
 */
#ifndef UT_MODELS_LANES_H
#define UT_MODELS_LANES_H

#include <stdint.h>

enum { UT_LANES = 4 };

void ut_lanes_add(const int8_t *w, const int16_t *x, int inputs, int32_t sum[UT_LANES]);

#endif
