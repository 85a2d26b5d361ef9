/* SPDX-License-Identifier: Apache-2.0 */
/* A perceptron with one hidden layer: what the speech decision and the weight of a syllable peak are made of.
 *
 * in    x, `inputs` int16 (a multiple of 4; pad with zeros); w1 [hidden][inputs], b1 [hidden] in the scale of x w1,
 *       w2 [hidden]
 * out   sum over h of w2[h] max(0, b1[h] + sum over i of w1[h][i] x[i]), exact; the caller keeps it within 2^63
 */
#ifndef UT_DSP_MLP_H
#define UT_DSP_MLP_H

#include <stdint.h>

int64_t ut_mlp(const int16_t *x, int inputs, const int16_t *w1, const int32_t *b1, const int16_t *w2, int hidden);

#endif
