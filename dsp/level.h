/* SPDX-License-Identifier: Apache-2.0 */
/* How loud: level in dBFS and the share above 4 kHz, over 30 ms.
 *
 * in    the newest hop: 80 even and 80 odd samples at 16 kHz, and 80 samples at 8 kHz, DC-free
 * out   level_q8  10 log10(mean square / 32768^2), dB Q8: 0 dBFS = full-scale square wave, a full-scale sine is
 *                 -3.01 dBFS (ITU-T G.100.1 dBov); UT_LEVEL_FLOOR_Q8 for digital silence
 *       high_q8   the same of what lies above 4 kHz, as the difference of the two energies; never less than
 *                 level - 40 dB, the accuracy of that difference
 * Window: six blocks of 5 ms, rectangular; after n hops centred at 10 (n - 2) ms. Error <= 0.02 dB. SPEC.md "Level".
 */
#ifndef UT_DSP_LEVEL_H
#define UT_DSP_LEVEL_H

#include <stdint.h>

enum {
    UT_LEVEL_FLOOR_Q8 = -100 * 256,
    UT_LEVEL_BLOCKS = 8 /* six in the window, the one after it, the one before it */
};

struct ut_level {
    uint64_t all[UT_LEVEL_BLOCKS]; /* sums of squares of 5 ms at 16 kHz: a ring */
    uint64_t low[UT_LEVEL_BLOCKS]; /* the same at 8 kHz, doubled */
    uint64_t window_all, window_low;
    uint32_t at; /* blocks so far, modulo UT_LEVEL_BLOCKS */
    int16_t level_q8;
    int16_t high_q8;
};

void ut_level_init(struct ut_level *l);
void ut_level_hop(struct ut_level *l, const int16_t even[80], const int16_t odd[80], const int16_t hop8[80]);

#endif
