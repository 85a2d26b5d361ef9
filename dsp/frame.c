/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/frame.h"

#include "dsp/filter.h"

#include <string.h>

void ut_frame_init(struct ut_frame *f)
{
    memset(f, 0, sizeof *f);
}

/* Removes the running mean from n samples and keeps them in the hop. */
static void take(struct ut_frame *f, const int16_t *x, int stride, int n)
{
    int16_t *even = f->even + UT_FRAME_EVEN + (f->fill + 1) / 2;
    int16_t *odd = f->odd + UT_FRAME_ODD + f->fill / 2;
    if (f->fill % 2 == 0)
        f->clipped_now += ut_filter_mean(x, stride, n, &f->dc_q12, even, odd);
    else
        f->clipped_now += ut_filter_mean(x, stride, n, &f->dc_q12, odd, even);
    f->fill += n;
}

/* Drops the oldest samples of a history of `size`, a multiple of 8 more than `fresh`, to make room for `fresh` more. */
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
    /* newest input 2 j + 1 of the hop, 31 samples back: the centre is even, the other taps are odd samples */
    ut_filter_half31(f->even, f->odd, x8, NEW8);
    memcpy(f->even, f->even + NEW8, UT_FRAME_EVEN * sizeof f->even[0]);
    memcpy(f->odd, f->odd + NEW8, UT_FRAME_ODD * sizeof f->odd[0]);

    slide(f->x4, UT_FRAME_X4, NEW4);
    int16_t *x4 = f->x4 + UT_FRAME_X4 - NEW4;
    ut_filter_half15(x8 - 14, x4, NEW4); /* newest input 2 i of the hop's 80, 15 samples back */

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
