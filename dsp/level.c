/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/level.h"

#include "dsp/log2.h"
#include "dsp/q.h"

#include <string.h>

enum {
    BLOCK = 40, /* samples of 5 ms at 8 kHz, or of one phase at 16 kHz */
    WINDOW_BLOCKS = 6,
    /* 10 log10(480 * 2^30) = 117.1215 dB turns a sum of 480 squares into dBFS */
    SUM_TO_DBFS_Q8 = 29983,
    HIGH_RANGE_Q8 = 40 * 256
};

void ut_level_init(struct ut_level *l)
{
    memset(l, 0, sizeof *l);
    l->level_q8 = UT_LEVEL_FLOOR_Q8;
    l->high_q8 = UT_LEVEL_FLOOR_Q8;
}

static uint64_t sum_of_squares(const int16_t x[BLOCK])
{
    int64_t sum = 0;
    for (int i = 0; i < BLOCK; i += 4) {
        sum += x[i] * x[i];
        sum += x[i + 1] * x[i + 1];
        sum += x[i + 2] * x[i + 2];
        sum += x[i + 3] * x[i + 3];
    }
    return (uint64_t)sum;
}

static int16_t to_dbfs_q8(uint64_t sum)
{
    if (sum == 0)
        return UT_LEVEL_FLOOR_Q8;
    return (int16_t)ut_q_clamp(ut_log2_decibel_q8(sum) - SUM_TO_DBFS_Q8, UT_LEVEL_FLOOR_Q8, 0);
}

void ut_level_hop(struct ut_level *l, const int16_t even[80], const int16_t odd[80], const int16_t hop8[80])
{
    for (int half = 0; half < 2; half++) {
        memmove(l->energy16, l->energy16 + 1, (UT_LEVEL_BLOCKS - 1) * sizeof l->energy16[0]);
        memmove(l->energy8, l->energy8 + 1, (UT_LEVEL_BLOCKS - 1) * sizeof l->energy8[0]);
        l->energy16[UT_LEVEL_BLOCKS - 1] = sum_of_squares(even + half * BLOCK) + sum_of_squares(odd + half * BLOCK);
        l->energy8[UT_LEVEL_BLOCKS - 1] = sum_of_squares(hop8 + half * BLOCK);
    }
    uint64_t all = 0, low = 0;
    for (int i = 0; i < WINDOW_BLOCKS; i++) {
        all += l->energy16[i];
        low += 2 * l->energy8[i]; /* half as many samples */
    }
    l->level_q8 = to_dbfs_q8(all);
    int32_t high = to_dbfs_q8(all > low ? all - low : 0);
    int32_t least = l->level_q8 - HIGH_RANGE_Q8;
    if (high < least)
        high = least;
    l->high_q8 = (int16_t)ut_q_clamp(high, UT_LEVEL_FLOOR_Q8, 0);
}
