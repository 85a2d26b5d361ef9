/* SPDX-License-Identifier: Apache-2.0 */
/* A file of labels in whatever form people have it: a label track of Audacity, a TextGrid, RTTM, or a table.
 *
 * in    the file's text; what it is, is told by its beginning. Which tier, which recording
 * out   marks (marks.h) with their recordings as they can be opened, or that it is a table, for the caller to read. Of
 *       what `undertone replay` writes, cues remain, by their names; turns and speech are no labels
 * Of a TextGrid count the tier that is asked for; else the tiers that are named like a label, whose marks are labels of
 * that name; else the one named cues, labels or label; else its only one. SPEC.md "Labels".
 * errors host-tools/system/fault.h: of the readers and of recording.h; no such tier, or none that can be told
 */
#ifndef UT_HOST_LABEL_FILE_H
#define UT_HOST_LABEL_FILE_H

#include "host-tools/trials/marks.h"

#include <stdbool.h>

struct ut_label_choice {
    const char *tier;                   /* NULL = by the names of the tiers */
    const char *recording;              /* NULL = beside the file; for one file of one recording */
    bool (*is_label)(const char *name); /* which names are labels */
};

struct ut_label_file {
    char *text; /* NULL = none was read */
    bool is_table;
    struct ut_marks marks;
    char **recording; /* paths that marks name, each once; at least one */
    size_t recordings, room;
};

/* 0, or -1 and *fault; free it in any case. */
int ut_label_file_read(struct ut_label_file *f, const char *file, const struct ut_label_choice *choice,
                       struct ut_fault *fault);
void ut_label_file_free(struct ut_label_file *f);

#endif
