/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/ogg_links.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { HEAD = 27, FLAGS = 5, FIRST_PAGE = 2, SEGMENTS = 26 };

/* Bytes of the page at an offset and whether it is a stream's first; 0 = no page is there. */
static int64_t read_page(struct ut_stretch *file, int64_t at, bool *first)
{
    uint8_t h[HEAD + UINT8_MAX];
    if (ut_stretch_seek(file, at, SEEK_SET) != at || ut_stretch_read(file, h, HEAD) != HEAD ||
        memcmp(h, "OggS", 4) != 0 || ut_stretch_read(file, h + HEAD, h[SEGMENTS]) != h[SEGMENTS])
        return 0;
    int64_t bytes = HEAD + h[SEGMENTS];
    for (int i = 0; i < h[SEGMENTS]; i++)
        bytes += h[HEAD + i];
    *first = (h[FLAGS] & FIRST_PAGE) != 0;
    return bytes;
}

int64_t ut_ogg_links_next(struct ut_stretch *file, int64_t from)
{
    int64_t end = ut_stretch_length(file), at = from;
    bool first, begun = false; /* streams that are mixed all begin before the other pages of any */
    for (int64_t bytes; at < end && (bytes = read_page(file, at, &first)) > 0; at += bytes) {
        if (first && begun)
            return at;
        begun = begun || !first;
    }
    return end;
}
