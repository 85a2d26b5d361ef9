/* SPDX-License-Identifier: Apache-2.0 */
/* What a run over an archive leaves of a call, in the same folders as in the archive: FILE.json, FILE.<ext>, and
 * FILE.done, the mark that the call is done.
 *
 * in    a call's size, time of change and the settings, which the mark must name; the per-call file FILE.json
 * out   the mark: a line of these, the call's length in seconds, its row of the summary, what cut its recording
 * errors host-tools/system/fault.h: what cannot be read back or written; a file that no run made in a result's place
 */
#ifndef UT_HOST_ARCHIVE_RESULTS_H
#define UT_HOST_ARCHIVE_RESULTS_H

#include "host-tools/reports/archive_calls.h"

#include <stdbool.h>

struct ut_archive_results {
    const char *out;      /* folder */
    const char *ext;      /* of what is printed of a call; NULL = it is not kept */
    const char *settings; /* in a few words without a line's end, or their hash */
};

/* FILE.<ext> */
void ut_archive_results_path(const struct ut_archive_results *r, const struct ut_archive_call *c, const char *ext,
                             char path[UT_ARCHIVE_PATH]);

/* Makes the folders of a file, for their owner only. 0 or -1. */
int ut_archive_results_folders(const char *path);

/* True when the mark says that the call is done under these settings; then row, seconds and the fault of one
 * that was cut are filled. */
bool ut_archive_results_done(const struct ut_archive_results *r, struct ut_archive_call *c);

/* Marks a call whose per-call file is written. 0, or -1 and *fault. */
int ut_archive_results_mark(const struct ut_archive_results *r, const struct ut_archive_call *c,
                            struct ut_fault *fault);

/* 0; or -1 and *fault when a file that would be replaced is there and no run made it: FILE.json is ours by what it
 * holds, the others by the mark or FILE.json beside them. */
int ut_archive_results_check(const struct ut_archive_results *r, const struct ut_archive_call *c,
                             struct ut_fault *fault);

/* Removes what an earlier run left of a call that is to be done again. */
void ut_archive_results_remove(const struct ut_archive_results *r, const struct ut_archive_call *c);

/* Removes what a run that was killed left half-written of these calls, which are in order of name. */
void ut_archive_results_sweep(const struct ut_archive_results *r, const struct ut_archive_calls *calls);

#endif
