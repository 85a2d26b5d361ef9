/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/flac_frames.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 4, LAST_BLOCK = 0x80, TAG = 128, CHUNK = 16384 };

/* Where the frames begin: behind the blocks of metadata. -1 = no FLAC file, or it ends before. */
static int64_t first_frame(struct ut_stretch *file)
{
    uint8_t head[WORD];
    int64_t at = WORD;
    (void)ut_stretch_seek(file, 0, SEEK_SET);
    if (ut_stretch_read(file, head, WORD) != WORD || memcmp(head, "fLaC", WORD) != 0)
        return -1;
    do {
        if (ut_stretch_seek(file, at, SEEK_SET) != at || ut_stretch_read(file, head, WORD) != WORD)
            return -1;
        at += WORD + (head[1] << 16 | head[2] << 8 | head[3]);
    } while ((head[0] & LAST_BLOCK) == 0);
    return at <= ut_stretch_length(file) ? at : -1;
}

static int64_t end_of_frames(struct ut_stretch *file, int64_t from)
{
    uint8_t word[3] = "";
    int64_t end = ut_stretch_length(file);
    if (end - from < TAG || ut_stretch_seek(file, end - TAG, SEEK_SET) < 0)
        return end;
    return ut_stretch_read(file, word, sizeof word) == sizeof word && memcmp(word, "TAG", sizeof word) == 0 ? end - TAG
                                                                                                            : end;
}

/* x^16 + x^15 + x^2 + 1, the highest bit first, half a byte at a time. */
static unsigned sum_over(unsigned sum, const uint8_t *bytes, size_t n)
{
    static const uint16_t table[16] = {0x0000, 0x8005, 0x800F, 0x000A, 0x801B, 0x001E, 0x0014, 0x8011,
                                       0x8033, 0x0036, 0x003C, 0x8039, 0x0028, 0x802D, 0x8027, 0x0022};
    for (size_t i = 0; i < n; i++) {
        sum = (sum << 4 & 0xFFFF) ^ table[(sum >> 12 ^ bytes[i] >> 4) & 15];
        sum = (sum << 4 & 0xFFFF) ^ table[(sum >> 12 ^ bytes[i]) & 15];
    }
    return sum;
}

bool ut_flac_frames_whole(struct ut_stretch *file)
{
    uint8_t bytes[CHUNK];
    unsigned sum = 0;
    int64_t at = first_frame(file);
    if (at < 0)
        return true;
    int64_t end = end_of_frames(file, at);
    if (ut_stretch_seek(file, at, SEEK_SET) != at)
        return false;
    while (at < end) {
        size_t n = end - at < CHUNK ? (size_t)(end - at) : CHUNK;
        if (ut_stretch_read(file, bytes, n) != n)
            return false;
        sum = sum_over(sum, bytes, n);
        at += (int64_t)n;
    }
    return sum == 0;
}

/* Its word, then the block that says the coding: the first there is, of 34 bytes, the last block or not. */
static bool is_head(const uint8_t b[2 * WORD])
{
    return memcmp(b, "fLaC", WORD) == 0 && (b[WORD] & ~LAST_BLOCK) == 0 && b[5] == 0 && b[6] == 0 && b[7] == 34;
}

int64_t ut_flac_frames_next(struct ut_stretch *file, int64_t from)
{
    uint8_t bytes[CHUNK];
    int64_t end = ut_stretch_length(file);
    bool first = true; /* the head at `from` */
    for (int64_t at = from; end - at >= 2 * WORD; at += CHUNK - 2 * WORD + 1) {
        if (ut_stretch_seek(file, at, SEEK_SET) != at)
            return end;
        size_t n = ut_stretch_read(file, bytes, sizeof bytes);
        if (n < 2 * WORD || (first && !is_head(bytes)))
            return end;
        for (size_t i = first ? 1 : 0; i + 2 * WORD <= n; i++)
            if (bytes[i] == 'f' && is_head(bytes + i))
                return at + (int64_t)i;
        first = false;
    }
    return end;
}
