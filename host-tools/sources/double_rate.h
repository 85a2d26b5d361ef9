/* SPDX-License-Identifier: Apache-2.0 */
/* Telephone audio at 8 kHz as audio at 16 kHz: two samples for each, exact integers, fast enough for archives.
 *
 * in    interleaved pairs, int16, any chunk size
 * out   twice as many: each sample as it is, and between each two one interpolated by a half-band filter of 96 taps
 *       (windowed sinc, Q14; flat to 3.7 kHz, images of it 70 dB down), with rounding and saturation; the input
 *       counts as 0 before its first sample and after its last
 * Output lags the input by 48 samples; ut_double_rate_end gives the rest. SPEC.md "Audio files".
 */
#ifndef UT_HOST_DOUBLE_RATE_H
#define UT_HOST_DOUBLE_RATE_H

#include <stddef.h>
#include <stdint.h>

enum { UT_DOUBLE_RATE_SIDE = 48, UT_DOUBLE_RATE_TAPS = 2 * UT_DOUBLE_RATE_SIDE, UT_DOUBLE_RATE_CHUNK = 1024 };

struct ut_double_rate {
    int16_t tap_q14[UT_DOUBLE_RATE_TAPS];
    int16_t line[2][UT_DOUBLE_RATE_TAPS + UT_DOUBLE_RATE_CHUNK]; /* input not used up, oldest first */
    int count;                                                   /* in each line */
};

void ut_double_rate_init(struct ut_double_rate *d);

/* n <= UT_DOUBLE_RATE_CHUNK pairs in; room for 2 n pairs out. The number of pairs written. */
int ut_double_rate_push(struct ut_double_rate *d, const int16_t *pairs, int n, int16_t *out);

/* The rest: 2 UT_DOUBLE_RATE_SIDE pairs, or fewer after a shorter input. */
int ut_double_rate_end(struct ut_double_rate *d, int16_t *out);

#endif
