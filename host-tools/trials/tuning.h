/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled calls under many settings: what each setting finds, and which one to choose.
 *
 * in    a file of labels (labels.h), the numbers to try over a base config (sweep.h), the rule of matching (tally.h)
 * out   a tally per setting, judged cue and call; per setting the figures over all cues and the Pareto front
 * errors host-tools/system/fault.h: of the labels, of the first call that cannot be used (the others are noted), no
 *       setting that a config may have, out of memory
 * Audio becomes records once; each setting then runs the cue engine over the records. Any number of threads gives the
 * same figures. SPEC.md "Tune".
 */
#ifndef UT_HOST_TUNING_H
#define UT_HOST_TUNING_H

#include "host-tools/sources/audio_file.h"
#include "host-tools/trials/labels.h"
#include "host-tools/trials/sweep.h"
#include "host-tools/trials/tally.h"

struct ut_tuning {
    /* filled by the caller */
    const char *const *file; /* of labels */
    size_t files;
    struct ut_label_choice labelled; /* tier, recording */
    const struct ut_config *base;    /* the setting in force */
    struct ut_sweep sweep;
    struct ut_tally_rule rule;
    struct ut_audio_choice choice;
    const char *folder; /* of the cache; NULL = none */
    /* found */
    struct ut_labels labels;
    int judged[UT_CUES]; /* cues judged */
    int cues;
    size_t *setting; /* numbers of the combinations that are possible */
    size_t settings;
    struct ut_tally *tally;       /* [setting][judged cue][call] */
    struct ut_tally_figures *all; /* [setting] over the judged cues */
    unsigned char *front;         /* [setting] 1 = no other setting beats it (tally.h) */
    size_t cached;                /* calls whose records were in the cache */
    size_t computed;              /* trials that were not */
};

/* jobs: 1..UT_JOBS_MAX threads. 0, or -1 and *fault; free it in any case. */
int ut_tuning_run(struct ut_tuning *t, int jobs, struct ut_fault *fault);
void ut_tuning_free(struct ut_tuning *t);

/* The setting that finds most with at most max_alarms false alarms per hour; max_alarms < 0: that of the best F1 on the
 * front. Among equals the one with fewer false alarms, then fewer pop-ups, then the nearest to the one in force. -1 =
 * none. */
long ut_tuning_choose(const struct ut_tuning *t, double max_alarms);

/* Of one cue, judged[cue], under a setting. */
void ut_tuning_cue(const struct ut_tuning *t, size_t setting, int cue, struct ut_tally_figures *out);

/* The number that a setting has on an axis of the sweep. */
double ut_tuning_value(const struct ut_tuning *t, size_t setting, size_t axis);

/* *config = the base with a setting's numbers. */
void ut_tuning_config(const struct ut_tuning *t, size_t setting, struct ut_config *config);

#endif
