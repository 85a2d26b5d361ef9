/* SPDX-License-Identifier: Apache-2.0 */
/* Names by which a call is told from every other, wherever its events go. SPEC.md "Events".
 *
 * in    the time and the system's randomness; or the hash of a recording's sound; or what somebody chose
 * out   UUIDs of RFC 9562 in lower case: version 7 for what happens once, version 8 for what can be played again
 */
#ifndef UT_HOST_IDENTITY_H
#define UT_HOST_IDENTITY_H

#include "host-tools/system/command.h"
#include "host-tools/system/hash.h"

#include <stdbool.h>
#include <stdint.h>

enum { UT_IDENTITY_UUID = 37, UT_IDENTITY_MAX = 64 };

/* A new one; those of a later millisecond sort behind. 0, or -1 when the system has no randomness. */
int ut_identity_new(int64_t unix_ms, char text[UT_IDENTITY_UUID]);

/* The same for the same 32 hexadecimal digits. */
void ut_identity_of(const char digits[UT_HASH_TEXT], char text[UT_IDENTITY_UUID]);

/* One that others may hand in: 1 to 64 letters, digits, '.', '_' and '-', so that it is itself in a URL, a file's name
 * and a table. */
bool ut_identity_fits(const char *text);

/* The reader of an option's value of that kind; place: a const char *. */
int ut_identity_take(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault);

#endif
