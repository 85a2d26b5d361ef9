/* SPDX-License-Identifier: Apache-2.0 */
/* MPEG audio (MP3), every frame of it, whatever its length header says or lacks.
 *
 * in    a stretch of a file; outside bytes: the library's decoder judges them and skips what is no frame
 * out   frames of all channels as double with full scale 1; delay and padding of the encoder are left out where the
 *       header names them
 * errors 0 or -1; ut_mp3_file_error says why. The library never writes to standard error.
 */
#ifndef UT_HOST_MP3_FILE_H
#define UT_HOST_MP3_FILE_H

#include "host-tools/sources/stretch.h"

#include <stdbool.h>
#include <stdint.h>

struct ut_mp3_file {
    int rate, channels;
    int64_t frames; /* by count */
    int64_t said;   /* by the header; -1 = it has none */
    struct ut_mp3_file_state *state;
};

/* The stretch begins as MPEG audio does: with an ID3 tag or two frames in a row. */
bool ut_mp3_file_is(struct ut_stretch *sound);

/* It begins with the bits that every frame begins with: it may be MPEG audio, or anything. */
bool ut_mp3_file_begins(struct ut_stretch *sound);

/* Counts the frames to the end. The stretch is read until it is closed. Close in either case. */
int ut_mp3_file_open(struct ut_mp3_file *m, struct ut_stretch *sound);

/* Up to max frames. The number; 0 at the end or on an error. */
long ut_mp3_file_read(struct ut_mp3_file *m, double *wide, long max);
int ut_mp3_file_rewind(struct ut_mp3_file *m);
const char *ut_mp3_file_error(const struct ut_mp3_file *m); /* of the last call; NULL = none */
void ut_mp3_file_close(struct ut_mp3_file *m);

#endif
