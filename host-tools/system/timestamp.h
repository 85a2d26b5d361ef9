/* SPDX-License-Identifier: Apache-2.0 */
/* Moments as text: of the calendar (ISO 8601, UTC), and of a call.
 *
 * in    milliseconds since 1970-01-01T00:00Z, before it below zero; or text
 * out   the other of the two
 */
#ifndef UT_HOST_TIMESTAMP_H
#define UT_HOST_TIMESTAMP_H

#include <stdint.h>

enum { UT_TIMESTAMP_TEXT = 32 };

/* "2026-01-02T03:04:05.678Z"; of a year beyond 9999 the last four digits. */
void ut_timestamp_text(int64_t unix_ms, char text[UT_TIMESTAMP_TEXT]);

/* Seconds, a fraction of them and the zone (Z, or + or -hh:mm up to 23:59) are optional. 0, or -1 for what is no such
 * time, or one that in UTC is not of the years 0000 to 9999; *unix_ms is then as it was. */
int ut_timestamp_parse(const char *text, int64_t *unix_ms);

/* The same, or a day, "2026-01-31", which is its begin. */
int ut_timestamp_parse_day(const char *text, int64_t *unix_ms);

/* "    12.340 s": a moment of a call, as lines for people begin with it. Returns text. */
const char *ut_timestamp_call(int64_t t_ms, char text[UT_TIMESTAMP_TEXT]);

#endif
