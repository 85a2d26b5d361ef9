/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/settings/cue_table.h"

#include <string.h>

#define CUE(ID, name, role, severity) [UT_CUE_##ID] = {name, role, severity, UT_P_##ID##_SHOW}

const struct ut_cue_info ut_cue_info[UT_CUES] = {
    CUE(HELP, "ask_for_help", "CUSTOMER", "high"),
    CUE(EMPATHY, "empathy_cue", "CUSTOMER", "high"),
    CUE(RAISED_VOICE, "customer_raised_voice", "CUSTOMER", "medium"),
    CUE(RISING, "rising_frustration", "CUSTOMER", "medium"),
    CUE(INTERRUPTING, "interrupting_customer", "AGENT", "medium"),
    CUE(OVERLAPS, "frequent_overlaps", "BOTH", "medium"),
    CUE(SILENCE, "extended_silence", "BOTH", "medium"),
    CUE(SLOW_RESPONSE, "slow_to_respond", "AGENT", "low"),
    CUE(HESITATES, "customer_hesitates", "CUSTOMER", "low"),
    CUE(CONTINUOUS, "continuous_speaking", "AGENT", "medium"),
    CUE(TALK_RATIO, "talk_ratio_high", "AGENT", "low"),
    CUE(QUICKLY, "speaking_quickly", "AGENT", "low"),
    CUE(SLOWLY, "speaking_slowly", "AGENT", "low"),
    CUE(MIC_LOW, "mic_level_low", "AGENT", "low"),
    CUE(MIC_HIGH, "mic_level_high", "AGENT", "low"),
    CUE(POSITIVE, "positive_interaction", "CUSTOMER", "info"),
    CUE(GOOD_MOMENT, "good_moment", "CUSTOMER", "info"),
    CUE(PAUSED, "scores_paused", "SYSTEM", "info"),
};

#define NUMBER(CUE, section, key, ...) [UT_P_##CUE] = {section, key, __VA_ARGS__, NULL}
#define COMMON(CUE, name, show, on, on_low, on_high, on_unit, on_text, hold, hold_text, off, off_high, off_unit,       \
               off_text, release, refractory)                                                                          \
    [UT_P_##CUE##_SHOW] = {name, "show", show, 0, 3, "name", "how it is shown", "off popup gauge arrow"},              \
    NUMBER(CUE##_ON, name, "on", on, on_low, on_high, on_unit, on_text),                                               \
    NUMBER(CUE##_HOLD, name, "hold", hold, 0, 60, "s", hold_text),                                                     \
    NUMBER(CUE##_OFF, name, "off", off, 0, off_high, off_unit, off_text),                                              \
    NUMBER(CUE##_RELEASE, name, "release", release, 0, 60, "s", "the off-condition must last this long"),              \
    NUMBER(CUE##_REFRACTORY, name, "refractory", refractory, 0, 3600, "s", "not opened again for this long")

static const char hold_time[] = "the on-condition must last this long";
static const char hold_customer[] = "the on-condition must last this much customer speech";
static const char hold_agent[] = "the on-condition must last this much agent speech";

const struct ut_param_info ut_param_info[UT_PARAMS] = {
    COMMON(HELP, "ask_for_help", UT_SHOW_POPUP, 0.75, 0, 1, "score", "slow frustration score, at least", 3, hold_time,
           0.5, 1, "score", "slow frustration score, at most", 30, 180),
    NUMBER(HELP_SPEECH_WINDOW, "ask_for_help", "speech_window", 60, 5, 100, "s",
           "the speech of the slow score lies within this time"),
    NUMBER(HELP_CUES, "ask_for_help", "cues", 2, 1, 20, "count", "or this many empathy_cue opened"),
    NUMBER(HELP_CUES_WINDOW, "ask_for_help", "cues_window", 120, 5, 600, "s", "within this time"),
    NUMBER(HELP_SLOPE, "ask_for_help", "slope", 0, -1, 1, "score/10 s", "and slope of the slow score, at least"),
    NUMBER(HELP_DISMISS, "ask_for_help", "dismiss", 10, 0, 600, "s", "the agent's time to dismiss it before the flag"),
    [UT_P_HELP_FLAG] = {"ask_for_help", "flag", 0, 0, 1, "name", "whether the supervisor's flag follows", "no yes"},

    COMMON(EMPATHY, "empathy_cue", UT_SHOW_POPUP, 0.35, 0, 1, "score", "fast frustration score, at least", 2,
           hold_customer, 0.25, 1, "score", "fast frustration score, at most, or not above what is usual", 5, 30),
    NUMBER(EMPATHY_ABOVE, "empathy_cue", "above", 0.3, 0, 1, "score",
           "and above what is usual for this caller by this much, at least"),
    NUMBER(EMPATHY_CONFIDENCE, "empathy_cue", "confidence", 0.35, 0, 1, "score", "confidence, at least"),

    COMMON(RAISED_VOICE, "customer_raised_voice", UT_SHOW_POPUP, 6, 1, 40, "dB",
           "loudness above the customer's baseline", 2, hold_customer, 3, 40, "dB",
           "loudness above baseline, below this", 5, 45),
    NUMBER(RAISED_VOICE_PITCH, "customer_raised_voice", "pitch", 3, 0, 24, "semitones",
           "and pitch above the customer's baseline"),
    NUMBER(RAISED_VOICE_AVERAGE, "customer_raised_voice", "average", 1, 0.25, 10, "s",
           "loudness and pitch are means over this much voiced speech"),

    COMMON(RISING, "rising_frustration", UT_SHOW_ARROW, 0.15, 0.01, 1, "score/10 s",
           "slope of the slow frustration score, at least", 4, hold_time, 0.05, 1, "score/10 s",
           "slope of the slow frustration score, below this", 5, 45),
    NUMBER(RISING_PROBABILITY, "rising_frustration", "probability", 0.7, 0, 1, "share",
           "and the forecast that the fast score reaches 0.65 within 20 s, at least"),

    COMMON(INTERRUPTING, "interrupting_customer", UT_SHOW_POPUP, 2, 1, 20, "count",
           "interruptions by the agent in the window", 0, hold_time, 30, 600, "s", "no interruption for this long", 0,
           60),
    NUMBER(INTERRUPTING_WINDOW, "interrupting_customer", "window", 60, 5, 600, "s", "window of the count"),

    COMMON(OVERLAPS, "frequent_overlaps", UT_SHOW_POPUP, 3, 1, 20, "count", "overlaps in the window", 0, hold_time, 20,
           600, "s", "no overlap for this long", 0, 60),
    NUMBER(OVERLAPS_WINDOW, "frequent_overlaps", "window", 60, 5, 300, "s",
           "window of the count (call time) and of the share (talk)"),
    NUMBER(OVERLAPS_SHARE, "frequent_overlaps", "share", 0.10, 0.01, 1, "share",
           "or this share of a full window of talk in overlaps"),

    COMMON(SILENCE, "extended_silence", UT_SHOW_POPUP, 6, 1, 600, "s", "both silent for", 0, hold_time, 0.3, 10, "s",
           "an inter-pausal unit of anybody, at least this long", 0, 30),

    COMMON(SLOW_RESPONSE, "slow_to_respond", UT_SHOW_GAUGE, 3, 0.5, 600, "s", "both silent after the customer's turn",
           0, hold_time, 0.3, 10, "s", "an inter-pausal unit of the agent, at least this long", 0, 30),
    NUMBER(SLOW_RESPONSE_TURN, "slow_to_respond", "turn", 1, 0, 60, "s", "the customer's turn, at least this long"),

    /* Answers after 0.7 s and more are heard as reluctant: K. H. Kendrick, F. Torreira, Discourse Processes 52 (2015).
     * Pauses from 0.25 s on: F. Goldman-Eisler, Psycholinguistics (1968). Filled pauses by their steady pitch: M. Goto,
     * K. Itou, S. Hayamizu, Eurospeech 1999. All the rest: docs/measured/hesitation.md. */
    COMMON(HESITATES, "customer_hesitates", UT_SHOW_GAUGE, 2, 0.1, 8, "thresholds",
           "the four signs, each as a share of its threshold and at most 2, together at least", 0, hold_time, 1, 8,
           "thresholds", "the four signs together, below", 5, 60),
    NUMBER(HESITATES_WINDOW, "customer_hesitates", "window", 12, 4, 60, "s",
           "the customer's own talk that is held against all before it"),
    NUMBER(HESITATES_LATENCY, "customer_hesitates", "latency", 1.2, 0.1, 10, "s",
           "sign: answers come this much later than usual"),
    NUMBER(HESITATES_PAUSES, "customer_hesitates", "pauses", 0.2, 0.01, 1, "share",
           "sign: this much more of the talk is silence"),
    NUMBER(HESITATES_FILLED, "customer_hesitates", "filled", 10, 0.5, 60, "per min",
           "sign: so many more filled pauses"),
    NUMBER(HESITATES_PACE, "customer_hesitates", "pace", 2.5, 0.1, 10, "sigma",
           "sign: pace below the customer's baseline"),
    NUMBER(HESITATES_PAUSE, "customer_hesitates", "pause", 0.25, 0.2, 5, "s", "a pause within a turn, at least"),
    NUMBER(HESITATES_LONGEST, "customer_hesitates", "longest", 5, 1, 60, "s",
           "a longer pause or wait for an answer counts for nothing: something is looked up"),
    NUMBER(HESITATES_RANGE, "customer_hesitates", "range", 1.5, 0, 12, "semitones",
           "filled pause: pitch within a quarter second stays in this range"),
    NUMBER(HESITATES_STEADY, "customer_hesitates", "steady", 1, 0, 12, "semitones",
           "filled pause: and moves by at most this much to the next"),
    NUMBER(HESITATES_LEVEL, "customer_hesitates", "level", 6, 0, 100, "loudness",
           "filled pause: and so does loudness (0 to 100)"),
    NUMBER(HESITATES_RECORDS, "customer_hesitates", "records", 2, 1, 20, "count",
           "filled pause: for this many quarter seconds"),

    COMMON(CONTINUOUS, "continuous_speaking", UT_SHOW_POPUP, 30, 5, 600, "s", "the agent holds the floor for", 0,
           hold_time, 1.5, 60, "s", "own pause that ends it", 0, 45),
    NUMBER(CONTINUOUS_OTHER, "continuous_speaking", "other", 1, 0.3, 60, "s",
           "inter-pausal unit of the customer that ends it"),

    COMMON(TALK_RATIO, "talk_ratio_high", UT_SHOW_GAUGE, 0.65, 0, 1, "share", "agent's share of the talk, above", 30,
           hold_time, 0.55, 1, "share", "agent's share of the talk, below", 30, 180),
    NUMBER(TALK_RATIO_WINDOW, "talk_ratio_high", "window", 180, 10, 300, "s", "over this much of the call"),

    COMMON(QUICKLY, "speaking_quickly", UT_SHOW_POPUP, 2, 0, 10, "sigma", "pace above the agent's baseline, at least",
           5, hold_agent, 1, 10, "sigma", "pace above the agent's baseline, below", 5, 60),
    NUMBER(QUICKLY_WPM, "speaking_quickly", "wpm", 170, 0, 600, "words/min",
           "and words per minute (estimate), at least"),
    NUMBER(QUICKLY_WPM_OFF, "speaking_quickly", "wpm_off", 155, 0, 600, "words/min", "or words per minute, below"),

    COMMON(SLOWLY, "speaking_slowly", UT_SHOW_OFF, 2, 0, 10, "sigma", "pace below the agent's baseline, at least", 8,
           hold_agent, 1, 10, "sigma", "pace below the agent's baseline, less than", 5, 60),
    NUMBER(SLOWLY_WPM, "speaking_slowly", "wpm", 100, 0, 600, "words/min", "and words per minute (estimate), at most"),
    NUMBER(SLOWLY_WPM_OFF, "speaking_slowly", "wpm_off", 110, 0, 600, "words/min", "or words per minute, above"),

    COMMON(MIC_LOW, "mic_level_low", UT_SHOW_POPUP, 8, 1, 60, "dB", "level below the agent's baseline, at least", 10,
           hold_agent, 4, 60, "dB", "level below the agent's baseline, at most", 5, 120),
    NUMBER(MIC_LOW_AVERAGE, "mic_level_low", "average", 2, 0.25, 30, "s",
           "level is the mean over this much agent speech"),

    COMMON(MIC_HIGH, "mic_level_high", UT_SHOW_POPUP, 0.5, 0, 1, "share",
           "quarter seconds of speech with more than 1 % clipped, at least", 10, hold_agent, 0.1, 1, "share",
           "quarter seconds of speech with more than 1 % clipped, at most", 5, 120),
    NUMBER(MIC_HIGH_AVERAGE, "mic_level_high", "average", 2, 0.25, 30, "s", "share of this much agent speech"),

    COMMON(POSITIVE, "positive_interaction", UT_SHOW_GAUGE, 0.70, 0, 1, "score", "fast delight score, at least", 2,
           hold_customer, 0.5, 1, "score", "fast delight score, at most", 4, 120),
    NUMBER(POSITIVE_CONFIDENCE, "positive_interaction", "confidence", 0.6, 0, 1, "score", "confidence, at least"),

    COMMON(GOOD_MOMENT, "good_moment", UT_SHOW_OFF, 0.7, 0, 1, "score", "maximum of the slow delight score, at least",
           0, hold_time, 0.5, 1, "score", "slow delight score, at most", 4, 300),
    NUMBER(GOOD_MOMENT_FRUSTRATION, "good_moment", "frustration", 0.2, 0, 1, "score",
           "and slow frustration score, at most"),
    NUMBER(GOOD_MOMENT_WINDOW, "good_moment", "window", 60, 5, 120, "s", "the maximum is over this much of the call"),
    NUMBER(GOOD_MOMENT_WITHIN, "good_moment", "within", 8, 0, 60, "s", "and the maximum is at most this old"),

    COMMON(PAUSED, "scores_paused", UT_SHOW_POPUP, 1, 1, 40, "count", "quarter seconds without a score, in a row", 3,
           hold_time, 1, 40, "count", "quarter seconds with nothing against a score, in a row", 3, 0),
    [UT_P_PAUSED_LITTLE] = {"scores_paused", "little_speech", 0, 0, 1, "name",
                            "whether too little customer speech counts too", "no yes"},

    NUMBER(DISPLAY_MINIMUM, "display", "minimum", 4, 0, 60, "s", "a visible cue stays at least this long"),
    NUMBER(DISPLAY_LONGEST, "display", "longest", 10, 0, 3600, "s",
           "after this long it gives way to a waiting cue of lower priority"),
    NUMBER(DISPLAY_BUDGET, "display", "budget", 6, 0, 30, "count", "cues shown at most, in the budget's window"),
    NUMBER(DISPLAY_BUDGET_WINDOW, "display", "budget_window", 300, 10, 3600, "s", "window of the budget"),
    NUMBER(BASELINE_MINIMUM, "baseline", "minimum", 20, 1, 600, "s", "own speech before a baseline is valid"),
    NUMBER(BASELINE_PACE_SIGMA, "baseline", "pace_sigma", 0.25, 0, 10, "syllables/s", "least sigma of a pace baseline"),
    NUMBER(SCORE_FAST, "score", "fast", 3, 0.25, 30, "s", "customer speech in the fast average"),
    NUMBER(SCORE_SLOW, "score", "slow", 20, 1, 100, "s", "customer speech in the slow average"),
    NUMBER(SCORE_SLOPE, "score", "slope", 10, 0.25, 60, "s", "the slow score's slope is its change over this time"),
    NUMBER(SCORE_USUAL, "score", "usual", 0.2, 0, 1, "score",
           "what frustration score is usual for a caller of whom nothing was heard"),
    NUMBER(SCORE_USUAL_WEIGHT, "score", "usual_weight", 10, 0.25, 120, "s",
           "customer speech that this is worth in the mean of the call so far"),
    NUMBER(CALIBRATION_TEMPERATURE, "calibration", "temperature", 1, 0.2, 5, "factor",
           "log-odds of the scores are divided by it; `undertone adapt` finds it"),
    NUMBER(CALIBRATION_FRUSTRATION, "calibration", "frustration", 0, -4, 4, "log-odds",
           "and this is added for frustration, against other"),
    NUMBER(CALIBRATION_DELIGHT, "calibration", "delight", 0, -4, 4, "log-odds", "and this for delight"),
    NUMBER(HOLD_ON, "hold", "on", 5, 1, 60, "s",
           "nobody speaks, and a channel has sound or the customer's line is cut, for"),
    NUMBER(HOLD_SHARE, "hold", "share", 0.8, 0.5, 1, "share", "in at least this much of that time"),
    NUMBER(HOLD_LEVEL, "hold", "level", -40, -80, 0, "dBFS",
           "sound: at least this level, until it is known how loud pauses and the voice are"),
    NUMBER(HOLD_ABOVE, "hold", "above", 10, 1, 60, "dB", "sound: at least this far above the channel's usual pauses"),
    NUMBER(HOLD_VOICE, "hold", "voice", 15, 0, 60, "dB", "sound: at most this far below the party's voice"),
    NUMBER(HOLD_BELOW, "hold", "below", 10, 1, 60, "dB", "cut: the customer's channel is this far below its pauses"),
    NUMBER(HOLD_STEADY, "hold", "steady", 30, 10, 120, "s", "or nobody speaks and that channel's level stays for"),
    NUMBER(HOLD_RANGE, "hold", "range", 4, 0.5, 20, "dB", "within this range"),
    NUMBER(HOLD_SPEECH, "hold", "speech", 1, 0.3, 10, "s",
           "ends with an inter-pausal unit of anybody, at least this long"),
    NUMBER(HOLD_OFF, "hold", "off", 5, 1, 60, "s", "or when the sound has stopped, or the line is back, for"),
    NUMBER(HOLD_USUAL, "hold", "usual", 3, 0.25, 60, "s", "pauses, or voice, before what is usual of them is known"),
    NUMBER(HOLD_ANNOUNCEMENT, "hold", "announcement", 10, 0, 600, "s",
           "speech in the customer's channel before the agent's first, at least this much: no customer's"),
    NUMBER(TRAJECTORY_CHANGE, "trajectory", "change", 0.1, 0.01, 1, "score",
           "a call whose slow frustration score ends this far above its begin ended worse, this far below better"),
    NUMBER(EFFECT_HOLDOUT, "effect", "holdout", 0, 0, 50, "%",
           "of a site's desk-weeks, drawn by the site's key, go without cues, so that `undertone effect` can tell"),
    NUMBER(LINK_SILENT, "link", "silent", 5, 1, 3600, "s", "no bytes from a headset for this long: worth a remark"),
    NUMBER(LINK_NO_RECORD, "link", "no_record", 10, 1, 3600, "s",
           "bytes, and no record among them, for this long: likewise"),
};

const struct ut_param_order ut_param_order[] = {
    {UT_P_HELP_OFF, UT_P_HELP_ON},
    {UT_P_EMPATHY_OFF, UT_P_EMPATHY_ON},
    {UT_P_RAISED_VOICE_OFF, UT_P_RAISED_VOICE_ON},
    {UT_P_RISING_OFF, UT_P_RISING_ON},
    {UT_P_HESITATES_OFF, UT_P_HESITATES_ON},
    {UT_P_HESITATES_PAUSE, UT_P_HESITATES_LONGEST},
    {UT_P_TALK_RATIO_OFF, UT_P_TALK_RATIO_ON},
    {UT_P_QUICKLY_OFF, UT_P_QUICKLY_ON},
    {UT_P_QUICKLY_WPM_OFF, UT_P_QUICKLY_WPM},
    {UT_P_SLOWLY_OFF, UT_P_SLOWLY_ON},
    {UT_P_SLOWLY_WPM, UT_P_SLOWLY_WPM_OFF},
    {UT_P_MIC_LOW_OFF, UT_P_MIC_LOW_ON},
    {UT_P_MIC_HIGH_OFF, UT_P_MIC_HIGH_ON},
    {UT_P_POSITIVE_OFF, UT_P_POSITIVE_ON},
    {UT_P_GOOD_MOMENT_OFF, UT_P_GOOD_MOMENT_ON},
    {UT_P_SCORE_FAST, UT_P_SCORE_SLOW},
    {UT_P_DISPLAY_MINIMUM, UT_P_DISPLAY_LONGEST},
    {UT_P_HOLD_ON, UT_P_HOLD_STEADY},
    {UT_PARAMS, UT_PARAMS},
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
    return ut_cue_info[cue].first;
}

const char *ut_param_choice(enum ut_param p, double value)
{
    static _Thread_local char name[16];
    const char *at = ut_param_info[p].choices;
    if (at == NULL)
        return NULL;
    for (int i = (int)value; i > 0; i--)
        at += strcspn(at, " ") + 1;
    size_t len = strcspn(at, " ");
    memcpy(name, at, len);
    name[len] = '\0';
    return name;
}

int ut_param_choose(enum ut_param p, const char *name)
{
    if (ut_param_info[p].choices == NULL)
        return -1;
    for (int i = 0; i <= (int)ut_param_info[p].high; i++)
        if (strcmp(ut_param_choice(p, i), name) == 0)
            return i;
    return -1;
}
