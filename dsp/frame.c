/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/frame.h"

#include "dsp/dot.h"
#include "dsp/q.h"
#include "dsp/tables.h"

#include <stddef.h>
#include <string.h>

void ut_frame_init(struct ut_frame *f)
{
    memset(f, 0, sizeof *f);
}

/* The sample less the running mean. */
static inline int16_t without_dc(int32_t sample, int32_t *dc_q12)
{
    *dc_q12 += (sample * 4096 - *dc_q12) >> 8; /* time constant 256 samples: corner 10 Hz */
    return ut_q_sat16(sample - ut_q_rshift(*dc_q12, 12));
}

static inline int full_scale(int32_t sample)
{
    return sample == INT16_MAX || sample == INT16_MIN;
}

/* Removes the running mean from n samples and keeps them in the hop. */
static void take(struct ut_frame *f, const int16_t *x, int stride, int n)
{
    int16_t *even = f->even + UT_FRAME_EVEN + (f->fill + 1) / 2;
    int16_t *odd = f->odd + UT_FRAME_ODD + f->fill / 2;
    int32_t dc_q12 = f->dc_q12;
    int32_t clipped = 0;
    int left = n;
    if (f->fill % 2 != 0 && left > 0) {
        clipped += full_scale(*x);
        *odd++ = without_dc(*x, &dc_q12);
        x += stride;
        left--;
    }
    for (; left >= 2; left -= 2) {
        int32_t first = x[0], second = x[stride];
        x += 2 * (ptrdiff_t)stride;
        clipped += full_scale(first) + full_scale(second);
        *even++ = without_dc(first, &dc_q12);
        *odd++ = without_dc(second, &dc_q12);
    }
    if (left > 0) {
        clipped += full_scale(*x);
        *even = without_dc(*x, &dc_q12);
    }
    f->dc_q12 = dc_q12;
    f->clipped_now += clipped;
    f->fill += n;
}

/* One output of the 15-tap half-band filter whose oldest sample is x[0]: four symmetric pairs of taps and 1/2 in the
 * centre. The sum cannot reach 2^31: the taps' magnitudes add up to less than 1.6. */
static int16_t halfband15(const int16_t *x)
{
    const int16_t *h = ut_tables_halfband15_q15;
    int32_t sum = x[7] * 16384 + h[0] * (x[0] + x[14]) + h[1] * (x[2] + x[12]) + h[2] * (x[4] + x[10]) +
                  h[3] * (x[6] + x[8]);
    return ut_q_sat16(ut_q_rshift(sum, 15));
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
    ut_dot_halfband(f->even, f->odd, ut_tables_halfband31_q15, x8, NEW8);
    memcpy(f->even, f->even + NEW8, UT_FRAME_EVEN * sizeof f->even[0]);
    memcpy(f->odd, f->odd + NEW8, UT_FRAME_ODD * sizeof f->odd[0]);

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
