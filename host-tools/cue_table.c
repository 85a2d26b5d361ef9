/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/cue_table.h"

#include <string.h>

/* Texts speak of the customer or of measured facts, never of the agent's feelings. */
const struct ut_cue_info ut_cue_info[UT_CUES] = {
    [UT_CUE_EMPATHY] = {"empathy_cue", "CUSTOMER", "Customer sounds frustrated",
                        "Acknowledge it before going on.", "fast frustration score high, with confidence"},
    [UT_CUE_INTERRUPTING] = {"interrupting_customer", "AGENT", "Interruptions",
                             "Let the customer finish.", "repeated interruptions of the customer"},
    [UT_CUE_OVERLAPS] = {"frequent_overlaps", "BOTH", "Talking at the same time",
                         "Leave a short gap before answering.", "repeated or long stretches of overlapping talk"},
    [UT_CUE_SILENCE] = {"extended_silence", "BOTH", "Long silence",
                        "Say what is being done, or check in.", "both parties silent"},
    [UT_CUE_CONTINUOUS] = {"continuous_speaking", "AGENT", "Long stretch of talk",
                           "Pause, and ask the customer a question.", "the agent holds the floor without a pause"},
    [UT_CUE_RAISED_VOICE] = {"customer_raised_voice", "CUSTOMER", "Customer's voice is raised",
                             "Slow down and lower the level.",
                             "louder and higher than the customer's own baseline"},
    [UT_CUE_POSITIVE] = {"positive_interaction", "CUSTOMER", "Customer sounds pleased",
                         "This is going well.", "fast delight score high, with confidence"},
};

#define COMMON(CUE, name, enabled, on, on_low, on_high, on_unit, on_text, hold, hold_text, off, off_high, off_unit,   \
               off_text, release, refractory)                                                                         \
    [UT_P_##CUE##_ENABLED] = {name, "enabled", enabled, 0, 1, "0/1", "whether the cue is used"},                      \
    [UT_P_##CUE##_ON] = {name, "on", on, on_low, on_high, on_unit, on_text},                                          \
    [UT_P_##CUE##_HOLD] = {name, "hold", hold, 0, 60, "s", hold_text},                                                \
    [UT_P_##CUE##_OFF] = {name, "off", off, 0, off_high, off_unit, off_text},                                         \
    [UT_P_##CUE##_RELEASE] = {name, "release", release, 0, 60, "s", "the off-condition must last this long"},         \
    [UT_P_##CUE##_REFRACTORY] = {name, "refractory", refractory, 0, 3600, "s", "not opened again for this long"}

static const char hold_time[] = "the on-condition must last this long";
static const char hold_speech[] = "the on-condition must last this much customer speech";

const struct ut_param_info ut_param_info[UT_PARAMS] = {
    COMMON(EMPATHY, "empathy_cue", 1, 0.65, 0, 1, "score", "fast frustration score, at least", 3, hold_speech,
           0.45, 1, "score", "fast frustration score, at most", 5, 30),
    [UT_P_EMPATHY_CONFIDENCE] = {"empathy_cue", "confidence", 0.6, 0, 1, "score", "confidence, at least"},

    COMMON(INTERRUPTING, "interrupting_customer", 1, 2, 1, 20, "count", "interruptions by the agent in the window",
           0, hold_time, 30, 600, "s", "no interruption for this long", 0, 60),
    [UT_P_INTERRUPTING_WINDOW] = {"interrupting_customer", "window", 60, 5, 600, "s", "window of the count"},

    COMMON(OVERLAPS, "frequent_overlaps", 1, 3, 1, 20, "count", "overlaps in the window", 0, hold_time,
           20, 600, "s", "no overlap for this long", 0, 60),
    [UT_P_OVERLAPS_WINDOW] = {"frequent_overlaps", "window", 60, 5, 300, "s",
                              "window of the count (call time) and of the share (talk)"},
    [UT_P_OVERLAPS_SHARE] = {"frequent_overlaps", "share", 0.10, 0.01, 1, "share",
                             "or this share of a full window of talk in overlaps"},

    COMMON(SILENCE, "extended_silence", 1, 6, 1, 600, "s", "both silent for", 0, hold_time, 0.3, 10, "s",
           "an inter-pausal unit of anybody, at least this long", 0, 30),

    COMMON(CONTINUOUS, "continuous_speaking", 1, 30, 5, 600, "s", "the agent holds the floor for", 0, hold_time,
           1.5, 60, "s", "own pause that ends it", 0, 45),
    [UT_P_CONTINUOUS_OTHER] = {"continuous_speaking", "other", 1, 0.3, 60, "s",
                               "inter-pausal unit of the customer that ends it"},

    COMMON(RAISED_VOICE, "customer_raised_voice", 1, 6, 1, 40, "dB", "loudness above the customer's baseline",
           2, hold_speech, 3, 40, "dB", "loudness above baseline, below this", 5, 45),
    [UT_P_RAISED_VOICE_PITCH] = {"customer_raised_voice", "pitch", 3, 0, 24, "semitones",
                                 "and pitch above the customer's baseline"},
    [UT_P_RAISED_VOICE_AVERAGE] = {"customer_raised_voice", "average", 1, 0.25, 10, "s",
                                   "loudness and pitch are means over this much voiced speech"},

    COMMON(POSITIVE, "positive_interaction", 1, 0.70, 0, 1, "score", "fast delight score, at least", 2, hold_speech,
           0.5, 1, "score", "fast delight score, at most", 4, 120),
    [UT_P_POSITIVE_CONFIDENCE] = {"positive_interaction", "confidence", 0.6, 0, 1, "score", "confidence, at least"},

    [UT_P_DISPLAY_MINIMUM] = {"display", "minimum", 4, 0, 60, "s", "a visible cue stays at least this long"},
    [UT_P_DISPLAY_LONGEST] = {"display", "longest", 10, 0, 3600, "s",
                              "after this long it gives way to a waiting cue of lower priority"},
    [UT_P_DISPLAY_BUDGET] = {"display", "budget", 6, 0, 30, "count", "cues shown at most, in the budget's window"},
    [UT_P_DISPLAY_BUDGET_WINDOW] = {"display", "budget_window", 300, 10, 3600, "s", "window of the budget"},
    [UT_P_BASELINE_MINIMUM] = {"baseline", "minimum", 20, 1, 600, "s", "own speech before a baseline is valid"},
    [UT_P_SCORE_FAST] = {"score", "fast", 3, 0.25, 30, "s", "customer speech in the fast average"},
    [UT_P_SCORE_SLOW] = {"score", "slow", 20, 1, 100, "s", "customer speech in the slow average"},
};

enum ut_cue ut_cue_find(const char *name)
{
    for (int cue = 0; cue < UT_CUES; cue++)
        if (strcmp(ut_cue_info[cue].name, name) == 0)
            return (enum ut_cue)cue;
    return UT_CUES;
}

enum ut_param ut_cue_param(enum ut_cue cue)
{
    static const enum ut_param first[UT_CUES] = {
        [UT_CUE_EMPATHY] = UT_P_EMPATHY_ENABLED,         [UT_CUE_INTERRUPTING] = UT_P_INTERRUPTING_ENABLED,
        [UT_CUE_OVERLAPS] = UT_P_OVERLAPS_ENABLED,       [UT_CUE_SILENCE] = UT_P_SILENCE_ENABLED,
        [UT_CUE_CONTINUOUS] = UT_P_CONTINUOUS_ENABLED,   [UT_CUE_RAISED_VOICE] = UT_P_RAISED_VOICE_ENABLED,
        [UT_CUE_POSITIVE] = UT_P_POSITIVE_ENABLED,
    };
    return first[cue];
}
