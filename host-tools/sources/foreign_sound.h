/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings of telephones and browsers (MPEG-4, AAC, AMR, WebM, Windows Media, G.722; G.726 and others in a WAV),
 * turned into Wave64 by the system's ffmpeg where it is installed.
 *
 * in    the first bytes of a file and its name; then the file, by its descriptor
 * out   a temporary file without a name, of 16-bit samples at the recording's own rate
 * Faults (host-tools/system/fault.h): not audio, with the line of a command that helps; failure. No shell takes part.
 * ffmpeg gets neither the file's name nor a choice of format: no name can be an option, no content a list of others.
 */
#ifndef UT_HOST_FOREIGN_SOUND_H
#define UT_HOST_FOREIGN_SOUND_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_FOREIGN_HEAD = 16, /* first bytes that are looked at */
    UT_FOREIGN_CUT = 300
};

struct ut_foreign_kind {
    const char *name, *ending; /* for people */
    const char *format;        /* ffmpeg's name of it */
};

/* NULL where neither bytes nor name say that it is one of them. Bytes count first. */
const struct ut_foreign_kind *ut_foreign_kind(const uint8_t *head, size_t n, const char *path);

/* Of a WAV, by its format tag; NULL where no other program is known to help. */
const struct ut_foreign_kind *ut_foreign_wav(int coding);

/* The descriptor, or -1 and *fault. fd stays open. cut: what ffmpeg said where it found damage, which ends the samples;
 * "" where it found none. */
int ut_foreign_decode(const struct ut_foreign_kind *kind, int fd, const char *path, char cut[UT_FOREIGN_CUT],
                      struct ut_fault *fault);

#endif
