/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of cues and of every number they depend on: default, unit, range, meaning.
 *
 * `undertone cues` prints it, the config file overrides it ([cue] key = value), the cue engine reads it. A number
 * that is not here is not a threshold. SPEC.md "Cues".
 */
#ifndef UT_HOST_CUE_TABLE_H
#define UT_HOST_CUE_TABLE_H

/* In order of priority, highest first. */
enum ut_cue {
    UT_CUE_EMPATHY,
    UT_CUE_RAISED_VOICE,
    UT_CUE_INTERRUPTING,
    UT_CUE_OVERLAPS,
    UT_CUE_SILENCE,
    UT_CUE_CONTINUOUS,
    UT_CUE_POSITIVE,
    UT_CUES
};

struct ut_cue_info {
    const char *name;  /* as in events and in the config file's section */
    const char *role;  /* ParticipantRole: whom it is about: AGENT, CUSTOMER, BOTH */
    const char *title; /* what an agent reads, a few words */
    const char *text;  /* the suggestion, one sentence */
    const char *rule;  /* the on-condition in words */
};

extern const struct ut_cue_info ut_cue_info[UT_CUES];

/* UT_CUES when there is none of that name. */
enum ut_cue ut_cue_find(const char *name);

/* Every number. The first five of each cue are in the same order, see ut_cue_common. */
enum ut_param {
#define UT_PARAMS_OF(CUE) UT_P_##CUE##_ENABLED, UT_P_##CUE##_ON, UT_P_##CUE##_HOLD, UT_P_##CUE##_OFF, \
                          UT_P_##CUE##_RELEASE, UT_P_##CUE##_REFRACTORY
    UT_PARAMS_OF(EMPATHY),
    UT_P_EMPATHY_CONFIDENCE,
    UT_PARAMS_OF(INTERRUPTING),
    UT_P_INTERRUPTING_WINDOW,
    UT_PARAMS_OF(OVERLAPS),
    UT_P_OVERLAPS_WINDOW,
    UT_P_OVERLAPS_SHARE,
    UT_PARAMS_OF(SILENCE),
    UT_PARAMS_OF(CONTINUOUS),
    UT_P_CONTINUOUS_OTHER,
    UT_PARAMS_OF(RAISED_VOICE),
    UT_P_RAISED_VOICE_PITCH,
    UT_P_RAISED_VOICE_AVERAGE,
    UT_PARAMS_OF(POSITIVE),
    UT_P_POSITIVE_CONFIDENCE,
    UT_P_DISPLAY_MINIMUM,
    UT_P_DISPLAY_LONGEST,
    UT_P_DISPLAY_BUDGET,
    UT_P_DISPLAY_BUDGET_WINDOW,
    UT_P_BASELINE_MINIMUM,
    UT_P_SCORE_FAST,
    UT_P_SCORE_SLOW,
    UT_PARAMS
#undef UT_PARAMS_OF
};

/* A cue's own numbers are UT_P_<CUE>_ENABLED + these. */
enum ut_cue_common {
    UT_COMMON_ENABLED,
    UT_COMMON_ON,
    UT_COMMON_HOLD,
    UT_COMMON_OFF,
    UT_COMMON_RELEASE,
    UT_COMMON_REFRACTORY
};

struct ut_param_info {
    const char *section; /* a cue's name, or display, baseline, score */
    const char *key;
    double value;        /* default */
    double low, high;    /* what the config file may set */
    const char *unit;    /* "s", "dB", "" for a count or a score in 0..1 */
    const char *meaning;
};

extern const struct ut_param_info ut_param_info[UT_PARAMS];

/* The first parameter (ENABLED) of a cue. */
enum ut_param ut_cue_param(enum ut_cue cue);

#endif
