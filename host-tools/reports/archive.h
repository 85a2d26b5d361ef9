/* SPDX-License-Identifier: Apache-2.0 */
/* An archive of calls: every audio file under a folder, each in a process of its own, what is done already left alone.
 *
 * in    a folder, a folder for the results, what to do with one file
 * out   per call FILE.json, FILE.done and what `one` prints as FILE.<ext>, in the same folders as in the archive;
 *       summary.csv with a row per call; a line per failure on standard error and one line of totals
 * A call is done when FILE.done names its size, its time of change and the settings. SPEC.md "Batch".
 */
#ifndef UT_HOST_ARCHIVE_H
#define UT_HOST_ARCHIVE_H

#include "host-tools/settings/config.h"
#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

struct ut_archive {
    const char *folder, *out;
    int jobs;
    int part, parts; /* this run takes part 1..parts of the archive; 1, 1 = all of it */
    const char *ext; /* of what `one` prints; NULL = it is not kept */
    const struct ut_config *config;
    const char *settings; /* what else changes the results, in words */
    /* One file, in a process of its own; the per-call JSON goes to the file `summary`. 0, or -1 and *fault. */
    int (*one)(void *ctx, const char *path, const char *summary, struct ut_fault *fault);
    void *ctx;
};

/* 1 when path is a folder. */
int ut_archive_is_folder(const char *path);

/* "3/16". 0, or -1 and *fault. */
int ut_archive_parse_part(const char *text, int *part, int *parts, struct ut_fault *fault);

/* The exit code: 1 when some calls failed, else that of a truncated recording when some are. */
int ut_archive_run(const struct ut_archive *b);

#endif
