/* SPDX-License-Identifier: Apache-2.0 */
/* A call's row in the summary.csv of an archive, made of its per-call file. SPEC.md "Batch".
 *
 * in    the per-call file as JSON (SPEC.md "Per-call file"); what it lacks is left empty
 * out   CSV without the columns of file and state
 */
#ifndef UT_HOST_ARCHIVE_ROW_H
#define UT_HOST_ARCHIVE_ROW_H

#include "host-tools/system/json.h"

#include <stdio.h>

/* The names of the columns; each function writes no line's end. */
void ut_archive_row_head(FILE *out);

void ut_archive_row(FILE *out, const json_t *call);

/* As many columns with nothing in them. */
void ut_archive_row_empty(FILE *out);

/* What ended the call's recording before its end; NULL = nothing. Lives as long as `call`. */
const char *ut_archive_row_cut(const json_t *call);

/* The call's length in seconds. */
double ut_archive_row_seconds(const json_t *call);

#endif
