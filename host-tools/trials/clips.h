/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled clips through one or two models, and each model's figures of merit on them.
 *
 * in    indexes (clip_index.h), whose clips are heard on the customer's channel
 * out   a clip's posteriors, averaged over its speech (over all of it where no speech is found), make the figures: each
 *       clip with a fresh state, and, where an index names calls, the clips of a call one after another into one engine
 * errors host-tools/system/fault.h: of an index, of the first clip that cannot be used (some more are noted), a model
 *       of other features, out of memory
 * Any number of threads gives the same figures. SPEC.md "Evaluation".
 */
#ifndef UT_HOST_CLIPS_H
#define UT_HOST_CLIPS_H

#include "host-tools/system/fault.h"
#include "host-tools/trials/figures.h"
#include "host-tools/trials/label_file.h"

#include <stddef.h>

enum { UT_CLIPS_MODELS_MAX = 2 };

struct ut_clips_figures {
    struct ut_figures of[UT_CLIPS_MODELS_MAX];
    struct ut_figures_differences differences; /* of two models */
};

struct ut_clips {
    /* filled by the caller */
    const struct ut_model *model[UT_CLIPS_MODELS_MAX];
    int models;
    struct ut_label_choice labelled; /* tier, recording */
    int allow_missing;               /* 1 = files that cannot be read are left out and counted, as long as one can */
    /* found */
    struct ut_clips_figures fresh;    /* each clip alone */
    struct ut_clips_figures in_calls; /* in its call; only where there are some */
    size_t calls;                     /* 0 = no index names calls; else a row without one is a call by itself */
    size_t skipped;                   /* rows and marks with another target, points */
    size_t missing;                   /* clips that cannot be used */
};

/* jobs: 1..UT_JOBS_MAX threads. 0, or -1 and *fault. */
int ut_clips_judge(struct ut_clips *c, const char *const *file, size_t files, int jobs, struct ut_fault *fault);

#endif
