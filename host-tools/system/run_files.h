/* SPDX-License-Identifier: Apache-2.0 */
/* The files that one run reads and those that it writes, so that no output destroys an input or another output.
 *
 * in    each file as it was named; known by device and inode, through symbolic and hard links; an output that is not
 *       there yet by its folder and its name
 * out   a refusal that names the option
 * errors UT_EXIT_USAGE an output is an input, or another output; out of memory
 * To be checked before anything is read. SPEC.md "Outputs".
 */
#ifndef UT_HOST_RUN_FILES_H
#define UT_HOST_RUN_FILES_H

#include "host-tools/system/fault.h"

#include <stddef.h>

struct ut_run_file;

struct ut_run_files {
    struct ut_run_file *file;
    size_t n, room;
    int failed; /* 1 = out of memory */
};

/* what: "the recording". A path of NULL, "" or "-" is none. */
void ut_run_files_read(struct ut_run_files *f, const char *path, const char *what);

/* option: "--out". A path of NULL is none. */
void ut_run_files_write(struct ut_run_files *f, const char *path, const char *option);

/* Standard output, where it goes to a file. */
void ut_run_files_print(struct ut_run_files *f);

/* 0, or -1 and *fault, which opens with the command's name. It frees them in any case. */
int ut_run_files_check(struct ut_run_files *f, const char *command, struct ut_fault *fault);

#endif
