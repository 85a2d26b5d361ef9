/* SPDX-License-Identifier: Apache-2.0 */
#include "models/lanes.h"

void ut_lanes_sum(const int8_t *w, const int16_t *x, int inputs, const int32_t *bias, int outputs, int32_t *sum)
{
    for (int o = 0; o < outputs; o += UT_LANES) {
        int32_t s0 = bias[o], s1 = bias[o + 1], s2 = bias[o + 2], s3 = bias[o + 3];
        for (int i = 0; i < inputs; i += 2) {
            int32_t a = x[i], b = x[i + 1];
            s0 += w[0] * a + w[2] * b;
            s1 += w[1] * a + w[3] * b;
            s2 += w[4] * a + w[6] * b;
            s3 += w[5] * a + w[7] * b;
            w += 8;
        }
        sum[o] = s0;
        sum[o + 1] = s1;
        sum[o + 2] = s2;
        sum[o + 3] = s3;
    }
}
