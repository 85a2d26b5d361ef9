/* SPDX-License-Identifier: Apache-2.0 */
/* How loud both inputs are: the mean of their squares without what stands still, in tenths of a dB.
 *
 * in    pairs {first, second} of int16 Q15
 * out   dBFS as SPEC.md "Numbers" has it: a full-scale sine reads -30 tenths; UT_LEVEL_SILENT for nothing at all
 */
#ifndef UT_FIRMWARE_SELFTEST_LEVEL_H
#define UT_FIRMWARE_SELFTEST_LEVEL_H

#include <stddef.h>
#include <stdint.h>

enum { UT_LEVEL_SILENT = -999 };

struct ut_level_meter {
    uint64_t squares[2];
    int64_t sum[2];
    uint32_t pairs; /* at most 2^20 */
};

void ut_level_meter_init(struct ut_level_meter *m);
void ut_level_meter_push(struct ut_level_meter *m, const int16_t *pairs, size_t frames);

/* input 0 or 1 */
int32_t ut_level_meter_tenths(const struct ut_level_meter *m, int input);

#endif
