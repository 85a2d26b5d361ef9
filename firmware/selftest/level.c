/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/selftest/level.h"

#include "dsp/log2.h"

#include <string.h>

enum { FULL_SCALE_Q8 = 23119 }; /* 10 log10(2^30), dB Q8 */

void ut_level_meter_init(struct ut_level_meter *m)
{
    memset(m, 0, sizeof *m);
}

void ut_level_meter_push(struct ut_level_meter *m, const int16_t *pairs, size_t frames)
{
    for (size_t i = 0; i < 2 * frames; i++) {
        m->squares[i % 2] += (uint32_t)(pairs[i] * pairs[i]);
        m->sum[i % 2] += pairs[i];
    }
    m->pairs += (uint32_t)frames;
}

int32_t ut_level_meter_tenths(const struct ut_level_meter *m, int input)
{
    if (m->pairs == 0)
        return UT_LEVEL_SILENT;
    int64_t mean = m->sum[input] / (int64_t)m->pairs;
    int64_t power = (int64_t)(m->squares[input] / m->pairs) - mean * mean;
    if (power <= 0)
        return UT_LEVEL_SILENT;
    int32_t q8 = ut_log2_decibel_q8((uint64_t)power) - FULL_SCALE_Q8;
    return (10 * q8 - 128) / 256; /* below full scale: half away from it */
}
