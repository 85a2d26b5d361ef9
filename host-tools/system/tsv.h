/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that people write: lines of fields with tabs between them, UTF-8 (a byte order mark is skipped), LF or CR LF.
 *
 * in    a file of any size
 * out   its text, cut up in place
 * Faults: missing or a folder (10), empty (12), zero bytes (20). Paths in a table are relative to its folder.
 */
#ifndef UT_HOST_TSV_H
#define UT_HOST_TSV_H

#include "host-tools/system/fault.h"

/* The whole file, closed by a zero; the caller frees it. NULL and *fault. */
char *ut_tsv_read(const char *file, struct ut_fault *fault);

/* The line at *text without its end; *text moves on to the next, NULL after the last. NULL when there is none. */
char *ut_tsv_line(char **text);

/* Cuts a line at its tabs. The number of fields, of which at most `max` are kept. */
int ut_tsv_split(char *line, char **field, int max);

/* The place of `name` among n fields, or -1. */
int ut_tsv_find(char *const *field, int n, const char *name);

/* A path written in the table, as it can be opened; the caller frees it. NULL when out of memory. */
char *ut_tsv_path(const char *file, const char *path);

#endif
