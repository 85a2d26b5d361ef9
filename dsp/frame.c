/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/frame.h"

#include "dsp/q.h"
#include "dsp/tables.h"

#include <string.h>

enum { HISTORY8 = 15, PAIRS31 = 8, PAIRS15 = 4 };

void ut_frame_init(struct ut_frame *f)
{
    memset(f, 0, sizeof *f);
}

/* Removes the running mean and keeps the sample in the hop. */
static void take(struct ut_frame *f, int16_t x)
{
    f->clipped_now += x == INT16_MAX || x == INT16_MIN;
    f->dc_q12 += ((int32_t)x * 4096 - f->dc_q12) >> 8; /* time constant 256 samples: corner 10 Hz */
    f->hop16[UT_FRAME_HISTORY + f->fill] = ut_q_sat16(x - ut_q_rshift(f->dc_q12, 12));
    f->fill++;
}

/* One output of a half-band filter whose oldest sample is x[0]; h holds `pairs` odd taps, Q15, outermost first.
 * The taps span 4 pairs - 1 samples; the centre tap is 1/2. */
static int16_t halfband(const int16_t *x, const int16_t *h, int pairs)
{
    int last = 4 * pairs - 2;
    int32_t sum = (int32_t)x[last / 2] * 16384;
    for (int i = 0; i < pairs; i++)
        sum += h[i] * (x[2 * i] + x[last - 2 * i]); /* |sum| < 2^31: the taps' magnitudes sum below 1.6 */
    return ut_q_sat16(ut_q_rshift(sum, 15));
}

static void finish_hop(struct ut_frame *f)
{
    memmove(f->x8, f->x8 + 80, (UT_FRAME_X8 - 80) * sizeof f->x8[0]);
    for (int j = 0; j < 80; j++) /* newest input 2 j + 1 of the hop, 31 samples back */
        f->x8[UT_FRAME_X8 - 80 + j] = halfband(f->hop16 + 2 * j + 1, ut_tables_halfband31_q15, PAIRS31);
    memmove(f->hop16, f->hop16 + UT_FRAME_HOP, UT_FRAME_HISTORY * sizeof f->hop16[0]);

    memmove(f->x4, f->x4 + 40, (UT_FRAME_X4 - 40) * sizeof f->x4[0]);
    const int16_t *x8 = f->x8 + UT_FRAME_X8 - 80 - (HISTORY8 - 1);
    for (int i = 0; i < 40; i++) /* newest input 2 i of the hop's 80, 15 samples back */
        f->x4[UT_FRAME_X4 - 40 + i] = halfband(x8 + 2 * i, ut_tables_halfband15_q15, PAIRS15);

    f->clipped = f->clipped_now;
    f->clipped_now = 0;
    f->fill = 0;
}

int ut_frame_push(struct ut_frame *f, const int16_t *x, int stride, int n, int *complete)
{
    int taken = 0;
    while (taken < n && f->fill < UT_FRAME_HOP) {
        take(f, x[(int32_t)taken * stride]);
        taken++;
    }
    *complete = f->fill == UT_FRAME_HOP;
    if (*complete)
        finish_hop(f);
    return taken;
}
