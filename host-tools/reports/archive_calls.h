/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of an archive: every audio file under a folder, known by its ending, and what has become of each.
 *
 * in    a folder; which part of it
 * out   calls and what is left out (other files, links to folders), each in order of name. Names with a leading dot and
 *       the folder of the results are passed over; so are results where that folder is the archive's own
 * errors host-tools/system/fault.h: a folder that cannot be opened, out of memory
 */
#ifndef UT_HOST_ARCHIVE_CALLS_H
#define UT_HOST_ARCHIVE_CALLS_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

enum { UT_ARCHIVE_PATH = 4096, UT_ARCHIVE_ENDING = 16, UT_ARCHIVE_ENDINGS = 12 };

enum ut_archive_state {
    UT_ARCHIVE_WAITING,
    UT_ARCHIVE_BEFORE, /* done by an earlier run */
    UT_ARCHIVE_DONE,
    UT_ARCHIVE_FAILED,
    UT_ARCHIVE_STATES
};

struct ut_archive_call {
    char *name; /* relative to the folder */
    int64_t size;
    struct timespec changed;
    enum ut_archive_state state;
    struct ut_fault fault; /* of a call that failed, or that was cut */
    char *row;             /* of summary.csv (archive_row.h), of a call that is done */
    double seconds;        /* its length */
};

struct ut_archive_left_out {
    char *name; /* relative to the folder */
    const char *reason;
};

struct ut_archive_calls {
    struct ut_archive_call *call;
    size_t n, room;
    struct ut_archive_left_out *left_out;
    size_t others, left_out_room;
    struct {
        char ending[UT_ARCHIVE_ENDING]; /* ".txt", lower case; "" = none, or any other */
        size_t files;                   /* 0 = the list ends */
    } other[UT_ARCHIVE_ENDINGS];
};

/* Those of part 1..parts; a file belongs to the same part whatever else the archive holds. results: the folder not to
 * be entered. 0, or -1 and *fault; free it in any case. */
int ut_archive_calls_find(struct ut_archive_calls *c, const char *folder, const struct stat *results, int part,
                          int parts, struct ut_fault *fault);
void ut_archive_calls_free(struct ut_archive_calls *c);

#endif
