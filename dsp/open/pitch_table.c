/* SPDX-License-Identifier: Apache-2.0 */
/* Written by models/train/open_pitch.py: numbers of the search and weights, DESIGN.md "Pitch".
 * Fitted to: Emo-DB (CC0-1.0); call-centre samples (Apache-2.0); espeak-ng and made voices (made-here); SwiftF0's labels (MIT). */
#include "dsp/pitch_table.h"

#include "dsp/features.h"

const struct ut_pitch_table ut_pitch_table = {
    .set = UT_TABLES_OPEN,
    .peak_min_q15 = 10957,
    .lag_weight_q15 = 107,
    .unvoiced_q12 = 2262,
    .switch_q12 = 525,
    .switch_per_db_q12 = 25,
    .switch_min_q12 = 60,
    .jump_q8 = 134,
    .own_weight_q16 = 4993,
    .peak_decay_q8 = 10,
    .floor_q8 = 10125,
    .voiced_bias_q22 = -14998348,
    .voiced_weight = {1710, 2069, -4661, 1882, 1543, 477, -603, -605, -703, 316, -2189, -3147, -6246, -3631,
                      -3076, 673, 1307, 2701, 1366, 854, 32, -87, 255, 285, -360, 4503, 585, 8887},
};
