/* SPDX-License-Identifier: Apache-2.0 */
/* Marks that people and programs put beside a recording: stretches of time with a few words.
 *
 * in    what a reader of a format finds (label_track.h, textgrid.h, rttm.h)
 * out   marks in the order of the file; their texts lie in the text that was read and last as long as it does
 */
#ifndef UT_HOST_MARKS_H
#define UT_HOST_MARKS_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

/* By so much what people mark may end behind the recording: they draw to its edge. */
enum { UT_MARKS_BEYOND_MS = 250 };

struct ut_mark {
    int64_t begin_ms, end_ms; /* the same: a point */
    char *text;               /* without blanks around it */
    const char *recording;    /* as the file names it; "" = it does not */
    int tier;                 /* index into tier; -1 = the format has none */
    int line;                 /* of the file, from 1 */
};

struct ut_marks {
    struct ut_mark *mark;
    size_t n, room;
    char **tier; /* names of tiers, also of those without marks */
    size_t tiers, tier_room;
};

/* 0, or -1 when out of memory. */
int ut_marks_add(struct ut_marks *m, const struct ut_mark *mark);
int ut_marks_add_tier(struct ut_marks *m, char *name);
void ut_marks_free(struct ut_marks *m);

/* A time in seconds, with a point or a comma before its decimals, rounded: 12, 12.5, 12,5, 1.25e1. 0 and *ms, which is
 * in 0..INT32_MAX; or -1 when it is no such time. */
int ut_marks_seconds(const char *text, int64_t *ms);

/* Whole milliseconds; decimals may be there when they are zeros, but not three of them, which may be thousands. */
int ut_marks_milliseconds(const char *text, int64_t *ms);

/* The same text without blanks around it, which is cut. */
char *ut_marks_trim(char *text);

#endif
