/* SPDX-License-Identifier: Apache-2.0 */
/* The frames of a FLAC file: whether all of them are whole, and where another file's begin behind them. A file from a
 * pipe does not say its length, so nothing else shows that it was cut.
 *
 * in    a stretch of a file; outside bytes: every size is judged before it is used
 * out   true or false, or an offset. Each frame ends with its CRC-16 (RFC 9639, 9.3), so that the CRC over any number
 *       of them is 0; one damaged file of 65,536 has that too
 */
#ifndef UT_HOST_FLAC_FRAMES_H
#define UT_HOST_FLAC_FRAMES_H

#include "host-tools/sources/stretch.h"

#include <stdbool.h>
#include <stdint.h>

/* True also for what is no FLAC file. An ID3v1 tag at the end is passed over. */
bool ut_flac_frames_whole(struct ut_stretch *file);

/* The offset behind the file that begins at `from`: where the head of another begins, or the stretch's end; that also
 * where none begins at `from`. */
int64_t ut_flac_frames_next(struct ut_stretch *file, int64_t from);

#endif
