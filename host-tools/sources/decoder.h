/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded sound of any coding as samples at its own rate, all that is there of it, whatever its header says.
 *
 * in    the path of a file, what its samples are where it has no header, or "-" for standard input
 * out   frames of all channels, as int16 where the coding has no more than 16 bits, else as double with full scale 1
 * Faults (host-tools/system/fault.h): missing, not audio, empty, cut within the header.
 */
#ifndef UT_HOST_DECODER_H
#define UT_HOST_DECODER_H

#include "host-tools/sources/raw_sound.h"
#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stdint.h>

struct ut_decoder {
    int rate, channels; /* Hz, at least 1; channels at least 1 */
    bool shorts;        /* 16 bits or less: read as int16 */
    int64_t frames;     /* that are there by header or count; INT64_MAX = not known */
    char remark[300];   /* what is odd about its length, for people; "" = nothing */
    char cut[300]; /* what shows that it is cut or damaged: what is read is what is before that; "" = nothing does */
    struct ut_decoder_parts *parts;
};

/* raw: what its samples are; NULL or all zero = its header or its name says so. pipes: what can be read once only is
 * taken, through a temporary file. 0, or -1 and *fault. Close in either case. */
int ut_decoder_open(struct ut_decoder *d, const char *path, const struct ut_raw_sound *raw, bool pipes,
                    struct ut_fault *fault);

/* Up to max frames into `shorts` or `wide`, as d->shorts says. The number; 0 at the end or where decoding fails. */
long ut_decoder_read(struct ut_decoder *d, int16_t *shorts, double *wide, long max);

/* What made the last read end early; NULL = the end of the sound. */
const char *ut_decoder_error(const struct ut_decoder *d);

/* Back to the first frame. 0, or -1 when the file has changed or cannot be read any more. */
int ut_decoder_rewind(struct ut_decoder *d);

void ut_decoder_close(struct ut_decoder *d);

#endif
