/* SPDX-License-Identifier: Apache-2.0 */
/* JSON values, those of jansson, which is included here and nowhere else; how this program writes them.
 *
 * in    json_t; a function that takes the reference says so
 * out   a file, or a line of standard output; numbers with at most nine significant digits
 */
#ifndef UT_HOST_JSON_H
#define UT_HOST_JSON_H

#include "host-tools/system/fault.h"

#include <jansson.h>
#include <stdint.h>

/* A number rounded to `digits` decimals, never -0; null of what is not a number. */
json_t *ut_json_number(double x, int digits);

/* A time as text (host-tools/system/timestamp.h); null of a negative one. */
json_t *ut_json_time(int64_t unix_ms);

/* Writes a value to a file, indented, whole or not at all; takes the reference. 0, or -1 and *fault. */
int ut_json_file(const char *path, json_t *value, struct ut_fault *fault);

/* Writes a value on a line of standard output and takes the reference; nothing for NULL. */
void ut_json_line(json_t *value);

#endif
