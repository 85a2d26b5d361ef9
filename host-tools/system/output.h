/* SPDX-License-Identifier: Apache-2.0 */
/* Files written whole or not at all, and a standard output that may go away. */
#ifndef UT_HOST_OUTPUT_H
#define UT_HOST_OUTPUT_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ut_output {
    FILE *file;   /* NULL = not open */
    int borrowed; /* 1 = a stream that stays open */
    int error;    /* errno of the first write that failed; 0 = none has */
    int in_place; /* 1 = a device or a pipe, written as it is */
    char path[4096], temporary[4128];
};

/* Opens a temporary file beside path, of a name that nobody can know before, readable by its owner only: outputs hold
 * what people said and how. Commit renames it, abandon removes it. 0, or -1 and *fault. */
int ut_output_open(struct ut_output *o, const char *path, struct ut_fault *fault);
int ut_output_commit(struct ut_output *o, struct ut_fault *fault);
void ut_output_abandon(struct ut_output *o);

/* Those above a file that are not there; one that cannot be made shows when the file is. */
void ut_output_make_folders(const char *path);

/* How many bytes of a name without its folder are the output's, when a crash left it of one; 0 = it is no such name. */
size_t ut_output_temporary(const char *name);

/* The same for standard output, or another stream of the caller's: commit flushes it, and both leave it open. */
void ut_output_borrow(struct ut_output *o, FILE *stream);

/* To be asked after writing: 0, or -1 once it has failed. */
int ut_output_check(struct ut_output *o);

/* A reader of the file or stream sees what was written so far. 0; or -1 and *fault, for a stream as ut_output_flush. */
int ut_output_push(struct ut_output *o, struct ut_fault *fault);

/* One field of text of a CSV, cleaned as ut_utf8_clean does, so that a row is a line; in quotes where it needs them;
 * behind a ' where a spreadsheet would take it for a formula
 * (it begins with = + - @, a tab or a carriage return). */
void ut_output_csv(const char *text, FILE *out);

/* Flushes standard output. 0; -1 and *fault when it could not be written: code 0 when the reader has simply gone. */
int ut_output_flush(struct ut_fault *fault);

/* 1 when the environment asks for no colours: NO_COLOR is there and not empty. */
int ut_output_no_color(void);

/* A bar on standard error when that is a terminal, at most ten times a second; done of total. */
void ut_output_progress(const char *label, int64_t done, int64_t total);
void ut_output_progress_end(void);

#endif
