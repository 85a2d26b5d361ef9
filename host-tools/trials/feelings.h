/* SPDX-License-Identifier: Apache-2.0 */
/* Cues about feelings on calls whose feelings are known (call_index.h): what is found, how late, and what is false.
 *
 * in    an index of calls, a model, numbers to try over a base config (sweep.h)
 * out   per setting, for all calls or those of a corpus or gender: the share of stretches of frustration and delight
 *       that their cue opens in, apart for those that begin late and those that the caller begins with, the median
 *       delay; openings in calm speech per hour of it
 * errors host-tools/system/fault.h: of the index, of the first call that cannot be used (some others are noted), no
 *       setting that a config may have, out of memory
 * Audio becomes records once; each setting then runs the cue engine over the records. Any number of threads gives the
 * same figures. SPEC.md "Calls with known feelings".
 */
#ifndef UT_HOST_FEELINGS_H
#define UT_HOST_FEELINGS_H

#include "host-tools/settings/config.h"
#include "host-tools/settings/cue_table.h"
#include "host-tools/trials/call_index.h"
#include "host-tools/trials/sweep.h"
#include "models/model.h"

enum {
    UT_FEELINGS_LATE_MS = 5000, /* an opening so long after a stretch's end still belongs to it */
    UT_FEELINGS_CUES = 5
};

/* The cues that say what somebody feels. */
extern const enum ut_cue ut_feelings_cue[UT_FEELINGS_CUES];

enum ut_feelings_onset { UT_ONSET_LATE, UT_ONSET_FIRST /* nothing calm before it */, UT_ONSETS };
/* What calls are told apart by: `by` below. */
enum ut_feelings_by { UT_BY_CORPUS, UT_BY_GENDER, UT_BYS };

struct ut_feelings {
    /* filled by the caller */
    const char *file;
    const struct ut_model *model;
    const struct ut_config *base; /* the setting in force */
    struct ut_sweep sweep;
    /* found */
    struct ut_call_index index;
    size_t *setting; /* numbers of the combinations that are possible */
    size_t settings;
    size_t *first_stretch;          /* [call] its first one's number among all */
    size_t stretches;               /* of all calls */
    int32_t *delay_ms;              /* [setting][stretch] of its cue's opening; -1 = none */
    struct ut_feelings_count *cell; /* [setting][call] */
    int64_t *length_ms;             /* [call] */
};

/* jobs: 1..UT_JOBS_MAX threads. 0, or -1 and *fault; free it in any case. */
int ut_feelings_run(struct ut_feelings *f, int jobs, struct ut_fault *fault);
void ut_feelings_free(struct ut_feelings *f);

/* A figure and its 95 % interval; NaN where there is nothing to count. */
struct ut_feelings_figure {
    double value, low, high;
};

struct ut_feelings_found {
    int n, found;
    struct ut_feelings_figure share; /* Wilson's interval */
    double delay_s;                  /* median of those found; NaN = none */
};

struct ut_feelings_figures {
    size_t calls, speakers;
    double hours; /* of whole calls */
    struct ut_feelings_found all[UT_FEELINGS], of[UT_FEELINGS][UT_ONSETS];
    double calm_hours; /* the customer's speech outside of stretches and the time after them */
    int alarms, of_cue[UT_FEELINGS_CUES];
    struct ut_feelings_figure per_hour; /* alarms; Poisson's exact interval */
    int mistaken;                       /* openings of the other feeling's cue within a stretch */
};

/* Under setting number `setting`, of the calls whose corpus or gender is `name`; of all where it is NULL. 0, or -1 when
 * out of memory. */
int ut_feelings_judge(const struct ut_feelings *f, size_t setting, int by, const char *name,
                      struct ut_feelings_figures *out);

/* The i-th name of a corpus or gender, in order of appearance; NULL when there are no more. */
const char *ut_feelings_name(const struct ut_feelings *f, int by, size_t i);

/* 95 % interval of a rate, of n events in a time of 1. */
void ut_feelings_poisson(int n, double *low, double *high);

#endif
