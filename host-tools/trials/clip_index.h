/* SPDX-License-Identifier: Apache-2.0 */
/* Which clips there are, of whom, and what is to be heard in them: tables and files of labels.
 *
 * in    a table with a header and at least the columns path, speaker, target; paths relative to it or absolute; a clip
 *       is its file, or from begin_ms to end_ms of it (begin_s, end_s); `call` tells which rows follow each other in
 *       one call. Or a file of labels (label_file.h): each mark that has a length and one of the targets is a clip
 * out   rows in the files' order
 * errors host-tools/system/fault.h: of the file, UT_EXIT_INDEX of a row, out of memory
 * SPEC.md "Evaluation".
 */
#ifndef UT_HOST_CLIP_INDEX_H
#define UT_HOST_CLIP_INDEX_H

#include "host-tools/system/fault.h"
#include "host-tools/trials/label_file.h"
#include "models/model.h"

#include <stddef.h>
#include <stdint.h>

/* What `target` says of a class. */
extern const char *const ut_clip_class[UT_MODEL_CLASSES];

/* The end of a clip that is its whole file: as many samples are still a number. */
#define UT_CLIP_WHOLE_MS (INT64_MAX / 16)

struct ut_clip_index {
    struct ut_clip_row {
        char *path;
        const char *file; /* the index as the caller named it, and the line in it */
        int line;
        int64_t begin_ms, end_ms;
        int truth;   /* class */
        size_t call; /* number of the call; rows of one call follow each other */
    } * row;
    size_t rows, room;
    size_t calls;   /* calls of more than one row or not: a row without a call is one by itself */
    int has_calls;  /* 1 = some row belongs to a call */
    size_t skipped; /* rows and marks with another target, points */
};

/* Adds a file's rows. choice->is_label does not count. 0, or -1 and *fault. */
int ut_clip_index_add(struct ut_clip_index *x, const char *file, const struct ut_label_choice *choice,
                      struct ut_fault *fault);

/* The same of a table in memory, which is cut up; `file` is for messages and for the folder that paths are relative
 * to. */
int ut_clip_index_parse(struct ut_clip_index *x, char *text, const char *file, struct ut_fault *fault);

void ut_clip_index_free(struct ut_clip_index *x);

#endif
