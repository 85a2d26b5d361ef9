/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a WAV file (RIFF, RF64, Wave64), held against the bytes that are there.
 *
 * in    any file, by its descriptor; outside bytes: every offset and size is judged before it is used
 * out   the coding, where the sound lies and how many bytes of it there are, beside what the header says of that;
 *       and a header that says what is right, for a library that believes headers
 * Specified in SPEC.md "Audio files".
 */
#ifndef UT_HOST_WAV_HEADER_H
#define UT_HOST_WAV_HEADER_H

#include "host-tools/sources/stretch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ut_wav_judgement {
    UT_WAV_OTHER,      /* no WAV, or none whose header can be judged: a library may try */
    UT_WAV_RIGHT,      /* header and bytes agree */
    UT_WAV_UNFINISHED, /* the header never got its length (0, or the largest there is) */
    UT_WAV_MORE,       /* more sound is there than the header says */
    UT_WAV_FEWER,      /* a few bytes are missing, as when a writer counts wrongly */
    UT_WAV_CUT,        /* much is missing: the file was cut */
    UT_WAV_HEADER_CUT  /* the file ends before the sound begins; missing says by how much */
};

enum { UT_WAV_FMT = 64, UT_WAV_MPEG_LAYER_3 = 0x55 };

struct ut_wav_header {
    int coding;              /* format tag; that of the sub-format where it is "extensible" */
    unsigned channels, rate; /* of untrusted size, as the header says; rate in Hz */
    int frame;               /* bytes of a frame, or of a block of a packed coding; at least 1 */
    int64_t at, bytes;       /* the sound: its offset and its length, in whole frames where it is not RIGHT */
    int64_t said;            /* bytes of it by the header */
    int64_t end;             /* the offset where more begins behind this, or the file's end: ut_wav_header_next */
    bool wide;               /* it is a Wave64 */
    bool further;            /* the sound is that of a further data chunk of the same WAV */
    bool unfilled;           /* a chunk before the sound lacks the byte that makes it even: libraries lose their way */
    int64_t missing;         /* bytes that the header says and the file lacks */
    uint8_t fmt[UT_WAV_FMT]; /* the format chunk's first bytes as they are */
    size_t fmt_bytes;
};

/* Of the WAV that begins at the offset `from`. Reads no more than heads of chunks where header and bytes agree; else
 * all of the sound, for the begin of another WAV in it. */
enum ut_wav_judgement ut_wav_header_read(struct ut_wav_header *h, int fd, int64_t from);

/* Of what begins at h->end: a further data chunk, whose format is that of the one before, or another WAV. OTHER also
 * where it is a recording of another kind. */
enum ut_wav_judgement ut_wav_header_next(struct ut_wav_header *h, int fd);

/* Gives `s` the sound behind a header that tells its true length: RIFF, or RF64 from 4 GiB on. */
void ut_wav_header_mend(const struct ut_wav_header *h, int fd, struct ut_stretch *s);

#endif
