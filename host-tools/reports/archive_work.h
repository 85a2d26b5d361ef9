/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of an archive that wait to be done, each in a process of its own: one that crashes harms no other.
 *
 * in    what to do with one file; where its results go; how many processes at once
 * out   per call its results and mark (archive_results.h), its state, row and seconds, or its fault
 * errors of a call: its own fault, a crash, an end without a word; of all: no process can be started, out of memory
 */
#ifndef UT_HOST_ARCHIVE_WORK_H
#define UT_HOST_ARCHIVE_WORK_H

#include "host-tools/reports/archive_results.h"

enum { UT_ARCHIVE_JOBS_MAX = 1024 };

struct ut_archive_work {
    const char *folder; /* of the archive */
    struct ut_archive_results results;
    int jobs; /* processes at once, 1..UT_ARCHIVE_JOBS_MAX */
    /* One file, in a process of its own: prints FILE.<ext> and writes FILE.json, whose path is `summary`. 0, or -1 and
     * *fault. */
    int (*one)(void *ctx, const char *path, const char *summary, struct ut_fault *fault);
    void *ctx;
};

/* The largest calls first. 0, or -1 and *fault. */
int ut_archive_work(const struct ut_archive_work *w, struct ut_archive_calls *calls, struct ut_fault *fault);

#endif
