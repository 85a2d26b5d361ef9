/* SPDX-License-Identifier: Apache-2.0 */
/* A stretch of an open file as a file of its own, behind a head of other bytes: what a library is given to read.
 *
 * in    a file descriptor that can seek, where the stretch begins and how long it is, in bytes
 * out   reads and seeks over head and stretch; none goes beyond them, and the descriptor's own place stays as it is
 */
#ifndef UT_HOST_STRETCH_H
#define UT_HOST_STRETCH_H

#include <stddef.h>
#include <stdint.h>

enum { UT_STRETCH_HEAD = 160 };

struct ut_stretch {
    int fd; /* stays the caller's */
    int64_t at, bytes;
    uint8_t head[UT_STRETCH_HEAD];
    int64_t head_bytes, place;
};

int64_t ut_stretch_length(const struct ut_stretch *s); /* head and stretch */

/* From the present place on, which moves by what was read: up to n bytes; fewer at the end or on an error. */
size_t ut_stretch_read(struct ut_stretch *s, void *to, size_t n);

/* whence as in lseek. The new place; -1, and the old one stays, when that would lie before the begin. */
int64_t ut_stretch_seek(struct ut_stretch *s, int64_t offset, int whence);

#endif
