/* SPDX-License-Identifier: Apache-2.0 */
/* Logarithms of powers and frequencies, by a 64-segment table.
 *
 * Error of the logarithm <= 0.0001 (of the decibel value <= 0.003 dB with its Q8 rounding). Total.
 * SPEC.md "Logarithms".
 */
#ifndef UT_DSP_LOG2_H
#define UT_DSP_LOG2_H

#include <stdint.h>

/* log2(x), Q16, 0..64 * 65536; 0 for x = 0 */
int32_t ut_log2_q16(uint64_t x);

/* 10 log10(power), dB Q8, 0..49321; 0 for power = 0 */
int32_t ut_log2_decibel_q8(uint64_t power);

/* Semitones above 55 Hz of a frequency in Hz Q4, Q8; 0 for 0 (unvoiced). 60..500 Hz give 386..9783. */
int32_t ut_log2_semitones_q8(uint32_t f_q4);

#endif
