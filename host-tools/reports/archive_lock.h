/* SPDX-License-Identifier: Apache-2.0 */
/* The lock on a folder of results: one run at a time writes them.
 *
 * in    the folder, which is there; the run's part, since each part has a lock of its own
 * out   undertone.lock or undertone-I-of-N.lock in it until the end; one that a killed run left is taken over
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

/* Removes the file; harmless when it is not held. */
void ut_archive_unlock(struct ut_archive_lock *l);

#endif
