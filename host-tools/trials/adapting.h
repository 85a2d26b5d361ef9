/* SPDX-License-Identifier: Apache-2.0 */
/* A site's labelled calls: what calibration and cue thresholds fitted to them gain on calls that were not in the fit.
 *
 * in    labels (labels.h) of frustration and delight, or of their cues, on whole calls; the settings in force
 * out   by cross-validation over calls: log loss and calibration error before and after, per cue the tally of held-out
 *       calls before and after, each difference with a 95 % interval by drawing calls; then both fitted to all calls
 * errors host-tools/system/fault.h: of the labels, of the first call that cannot be used (the others are noted),
 *       UT_EXIT_INDEX where too little is labelled, out of memory
 * Weights of the model never change. Any number of threads gives the same figures. SPEC.md "Adapt".
 */
#ifndef UT_HOST_ADAPTING_H
#define UT_HOST_ADAPTING_H

#include "host-tools/sources/audio_file.h"
#include "host-tools/trials/calibrating.h"
#include "host-tools/trials/tally.h"

#include <stdbool.h>

enum {
    UT_ADAPTING_CALLS = 10,  /* fewer: refused, since folds of one call say nothing */
    UT_ADAPTING_LABELS = 10, /* fewer of a feeling: its cue keeps its thresholds */
    UT_ADAPTING_FOLDS = 5,
    UT_ADAPTING_KINDS = 2 /* frustration, delight */
};

struct ut_adapting_setting {
    double on, hold_s;
};

/* After less before; the interval by drawing calls, both drawn together. */
struct ut_adapting_gain {
    double value, low, high;
};

struct ut_adapting {
    /* filled by the caller */
    const char *file; /* of labels */
    struct ut_label_choice labelled;
    const struct ut_config *base; /* the settings in force */
    struct ut_tally_rule rule;    /* early and late */
    double max_alarms;            /* false ones per hour of call, at most */
    struct ut_audio_choice choice;
    const char *folder; /* of the cache; NULL = none */
    /* found */
    struct ut_labels labels;
    size_t scores;
    double hours;
    struct ut_calibration calibration; /* of all calls */
    bool calibrated;                   /* it lowers the held-out log loss: it is worth having */
    double loss[2], error[2];          /* before, after */
    struct ut_adapting_gain loss_gain;
    struct ut_adapting_kind {
        int cue, labels;
        bool fitted, better;                /* there are enough labels; a higher F1 on held-out calls */
        struct ut_adapting_setting setting; /* of all calls */
        struct ut_tally_figures before, after;
        struct ut_adapting_gain found, alarms;
    } kind[UT_ADAPTING_KINDS];
};

/* jobs: 1..UT_JOBS_MAX threads. 0, or -1 and *fault; free it in any case. */
int ut_adapting_run(struct ut_adapting *a, int jobs, struct ut_fault *fault);
void ut_adapting_free(struct ut_adapting *a);

/* *config = the base with what was gained. */
void ut_adapting_config(const struct ut_adapting *a, struct ut_config *config);

#endif
