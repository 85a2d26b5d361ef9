/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/stretch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int64_t ut_stretch_length(const struct ut_stretch *s)
{
    return s->head_bytes + s->bytes;
}

static size_t smaller(int64_t a, size_t b)
{
    return a < 0 ? 0 : (uint64_t)a < b ? (size_t)a : b;
}

size_t ut_stretch_read(struct ut_stretch *s, void *to, size_t n)
{
    uint8_t *p = to;
    size_t done = smaller(s->head_bytes - s->place, n);
    memcpy(p, s->head + s->place * (done > 0), done);
    while (done < n) {
        int64_t at = s->place + (int64_t)done - s->head_bytes;
        ssize_t got = pread(s->fd, p + done, smaller(s->bytes - at, n - done), s->at + at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    s->place += (int64_t)done;
    return done;
}

int64_t ut_stretch_seek(struct ut_stretch *s, int64_t offset, int whence)
{
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->place : ut_stretch_length(s);
    if (offset < -from || offset > INT64_MAX - from)
        return -1;
    return s->place = from + offset;
}
