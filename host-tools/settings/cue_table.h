/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of cues and of every number they depend on: default, unit, range, meaning.
 *
 * `undertone cues` prints it, the config file overrides it ([cue] key = value), the cue engine reads it. A number
 * that is not here is not a threshold. What people read is in host-tools/cues/catalogue.h. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_TABLE_H
#define UT_HOST_CUE_TABLE_H

/* In order of priority, highest first. */
enum ut_cue {
    UT_CUE_HELP,
    UT_CUE_EMPATHY,
    UT_CUE_RAISED_VOICE,
    UT_CUE_RISING,
    UT_CUE_INTERRUPTING,
    UT_CUE_OVERLAPS,
    UT_CUE_SILENCE,
    UT_CUE_SLOW_RESPONSE,
    UT_CUE_HESITATES,
    UT_CUE_CONTINUOUS,
    UT_CUE_TALK_RATIO,
    UT_CUE_QUICKLY,
    UT_CUE_SLOWLY,
    UT_CUE_MIC_LOW,
    UT_CUE_MIC_HIGH,
    UT_CUE_POSITIVE,
    UT_CUE_GOOD_MOMENT,
    UT_CUE_PAUSED,
    UT_CUES
};

/* How a cue is shown: the values of its number `show`. */
enum ut_cue_show {
    UT_SHOW_OFF,   /* not used at all */
    UT_SHOW_POPUP, /* competes for the one visible place and the budget */
    UT_SHOW_GAUGE, /* moves a gauge, never pops up */
    UT_SHOW_ARROW  /* an arrow beside the customer's mood, never pops up */
};

/* Every number. The first six of each cue are in the same order, see ut_cue_common. */
enum ut_param {
#define UT_PARAMS_OF(CUE)                                                                                              \
    UT_P_##CUE##_SHOW, UT_P_##CUE##_ON, UT_P_##CUE##_HOLD, UT_P_##CUE##_OFF, UT_P_##CUE##_RELEASE,                     \
        UT_P_##CUE##_REFRACTORY
    UT_PARAMS_OF(HELP),
    UT_P_HELP_SPEECH_WINDOW,
    UT_P_HELP_CUES,
    UT_P_HELP_CUES_WINDOW,
    UT_P_HELP_SLOPE,
    UT_P_HELP_DISMISS,
    UT_P_HELP_FLAG,
    UT_PARAMS_OF(EMPATHY),
    UT_P_EMPATHY_ABOVE,
    UT_P_EMPATHY_CONFIDENCE,
    UT_PARAMS_OF(RAISED_VOICE),
    UT_P_RAISED_VOICE_PITCH,
    UT_P_RAISED_VOICE_AVERAGE,
    UT_PARAMS_OF(RISING),
    UT_P_RISING_PROBABILITY,
    UT_PARAMS_OF(INTERRUPTING),
    UT_P_INTERRUPTING_WINDOW,
    UT_PARAMS_OF(OVERLAPS),
    UT_P_OVERLAPS_WINDOW,
    UT_P_OVERLAPS_SHARE,
    UT_PARAMS_OF(SILENCE),
    UT_PARAMS_OF(SLOW_RESPONSE),
    UT_P_SLOW_RESPONSE_TURN,
    UT_PARAMS_OF(HESITATES),
    UT_P_HESITATES_WINDOW,
    UT_P_HESITATES_LATENCY,
    UT_P_HESITATES_PAUSES,
    UT_P_HESITATES_FILLED,
    UT_P_HESITATES_PACE,
    UT_P_HESITATES_PAUSE,
    UT_P_HESITATES_LONGEST,
    UT_P_HESITATES_RANGE,
    UT_P_HESITATES_STEADY,
    UT_P_HESITATES_LEVEL,
    UT_P_HESITATES_RECORDS,
    UT_PARAMS_OF(CONTINUOUS),
    UT_P_CONTINUOUS_OTHER,
    UT_PARAMS_OF(TALK_RATIO),
    UT_P_TALK_RATIO_WINDOW,
    UT_PARAMS_OF(QUICKLY),
    UT_P_QUICKLY_WPM,
    UT_P_QUICKLY_WPM_OFF,
    UT_PARAMS_OF(SLOWLY),
    UT_P_SLOWLY_WPM,
    UT_P_SLOWLY_WPM_OFF,
    UT_PARAMS_OF(MIC_LOW),
    UT_P_MIC_LOW_AVERAGE,
    UT_PARAMS_OF(MIC_HIGH),
    UT_P_MIC_HIGH_AVERAGE,
    UT_PARAMS_OF(POSITIVE),
    UT_P_POSITIVE_CONFIDENCE,
    UT_PARAMS_OF(GOOD_MOMENT),
    UT_P_GOOD_MOMENT_FRUSTRATION,
    UT_P_GOOD_MOMENT_WINDOW,
    UT_P_GOOD_MOMENT_WITHIN,
    UT_PARAMS_OF(PAUSED),
    UT_P_PAUSED_LITTLE,
    UT_P_DISPLAY_MINIMUM,
    UT_P_DISPLAY_LONGEST,
    UT_P_DISPLAY_BUDGET,
    UT_P_DISPLAY_BUDGET_WINDOW,
    UT_P_BASELINE_MINIMUM,
    UT_P_BASELINE_PACE_SIGMA,
    UT_P_SCORE_FAST,
    UT_P_SCORE_SLOW,
    UT_P_SCORE_SLOPE,
    UT_P_SCORE_USUAL,
    UT_P_SCORE_USUAL_WEIGHT,
    UT_P_CALIBRATION_TEMPERATURE,
    UT_P_CALIBRATION_FRUSTRATION,
    UT_P_CALIBRATION_DELIGHT,
    UT_P_HOLD_ON,
    UT_P_HOLD_SHARE,
    UT_P_HOLD_LEVEL,
    UT_P_HOLD_ABOVE,
    UT_P_HOLD_VOICE,
    UT_P_HOLD_BELOW,
    UT_P_HOLD_STEADY,
    UT_P_HOLD_RANGE,
    UT_P_HOLD_SPEECH,
    UT_P_HOLD_OFF,
    UT_P_HOLD_USUAL,
    UT_P_HOLD_ANNOUNCEMENT,
    UT_P_TRAJECTORY_CHANGE,
    UT_P_EFFECT_HOLDOUT,
    UT_P_LINK_SILENT,
    UT_P_LINK_NO_RECORD,
    UT_PARAMS
#undef UT_PARAMS_OF
};

/* A cue's own numbers are UT_P_<CUE>_SHOW + these. */
enum ut_cue_common {
    UT_COMMON_SHOW,
    UT_COMMON_ON,
    UT_COMMON_HOLD,
    UT_COMMON_OFF,
    UT_COMMON_RELEASE,
    UT_COMMON_REFRACTORY
};

struct ut_cue_info {
    const char *name;     /* as in events and in the config file's section */
    const char *role;     /* ParticipantRole: whom it is about: AGENT, CUSTOMER, BOTH, SYSTEM */
    const char *severity; /* high, medium, low, info */
    enum ut_param first;  /* SHOW of its own numbers */
};

extern const struct ut_cue_info ut_cue_info[UT_CUES];

/* UT_CUES when there is none of that name. */
enum ut_cue ut_cue_find(const char *name);

struct ut_param_info {
    const char *section; /* a cue's name, or display, baseline, score, calibration, hold, trajectory, effect, link */
    const char *key;
    double value;     /* default */
    double low, high; /* what the config file may set */
    const char *unit; /* "s", "dB", "count", "score", ... */
    const char *meaning;
    const char *choices; /* names of the values 0, 1, 2, ... separated by spaces; NULL for a number */
};

extern const struct ut_param_info ut_param_info[UT_PARAMS];

/* The first number (SHOW) of a cue. */
enum ut_param ut_cue_param(enum ut_cue cue);

/* The name of a number's value where it has names ("popup"), else NULL. Valid until the next call. */
const char *ut_param_choice(enum ut_param p, double value);

/* The value of that name, or -1. */
int ut_param_choose(enum ut_param p, const char *name);

/* Numbers of which the first may not be above the second. Closed by lower = UT_PARAMS. */
struct ut_param_order {
    enum ut_param lower, upper;
};

extern const struct ut_param_order ut_param_order[];

#endif
