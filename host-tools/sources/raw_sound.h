/* SPDX-License-Identifier: Apache-2.0 */
/* Sound without a header, as telephone systems write it: what its samples are.
 *
 * in    CODING:RATE:CHANNELS as people write it (mulaw:8000:2), or the ending of a file's name
 * out   the three of them
 * Faults (host-tools/system/fault.h): usage. Specified in SPEC.md "Audio files".
 */
#ifndef UT_HOST_RAW_SOUND_H
#define UT_HOST_RAW_SOUND_H

#include "host-tools/sources/stretch.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdint.h>

/* S16: the lowest byte first; S16BE: the highest. GSM: GSM 06.10, frames of 33 bytes of 20 ms, 8000 Hz, one channel. */
enum ut_raw_coding { UT_RAW_NONE, UT_RAW_MULAW, UT_RAW_ALAW, UT_RAW_S16, UT_RAW_S16BE, UT_RAW_U8, UT_RAW_GSM };

/* All zero: it has a header. */
struct ut_raw_sound {
    enum ut_raw_coding coding;
    int rate, channels; /* Hz, 8000 and more; 1 to 1024 */
};

/* 0, or -1 and *fault. */
int ut_raw_sound_parse(const char *text, struct ut_raw_sound *raw, struct ut_fault *fault);

/* By the endings of Asterisk, FreeSWITCH and sox; false where the name says nothing. */
bool ut_raw_sound_by_name(const char *path, struct ut_raw_sound *raw);

/* How many bytes of the file are whole frames, up to the first that is none: each of GSM begins with the same four
 * bits, 13. *other: bytes behind them that are no sound of this coding, as against a part of a frame. */
int64_t ut_raw_sound_whole(const struct ut_raw_sound *raw, struct ut_stretch *file, bool *other);

#endif
