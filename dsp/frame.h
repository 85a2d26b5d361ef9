/* SPDX-License-Identifier: Apache-2.0 */
/* A sample stream in any chunk size -> hops of 10 ms, DC-free, at 16, 8 and 4 kHz, with the history the stages look at.
 *
 * in    int16 Q15, 16 kHz
 * out   after every 160 samples: the new hop's even and odd samples, x8 (the last 288 samples at 8 kHz), x4 (the last
 *       128 at 4 kHz), clipped (samples of the hop at INT16_MAX or INT16_MIN)
 * DC    one-pole high-pass, corner 10 Hz; output saturated
 * Decimation by half-band FIR filters of 31 and 15 taps (SPEC.md "Frame" has their responses). With n hops complete,
 * x8[287] is the sample at 8 kHz index 80 n - 1 - UT_FRAME_DELAY8, x4[127] the one at 4 kHz index
 * 40 n - 1 - UT_FRAME_DELAY4.
 */
#ifndef UT_DSP_FRAME_H
#define UT_DSP_FRAME_H

#include <stdint.h>

enum {
    UT_FRAME_RATE = 16000,
    UT_FRAME_HOP = 160,
    UT_FRAME_EVEN = 7, /* history before the hop's even and odd samples that the first filter needs */
    UT_FRAME_ODD = 15,
    UT_FRAME_X8 = 288,
    UT_FRAME_X4 = 128,
    UT_FRAME_DELAY8 = 7,
    UT_FRAME_DELAY4 = 7
};

struct ut_frame {
    int32_t dc_q12;                                 /* running mean, Q15 samples in Q12 */
    int32_t fill;                                   /* samples of the hop in progress */
    int32_t clipped_now;                            /* of the hop in progress */
    int32_t clipped;                                /* of the last complete hop */
    int16_t even[UT_FRAME_EVEN + UT_FRAME_HOP / 2]; /* history, then samples 0, 2, ... of the hop */
    int16_t odd[UT_FRAME_ODD + UT_FRAME_HOP / 2];
    int16_t x8[UT_FRAME_X8];
    int16_t x4[UT_FRAME_X4];
};

void ut_frame_init(struct ut_frame *f);

/* Takes x[0], x[stride], ... until n are used or a hop is complete. Returns the number taken.
 * *complete = 1 when a hop was completed by this call, else 0. */
int ut_frame_push(struct ut_frame *f, const int16_t *x, int stride, int n, int *complete);

#endif
