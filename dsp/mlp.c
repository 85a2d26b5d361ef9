/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/mlp.h"

#include "dsp/dot.h"

int64_t ut_mlp(const int16_t *x, int inputs, const int16_t *w1, const int32_t *b1, const int16_t *w2, int hidden)
{
    int64_t out = 0;
    for (int h = 0; h < hidden; h++) {
        int64_t sum = b1[h] + ut_dot(x, w1 + h * inputs, inputs);
        if (sum > 0)
            out += sum * w2[h];
    }
    return out;
}
