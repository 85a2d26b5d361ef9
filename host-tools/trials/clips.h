/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled clips through one or two models, and each model's figures of merit on them.
 *
 * in    indexes: tables with a header and at least the columns path, speaker, target; paths relative to it or absolute.
 *       Each row is one clip on the customer's channel with fresh state: its file, or from begin_ms to end_ms of it
 *       (begin_s, end_s). Or files of labels (label_file.h): each mark that has a length and one of the targets is a
 *       clip
 * out   a clip's posteriors, averaged over its speech (over all of it where no speech is found), make the figures
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

/* What `target` says of a class. */
extern const char *const ut_clips_class[UT_MODEL_CLASSES];

struct ut_clips {
    /* filled by the caller */
    const struct ut_model *model[UT_CLIPS_MODELS_MAX];
    int models;
    struct ut_label_choice labelled; /* tier, recording */
    int allow_missing;               /* 1 = files that cannot be read are left out and counted, as long as one can */
    /* found */
    struct ut_figures figures[UT_CLIPS_MODELS_MAX];
    struct ut_figures_differences differences; /* of two models */
    size_t skipped;                            /* rows and marks with another target, points */
    size_t missing;                            /* clips that cannot be used */
};

/* jobs: 1..UT_JOBS_MAX threads. 0, or -1 and *fault. */
int ut_clips_judge(struct ut_clips *c, const char *const *index, size_t indexes, int jobs, struct ut_fault *fault);

#endif
