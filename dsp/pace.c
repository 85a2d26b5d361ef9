/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/pace.h"

#include "dsp/q.h"

#include <string.h>

enum {
    DIP_Q8 = 256,         /* a peak stands at least this far above the dips on both sides */
    APART_ROWS = 6,       /* nuclei are at least 60 ms apart */
    BLOCK_ROWS = 50,
    SILENCE_Q8 = -128 * 256
};

void ut_pace_init(struct ut_pace *p)
{
    memset(p, 0, sizeof *p);
    p->rising = 1;
    p->dip_q8 = SILENCE_Q8;
    p->peak_q8 = SILENCE_Q8;
    p->since_nucleus = APART_ROWS;
}

/* The level smoothed over five frames, weights 1 2 3 2 1; centred two frames back. */
static int32_t smooth(struct ut_pace *p, int16_t middle_q8)
{
    if (!p->started) {
        for (int i = 0; i < 4; i++)
            p->past_q8[i] = middle_q8;
        p->started = 1;
    }
    int32_t sum = p->past_q8[0] + 2 * p->past_q8[1] + 3 * p->past_q8[2] + 2 * p->past_q8[3] + middle_q8;
    memmove(p->past_q8, p->past_q8 + 1, 3 * sizeof p->past_q8[0]);
    p->past_q8[3] = middle_q8;
    return sum / 9;
}

static uint8_t find_nucleus(struct ut_pace *p, int32_t level_q8, int voiced)
{
    p->since_nucleus++;
    if (p->rising) {
        if (level_q8 > p->peak_q8) {
            p->peak_q8 = level_q8;
            p->peak_voiced = (uint8_t)voiced;
        }
        if (level_q8 > p->peak_q8 - DIP_Q8)
            return 0;
        uint8_t nucleus = p->peak_voiced && p->since_nucleus >= APART_ROWS;
        if (nucleus)
            p->since_nucleus = 0;
        p->rising = 0;
        p->dip_q8 = level_q8;
        return nucleus;
    }
    if (level_q8 < p->dip_q8)
        p->dip_q8 = level_q8;
    if (level_q8 >= p->dip_q8 + DIP_Q8) {
        p->rising = 1;
        p->peak_q8 = level_q8;
        p->peak_voiced = (uint8_t)voiced;
    }
    return 0;
}

static void count(struct ut_pace *p, uint8_t nucleus, int speech)
{
    p->counts[0] = (uint8_t)(p->counts[0] + nucleus);
    if (!speech)
        return;
    if (++p->block_rows == BLOCK_ROWS) {
        p->block_rows = 0;
        memmove(p->counts + 1, p->counts, (UT_PACE_BLOCKS - 1) * sizeof p->counts[0]);
        p->counts[0] = 0;
        if (p->blocks < UT_PACE_BLOCKS - 1)
            p->blocks++;
    }
    int32_t nuclei = 0;
    for (int i = 0; i <= p->blocks; i++)
        nuclei += p->counts[i];
    int32_t rows = p->blocks * BLOCK_ROWS + p->block_rows;
    p->pace_q8 = (uint16_t)(rows < 2 * BLOCK_ROWS ? 0 : nuclei * 25600 / rows); /* 100 frames per second, Q8 */
}

uint8_t ut_pace_hop(struct ut_pace *p, int16_t middle_q8, int voiced, int speech)
{
    p->voiced_past = (uint8_t)(p->voiced_past << 1 | (voiced != 0));
    int32_t level_q8 = smooth(p, middle_q8);
    uint8_t nucleus = find_nucleus(p, level_q8, p->voiced_past >> 2 & 1);
    nucleus = nucleus && speech;
    count(p, nucleus, speech);
    return nucleus;
}
