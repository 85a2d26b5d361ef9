/* SPDX-License-Identifier: Apache-2.0 */
/* The filters of dsp/frame.c: the running mean taken off, and two decimations by two with half-band filters.
 *
 * dsp/filter.c is plain C; dsp/filter_dsp.c uses the DSP extension of ARMv7E-M and gives the same bits. Outputs are
 * rounded half up and saturated. SPEC.md "Frame".
 */
#ifndef UT_DSP_FILTER_H
#define UT_DSP_FILTER_H

#include <stdint.h>

/* Takes the running mean, Q15 in Q12, off n samples x[0], x[stride], ..., which go to `first` and `second` in turn.
 * Returns how many were INT16_MAX or INT16_MIN. */
int32_t ut_filter_mean(const int16_t *x, int stride, int n, int32_t *mean_q12, int16_t *first, int16_t *second);

/* 31 taps, the odd samples apart: y[j] = centre[j] / 2 + sum of h[i] odd[j + i], 0 <= i < 16; j < n, a multiple of 8.
 * odd holds n + 15 samples. */
void ut_filter_half31(const int16_t *centre, const int16_t *odd, int16_t *y, int n);

/* 15 taps: y[j] = x[2 j + 7] / 2 + sum of h[i] x[2 j + 2 i], 0 <= i < 8; j < n, a multiple of 8. x holds 2 n + 14
 * samples, of which the last has no effect. */
void ut_filter_half15(const int16_t *x, int16_t *y, int n);

#endif
