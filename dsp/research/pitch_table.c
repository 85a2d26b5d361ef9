/* SPDX-License-Identifier: Apache-2.0 */
/* Written by models/train/pitch.py from half of the sentences with a laryngograph (Bagshaw 1993).
 * Fitted to: fda (research-only). */
#include "dsp/pitch_table.h"

#include "dsp/features.h"

const struct ut_pitch_table ut_pitch_table = {
    .set = UT_TABLES_RESEARCH,
    .peak_min_q15 = 6088,
    .lag_weight_q15 = 108,
    .unvoiced_q12 = 1962,
    .switch_q12 = 1878,
    .switch_per_db_q12 = 45,
    .switch_min_q12 = 82,
    .jump_q8 = 171,
    .own_weight_q16 = 6991,
    .peak_decay_q8 = 6,
    .floor_q8 = 8192,
    .voiced_bias_q22 = -36952484,
    .voiced_weight = {2616, 3234, -1710, 3192, 2388, 292, -429, 561, 672, 70, -2719, -3496, -5567, 628,
                      -8663, 1199, 853, 1115, 1669, 237, -147, 449, 108, 1135, -649, 430, 873, 7201},
};
