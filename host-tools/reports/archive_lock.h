/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a folder of results: one run at a time writes them, or parts of one archive side by side.
 *
 * in    the folder, which is there; the run's part
 * out   undertone.lock in it until the last run ends; one that a killed run left is taken over. A run over the whole
 *       archive excludes every other, a part excludes itself and parts of another number of parts
 * errors UT_EXIT_FAILURE another run holds it: the fault names its process; no such file can be made
 * Of the process, not of its children (fcntl's record locks). On a file system without locks there is none.
 */
#ifndef UT_HOST_ARCHIVE_LOCK_H
#define UT_HOST_ARCHIVE_LOCK_H

#include "host-tools/system/fault.h"

enum { UT_ARCHIVE_LOCK_PATH = 4096 };

struct ut_archive_lock {
    int fd; /* -1 = not held */
    char path[UT_ARCHIVE_LOCK_PATH];
};

/* 0, or -1 and *fault. */
int ut_archive_lock(struct ut_archive_lock *l, const char *folder, int part, int parts, struct ut_fault *fault);

/* Removes the file, unless another part is at work; harmless when it is not held. */
void ut_archive_unlock(struct ut_archive_lock *l);

#endif
