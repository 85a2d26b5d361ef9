/* SPDX-License-Identifier: Apache-2.0 */
/* Tables that people and their spreadsheets write: a header line, then rows of fields.
 *
 * in    text (host-tools/system/text_file.h) with a tab, a ; or a , between fields: the first of these that the header
 *       has. A field in quotes may hold them, a doubled quote for a quote and, but for tabs, a line's end
 * out   fields, cut out in place, without the blanks around them unless those stand in quotes; rows whose fields are
 *       all empty are passed over
 * errors UT_EXIT_INDEX a quote that does not end with its field; between tabs it is a character like others
 * Paths in a table are relative to its folder. SPEC.md "Tables of clips and labels".
 */
#ifndef UT_HOST_TABLE_H
#define UT_HOST_TABLE_H

#include "host-tools/system/fault.h"

enum { UT_TABLE_FIELDS = 64 }; /* that are kept of a row */

struct ut_table {
    char *next; /* text that is not read yet */
    const char *file;
    char separator;
    char *name[UT_TABLE_FIELDS], *field[UT_TABLE_FIELDS]; /* of the header, of the row at hand */
    int names, fields;                                    /* how many of these are kept */
    int columns, cells;                                   /* how many there are */
    int line, lines;                                      /* where the row begins, lines read so far */
};

/* Reads the header. 0, or -1 and *fault. */
int ut_table_open(struct ut_table *t, char *text, const char *file, struct ut_fault *fault);

/* 1 and the next row, 0 at the end, -1 and *fault. */
int ut_table_row(struct ut_table *t, struct ut_fault *fault);

/* The place of a column by its name, capitals or not; -1 = there is none. */
int ut_table_find(const struct ut_table *t, const char *name);

/* A path written in a file, as it can be opened; the caller frees it. NULL when out of memory. */
char *ut_table_path(const char *file, const char *path);

#endif
