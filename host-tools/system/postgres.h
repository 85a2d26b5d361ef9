/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to a PostgreSQL server, whose library is included in postgres.c and nowhere else. SPEC.md "Floor".
 *
 * in    an address as libpq takes it ("postgresql://user@host/database"), statements with $1, $2 ... for their values
 * out   rows; what is committed is as safe as the server's settings make it (synchronous_commit is left as it is)
 * errors UT_EXIT_USAGE no such address; UT_EXIT_STORE_AWAY the server is not there, shuts down, or takes no writes;
 *       UT_EXIT_STORE_LOCKED another session has what is needed for too long; UT_EXIT_STORE_FULL it has no space;
 *       UT_EXIT_STORE any other refusal
 * A connection that broke is made again by the next statement: the one that broke may have been done or not.
 */
#ifndef UT_HOST_POSTGRES_H
#define UT_HOST_POSTGRES_H

#include "host-tools/system/database_row.h"
#include "host-tools/system/fault.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct ut_postgres;

/* schema: where tables are looked for. NULL and *fault. */
struct ut_postgres *ut_postgres_open(const char *address, const char *schema, struct ut_fault *fault);

/* One that holds its caller up no longer than connect_ms now and answer_ms with each question, also where the server is
 * stopped in its tracks or nothing comes back from the network: UT_EXIT_STORE_AWAY, then close it. It is only asked
 * (ut_postgres_ask), and stays broken once it broke. Looking up a host's name is the system's, and takes what that
 * takes: `hostaddr` in the address spares it. NULL and *fault. */
struct ut_postgres *ut_postgres_open_within(const char *address, const char *schema, int connect_ms, int answer_ms,
                                            struct ut_fault *fault);
void ut_postgres_close(struct ut_postgres *p);

/* Statements without values, whole or not at all. 0, or -1 and *fault. */
int ut_postgres_script(struct ut_postgres *p, struct ut_fault *fault, const char *sql);

/* One statement, and what to do with each of its rows; not 0 ends it. types has a letter for each value: t a text or
 * NULL, i an int64_t, T const char *const * and its size_t, I const int64_t * and its size_t. 0, or -1 and *fault, or
 * what `each` returned. */
int ut_postgres_ask(struct ut_postgres *p, struct ut_fault *fault, ut_database_each *each, void *ctx, const char *sql,
                    const char *types, ...);

int ut_postgres_ask_list(struct ut_postgres *p, struct ut_fault *fault, ut_database_each *each, void *ctx,
                         const char *sql, const char *types, va_list list);

/* Rows that the last statement changed. */
int ut_postgres_changed(const struct ut_postgres *p);

#endif
