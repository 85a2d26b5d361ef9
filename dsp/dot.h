/* SPDX-License-Identifier: Apache-2.0 */
/* Inner products: the kernels of pitch, level and the perceptrons.
 *
 * dsp/dot.c is plain C; dsp/dot_dsp.c uses the DSP extension of ARMv7E-M and gives the same bits. Sums in
 * 32 bits are modulo 2^32; callers keep them within int32_t.
 */
#ifndef UT_DSP_DOT_H
#define UT_DSP_DOT_H

#include <stdint.h>

/* sum[k] = sum of a[i] b[i + k], k = 0 and 1, 0 <= i < n, n a multiple of 8; no alignment beyond int16_t's */
void ut_dot_two(const int16_t *a, const int16_t *b, int n, int32_t sum[2]);

/* sum of a[i] b[i], 0 <= i < n, n a multiple of 4 below 2^31 */
int64_t ut_dot(const int16_t *a, const int16_t *b, int n);

/* sum of x[i] w[j], 0 <= i < n, n a multiple of 4, at most 508; j = i but for the second and the third of each four,
 * which stand exchanged in w: as the pairs come out of a word of four bytes */
int32_t ut_dot_bytes(const int16_t *x, const int8_t *w, int n);

/* sum of x[i]^2, n a multiple of 8 */
uint64_t ut_dot_energy(const int16_t *x, int n);

#endif
