/* SPDX-License-Identifier: Apache-2.0 */
/* A row that a database answers with, whichever one it is.
 *
 * in    columns from 0
 * out   their values, as texts that last as long as the row, or as numbers; "" and 0 of what is null
 */
#ifndef UT_HOST_DATABASE_ROW_H
#define UT_HOST_DATABASE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ut_database_row;

struct ut_database_row_kind {
    const char *(*text)(const struct ut_database_row *row, int column); /* NULL = null */
    int64_t (*number)(const struct ut_database_row *row, int column);
};

struct ut_database_row {
    const struct ut_database_row_kind *kind;
    void *of; /* the database's own answer */
    int n;    /* which of its rows */
};

/* Not 0 ends it. */
typedef int ut_database_each(void *ctx, const struct ut_database_row *row);

static inline const char *ut_database_text(const struct ut_database_row *row, int column)
{
    const char *text = row->kind->text(row, column);
    return text != NULL ? text : "";
}

static inline int64_t ut_database_number(const struct ut_database_row *row, int column)
{
    return row->kind->number(row, column);
}

static inline bool ut_database_null(const struct ut_database_row *row, int column)
{
    return row->kind->text(row, column) == NULL;
}

#endif
