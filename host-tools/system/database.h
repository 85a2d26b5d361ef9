/* SPDX-License-Identifier: Apache-2.0 */
/* A file of tables, SQLite's, which is included in database.c and nowhere else. SPEC.md "Store".
 *
 * in    a path, and what such a file is: whose, of which version, with which tables
 * out   rows; what is committed outlives a kill and a loss of power (write-ahead log, synchronous = FULL)
 * errors UT_EXIT_MISSING no such file; UT_EXIT_STORE not a file of this kind, or damaged; UT_EXIT_STORE_LOCKED another
 *       program has it for too long; UT_EXIT_STORE_NEWER a later program made it; UT_EXIT_STORE_FULL no space;
 *       UT_EXIT_FAILURE it cannot be opened or written
 * A file that is made is its owner's only (0600), as are its log and its index beside it. What is deleted is
 * overwritten.
 */
#ifndef UT_HOST_DATABASE_H
#define UT_HOST_DATABASE_H

#include "host-tools/system/database_row.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct ut_database;

/* What a file is. */
struct ut_database_kind {
    const char *what; /* "a store of calls" */
    int32_t owner;    /* SQLite's application_id */
    int version;      /* from 1, of the newest program's files */
    const char *schema;
    /* statements that make a file of version v one of v + 1, at v - 1; an older file is brought up when it is opened,
     * all or nothing. NULL where the version is 1 */
    const char *const *upgrade;
    int cache_kb; /* memory for what was read and written; 0 = as much as SQLite likes, 2 MB */
};

/* create: makes one that is missing or empty. NULL and *fault. To be opened behind a fork, not before it. */
struct ut_database *ut_database_open(const char *path, const struct ut_database_kind *kind, bool create,
                                     struct ut_fault *fault);
void ut_database_close(struct ut_database *d);

/* How long a statement waits for other programs, in ms; 5000 at first. */
void ut_database_wait(struct ut_database *d, int ms);

/* One statement. types has a letter for each ? of it: t a text or NULL, i an int64_t. 0, or -1 and *fault. */
int ut_database_do(struct ut_database *d, struct ut_fault *fault, const char *sql, const char *types, ...);

/* Rows that the last statement changed. */
int ut_database_changed(const struct ut_database *d);

/* One statement, and what to do with each of its rows; not 0 ends it. The row's texts last that long. 0, or -1 and
 * *fault, or what `each` returned. */
int ut_database_ask(struct ut_database *d, struct ut_fault *fault, ut_database_each *each, void *ctx, const char *sql,
                    const char *types, ...);

/* The number of the first row's first column; `otherwise` where there is none. 0, or -1 and *fault. */
int ut_database_count(struct ut_database *d, struct ut_fault *fault, int64_t *number, int64_t otherwise,
                      const char *sql);

/* Nothing of what was deleted stays in the log. 1 when another program keeps it there, 0, or -1 and *fault. */
int ut_database_settle(struct ut_database *d, struct ut_fault *fault);

#endif
