/* SPDX-License-Identifier: Apache-2.0 */
/* What people marked in recorded calls: tables with the columns path, begin_ms, end_ms, label (or begin_s and end_s),
 * label tracks, TextGrids, RTTM (label_file.h).
 *
 * in    files; paths in a table are relative to it, other columns are ignored, columns may stand in any order
 * out   the calls named, each once, in order of appearance, and their labels by call and time
 * A label is a cue's name, frustration, delight, or none, capitals or not: "none" puts a call in the set in which
 * nothing is marked; its times do not matter. Labels of a table have a length, others may be points. Two labels of one
 * name may not overlap in a call. SPEC.md "Labels".
 */
#ifndef UT_HOST_LABELS_H
#define UT_HOST_LABELS_H

#include "host-tools/settings/cue_table.h"
#include "host-tools/system/fault.h"
#include "host-tools/trials/label_file.h"

#include <stddef.h>
#include <stdint.h>

/* After the cues' own numbers. */
enum { UT_LABEL_FRUSTRATION = UT_CUES, UT_LABEL_DELIGHT, UT_LABEL_KINDS };

struct ut_label {
    size_t call; /* index into path */
    int kind;    /* enum ut_cue, or the above */
    int64_t begin_ms, end_ms;
    const char *file; /* of labels, as the caller named it */
    int line;
};

struct ut_labels {
    char **path; /* as they can be opened */
    size_t calls, path_room;
    struct ut_label *label;
    size_t n, label_room;
};

/* One file or more, whose names last as long as the labels. choice->is_label does not count. 0, or -1 and *fault with
 * *l empty. */
int ut_labels_read(struct ut_labels *l, const char *const *file, size_t files, const struct ut_label_choice *choice,
                   struct ut_fault *fault);

/* The same of one table in memory, which is cut up; `file` is for messages and for the folder that paths are relative
 * to. */
int ut_labels_parse(struct ut_labels *l, char *text, const char *file, struct ut_fault *fault);

void ut_labels_free(struct ut_labels *l);

/* "empathy_cue", "frustration", ... */
const char *ut_labels_name(int kind);

/* 0, or -1 and *fault when a label ends more than UT_MARKS_BEYOND_MS after its call's end, at call_ms. */
int ut_labels_fit(const struct ut_labels *l, size_t call, int64_t call_ms, struct ut_fault *fault);

#endif
