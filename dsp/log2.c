/* SPDX-License-Identifier: Apache-2.0 */
#include "dsp/log2.h"

#include "dsp/q.h"
#include "dsp/tables.h"

int32_t ut_log2_q16(uint64_t x)
{
    if (x == 0)
        return 0;
    int lead = ut_q_clz64(x);
    uint64_t mantissa = x << lead; /* 1.0 = bit 63 */
    uint32_t segment = (uint32_t)(mantissa >> 57) & 63;
    int32_t within_q15 = (int32_t)((mantissa >> 42) & 0x7FFF);
    int32_t low = (int32_t)ut_tables_log2_q16[segment];
    int32_t step = (int32_t)ut_tables_log2_q16[segment + 1] - low;         /* <= 1465 */
    return (63 - lead) * 65536 + low + ut_q_rshift(step * within_q15, 15); /* Q16 * Q15 >> 15 = Q16 */
}

int32_t ut_log2_decibel_q8(uint64_t power)
{
    /* 10 log10(2) = 3.0103; in Q22 per 2^8: 3.0103 / 256 * 2^22 = 49321 */
    return (int32_t)ut_q_rshift64((int64_t)ut_log2_q16(power) * 49321, 22); /* Q16 * Q14 >> 22 = Q8 */
}

int32_t ut_log2_semitones_q8(uint32_t f_q4)
{
    if (f_q4 == 0)
        return 0;
    int32_t octaves_q16 = ut_log2_q16(f_q4) - 641031; /* log2(55 * 16), Q16 */
    return ut_q_rshift(octaves_q16 * 12, 8);
}
