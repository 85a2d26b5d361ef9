/* SPDX-License-Identifier: Apache-2.0 */
/* An address of a PostgreSQL server: "postgresql://user@host:port/database?options".
 *
 * in    what a setting says, which may be a file's path instead
 * out   whether it is one, and its text without a password
 */
#ifndef UT_HOST_POSTGRES_ADDRESS_H
#define UT_HOST_POSTGRES_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

bool ut_postgres_is(const char *address);

/* For people: without its password, and its options, which may hold one. What is no such address stays as it is.
 * Returns text. */
const char *ut_postgres_name(const char *address, char *text, size_t room);

#endif
