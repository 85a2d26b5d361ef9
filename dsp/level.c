/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/level.h"

#include "dsp/dot.h"
#include "dsp/log2.h"
#include "dsp/q.h"

#include <string.h>

enum {
    BLOCK = 40, /* samples of 5 ms at 8 kHz, or of one phase at 16 kHz */
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

static int16_t to_dbfs_q8(uint64_t sum)
{
    if (sum == 0)
        return UT_LEVEL_FLOOR_Q8;
    return (int16_t)ut_q_clamp(ut_log2_decibel_q8(sum) - SUM_TO_DBFS_Q8, UT_LEVEL_FLOOR_Q8, 0);
}

/* Moves the window by two blocks, of which the first enters it now and the second with the next hop. */
static uint64_t advance(uint64_t ring[UT_LEVEL_BLOCKS], uint32_t at, uint64_t window, uint64_t first, uint64_t second)
{
    enum { LAST = UT_LEVEL_BLOCKS - 1 };
    window -= ring[(at + 1) & LAST] + ring[(at + 2) & LAST]; /* its two oldest */
    window += ring[(at + LAST) & LAST] + first;
    ring[at] = first;
    ring[(at + 1) & LAST] = second;
    return window;
}

void ut_level_hop(struct ut_level *l, const int16_t even[80], const int16_t odd[80], const int16_t hop8[80])
{
    l->window_all = advance(l->all, l->at, l->window_all, ut_dot_energy(even, BLOCK) + ut_dot_energy(odd, BLOCK),
                            ut_dot_energy(even + BLOCK, BLOCK) + ut_dot_energy(odd + BLOCK, BLOCK));
    l->window_low = advance(l->low, l->at, l->window_low, 2 * ut_dot_energy(hop8, BLOCK),
                            2 * ut_dot_energy(hop8 + BLOCK, BLOCK)); /* half as many samples as in all */
    l->at = (l->at + 2) % UT_LEVEL_BLOCKS;

    l->level_q8 = to_dbfs_q8(l->window_all);
    int32_t high = to_dbfs_q8(l->window_all > l->window_low ? l->window_all - l->window_low : 0);
    int32_t least = l->level_q8 - HIGH_RANGE_Q8;
    if (high < least)
        high = least;
    l->high_q8 = (int16_t)ut_q_clamp(high, UT_LEVEL_FLOOR_Q8, 0);
}
