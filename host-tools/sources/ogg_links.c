/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/ogg_links.h"

#include "host-tools/system/bytes.h"

#include <stdio.h>
#include <string.h>

enum {
    HEAD = 27,
    FLAGS = 5,
    FIRST_PAGE = 2,
    LAST_PAGE = 4,
    PLACE = 6,
    SERIAL = 14,
    NUMBER = 18,
    SUM = 22,
    SEGMENTS = 26
};

struct page {
    uint8_t head[HEAD + UINT8_MAX];
    int64_t bytes; /* of all of it; 0 = no page is there */
};

static void read_head(struct ut_stretch *file, int64_t at, struct page *p)
{
    uint8_t *h = p->head;
    p->bytes = 0;
    if (ut_stretch_seek(file, at, SEEK_SET) != at || ut_stretch_read(file, h, HEAD) != HEAD ||
        memcmp(h, "OggS", 4) != 0 || ut_stretch_read(file, h + HEAD, h[SEGMENTS]) != h[SEGMENTS])
        return;
    p->bytes = HEAD + h[SEGMENTS];
    for (int i = 0; i < h[SEGMENTS]; i++)
        p->bytes += h[HEAD + i];
}

int64_t ut_ogg_links_next(struct ut_stretch *file, int64_t from)
{
    int64_t end = ut_stretch_length(file);
    struct page p;
    bool begun = false; /* streams that are mixed all begin before the other pages of any */
    for (int64_t at = from; at < end; at += p.bytes) {
        read_head(file, at, &p);
        if (p.bytes == 0)
            return end;
        bool first = (p.head[FLAGS] & FIRST_PAGE) != 0;
        if (first && begun)
            return at;
        begun = begun || !first;
    }
    return end;
}

/* The checksum of Ogg: CRC-32, the highest bit first, from 0, its own four bytes as zeros. Half a byte at a time: files
 * are read by several threads, and a table that the first of them makes would be read by the others half made. */
static uint32_t sum_over(uint32_t sum, const uint8_t *bytes, size_t n)
{
    static const uint32_t table[16] = {0x00000000, 0x04C11DB7, 0x09823B6E, 0x0D4326D9, 0x130476DC, 0x17C56B6B,
                                       0x1A864DB2, 0x1E475005, 0x2608EDB8, 0x22C9F00F, 0x2F8AD6D6, 0x2B4BCB61,
                                       0x350C9B64, 0x31CD86D3, 0x3C8EA00A, 0x384FBDBD};
    for (size_t i = 0; i < n; i++) {
        sum = sum << 4 ^ table[(sum >> 28 ^ bytes[i] >> 4) & 15];
        sum = sum << 4 ^ table[(sum >> 28 ^ bytes[i]) & 15];
    }
    return sum;
}

/* What follows the head is there, and the checksum fits. The file's place is behind the head. */
static bool is_whole(struct ut_stretch *file, struct page *p)
{
    uint8_t body[UINT8_MAX * UINT8_MAX];
    size_t head = HEAD + (size_t)p->head[SEGMENTS], n = (size_t)p->bytes - head;
    uint32_t said = ut_bytes_get(p->head + SUM, 4);
    ut_bytes_put(p->head + SUM, 0, 4);
    return ut_stretch_read(file, body, n) == n && sum_over(sum_over(0, p->head, head), body, n) == said;
}

/* A page is missing between the two. A stream that was recorded while it ran has a gap behind its headers, whose place
 * is 0. */
static bool is_gap(const uint8_t last[HEAD], const uint8_t next[HEAD])
{
    static const uint8_t nowhere[8];
    return (next[FLAGS] & FIRST_PAGE) == 0 && memcmp(last + SERIAL, next + SERIAL, 4) == 0 &&
           memcmp(last + PLACE, nowhere, sizeof nowhere) != 0 &&
           ut_bytes_get(next + NUMBER, 4) != (uint32_t)(ut_bytes_get(last + NUMBER, 4) + 1);
}

int64_t ut_ogg_links_whole(struct ut_stretch *file, bool *ended)
{
    int64_t end = ut_stretch_length(file), at = 0;
    struct page p;
    uint8_t last[HEAD] = {0}; /* the head of the page before */
    *ended = false;
    for (; at < end; at += p.bytes) {
        read_head(file, at, &p);
        if (p.bytes == 0 && *ended)
            return end;
        if (p.bytes == 0 || !is_whole(file, &p) || (at > 0 && is_gap(last, p.head)))
            return at;
        memcpy(last, p.head, sizeof last);
        *ended = (last[FLAGS] & LAST_PAGE) != 0;
    }
    return end;
}
