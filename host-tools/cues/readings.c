/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cues/readings.h"

#include "dsp/features.h"
#include "firmware/engine.h"
#include "models/infer.h"

#include <pthread.h>

double ut_readings_share(double code)
{
    return code / 255.0;
}

double ut_readings_mean_share(double sum, int n)
{
    return sum / (255.0 * n);
}

double ut_readings_loudness(double code)
{
    return code / 2;
}

double ut_readings_level_dbfs(double code)
{
    return (0 - code) / 2; /* full scale is 0, not -0 */
}

double ut_readings_loudness_of(double level_dbfs)
{
    double level = level_dbfs < -127 ? -127 : level_dbfs > 0 ? 0 : level_dbfs;
    return ut_readings_loudness(ut_features_loudness((int16_t)(level * 256))); /* Q8 */
}

static double middle_dbfs[256];

static void find_middles(void)
{
    int low[256], high[256];
    for (int i = 0; i < 256; i++)
        low[i] = high[i] = INT16_MAX;
    for (int level_q8 = INT16_MIN; level_q8 <= 0; level_q8++) {
        uint8_t at = ut_features_loudness((int16_t)level_q8);
        if (low[at] == INT16_MAX)
            low[at] = level_q8;
        high[at] = level_q8;
    }
    low[0] = high[0]; /* everything below the scale: its upper end */
    double last = 0;
    for (int i = 0; i < 256; i++) {
        if (low[i] != INT16_MAX)
            last = (low[i] + high[i]) / 512.0; /* Q8 */
        middle_dbfs[i] = last;
    }
}

double ut_readings_loudness_dbfs(uint8_t code)
{
    static pthread_once_t found = PTHREAD_ONCE_INIT;
    (void)pthread_once(&found, find_middles);
    return middle_dbfs[code];
}

double ut_readings_pace(double code)
{
    return code / 16;
}

double ut_readings_words_per_minute(double pace)
{
    return 60 * pace / 1.5;
}

double ut_readings_semitones(double code)
{
    return (code - 1) / 4;
}

double ut_readings_range(double code)
{
    return code / 4;
}

double ut_readings_log_odds(double code)
{
    return code / 64; /* Q6 */
}

const char *ut_readings_group_name(int group)
{
    static const char *const names[UT_GROUPS] = {
        [UT_GROUP_LEVEL] = "loudness",
        [UT_GROUP_LEVEL_MOVE] = "loudness_changes",
        [UT_GROUP_PITCH] = "pitch",
        [UT_GROUP_PITCH_MOVE] = "pitch_slope",
        [UT_GROUP_VOICING] = "voicing",
        [UT_GROUP_PACE] = "pace",
        [UT_GROUP_LOW_BANDS] = "energy_below_500_hz",
        [UT_GROUP_MID_BANDS] = "energy_500_2000_hz",
        [UT_GROUP_HIGH_BANDS] = "energy_above_2_khz",
    };
    return group > UT_GROUP_NONE && group < UT_GROUPS ? names[group] : "";
}

const char *ut_readings_abstain_name(int abstain)
{
    static const char *const names[] = {
        [UT_ABSTAIN_NONE] = "none",         [UT_ABSTAIN_NOISE] = "noise",
        [UT_ABSTAIN_CLIPPING] = "clipping", [UT_ABSTAIN_LITTLE] = "little_speech",
        [UT_ABSTAIN_HOLD] = "hold_or_tone", [UT_ABSTAIN_MIXED] = "mixed",
    };
    return abstain >= 0 && abstain <= UT_ABSTAIN_MIXED ? names[abstain] : "unknown";
}
