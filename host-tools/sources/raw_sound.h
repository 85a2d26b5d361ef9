/* SPDX-License-Identifier: Apache-2.0 */
/* Sound without a header, as telephone systems write it: what its samples are.
 *
 * in    CODING:RATE:CHANNELS as people write it (mulaw:8000:2), or the ending of a file's name
 * out   the three of them
 * Faults (host-tools/system/fault.h): usage. Specified in SPEC.md "Audio files".
 */
#ifndef UT_HOST_RAW_SOUND_H
#define UT_HOST_RAW_SOUND_H

#include "host-tools/system/fault.h"

#include <stdbool.h>

/* S16: the lowest byte first; S16BE: the highest. */
enum ut_raw_coding { UT_RAW_NONE, UT_RAW_MULAW, UT_RAW_ALAW, UT_RAW_S16, UT_RAW_S16BE, UT_RAW_U8 };

/* All zero: it has a header. */
struct ut_raw_sound {
    enum ut_raw_coding coding;
    int rate, channels; /* Hz, 8000 and more; 1 to 1024 */
};

/* 0, or -1 and *fault. */
int ut_raw_sound_parse(const char *text, struct ut_raw_sound *raw, struct ut_fault *fault);

/* By the endings of Asterisk, FreeSWITCH and sox; false where the name says nothing. */
bool ut_raw_sound_by_name(const char *path, struct ut_raw_sound *raw);

#endif
