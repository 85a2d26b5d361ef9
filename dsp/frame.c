/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/frame.h"

#include "dsp/q.h"
#include "dsp/tables.h"

#include <string.h>

void ut_frame_init(struct ut_frame *f)
{
    memset(f, 0, sizeof *f);
}

/* Removes the running mean from n samples and keeps them in the hop. */
static void take(struct ut_frame *f, const int16_t *x, int stride, int n)
{
    int16_t *out = f->hop16 + UT_FRAME_HISTORY + f->fill;
    int32_t dc_q12 = f->dc_q12, clipped = 0;
    for (int i = 0; i < n; i++) {
        int32_t sample = *x;
        x += stride;
        clipped += sample == INT16_MAX || sample == INT16_MIN;
        dc_q12 += (sample * 4096 - dc_q12) >> 8; /* time constant 256 samples: corner 10 Hz */
        out[i] = ut_q_sat16(sample - ut_q_rshift(dc_q12, 12));
    }
    f->dc_q12 = dc_q12;
    f->clipped_now += clipped;
    f->fill += n;
}

/* Four symmetric pairs of taps, h outermost first, on samples two apart; last = offset of the outermost partner. */
static inline int32_t four_pairs(const int16_t *x, const int16_t *h, int last)
{
    return h[0] * (x[0] + x[last]) + h[1] * (x[2] + x[last - 2]) + h[2] * (x[4] + x[last - 4]) +
           h[3] * (x[6] + x[last - 6]);
}

/* One output of a half-band filter whose oldest sample is x[0], by its odd taps in Q15 and its centre tap 1/2.
 * No sum reaches 2^31: the taps' magnitudes add up to less than 1.6. */
static int16_t halfband31(const int16_t *x)
{
    const int16_t *h = ut_tables_halfband31_q15;
    int32_t sum = x[15] * 16384 + four_pairs(x, h, 30) + four_pairs(x + 8, h + 4, 14);
    return ut_q_sat16(ut_q_rshift(sum, 15));
}

static int16_t halfband15(const int16_t *x)
{
    int32_t sum = x[7] * 16384 + four_pairs(x, ut_tables_halfband15_q15, 14);
    return ut_q_sat16(ut_q_rshift(sum, 15));
}

/* Drops the oldest samples of a history of `size`, a multiple of 8 more than `fresh`, to make room for `fresh` new ones. */
static void slide(int16_t *x, int size, int fresh)
{
    for (int i = 0; i < size - fresh; i += 8)
        memcpy(x + i, x + i + fresh, 8 * sizeof x[0]);
}

static void finish_hop(struct ut_frame *f)
{
    enum { NEW8 = UT_FRAME_HOP / 2, NEW4 = UT_FRAME_HOP / 4 };
    _Static_assert((UT_FRAME_X8 - NEW8) % 8 == 0 && (UT_FRAME_X4 - NEW4) % 8 == 0 && NEW4 >= 8, "slide's blocks");
    slide(f->x8, UT_FRAME_X8, NEW8);
    int16_t *x8 = f->x8 + UT_FRAME_X8 - NEW8;
    for (int j = 0; j < NEW8; j++) /* newest input 2 j + 1 of the hop, 31 samples back */
        x8[j] = halfband31(f->hop16 + 2 * j + 1);
    memcpy(f->hop16, f->hop16 + UT_FRAME_HOP, UT_FRAME_HISTORY * sizeof f->hop16[0]);

    slide(f->x4, UT_FRAME_X4, NEW4);
    int16_t *x4 = f->x4 + UT_FRAME_X4 - NEW4;
    for (int i = 0; i < NEW4; i++) /* newest input 2 i of the hop's 80, 15 samples back */
        x4[i] = halfband15(x8 - 14 + 2 * i);

    f->clipped = f->clipped_now;
    f->clipped_now = 0;
    f->fill = 0;
}

int ut_frame_push(struct ut_frame *f, const int16_t *x, int stride, int n, int *complete)
{
    int room = UT_FRAME_HOP - f->fill;
    int taken = n < room ? n : room;
    take(f, x, stride, taken);
    *complete = f->fill == UT_FRAME_HOP;
    if (*complete)
        finish_hop(f);
    return taken;
}
