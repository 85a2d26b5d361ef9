/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a WAV file: never a stretch beyond the file, and a mended header that its own reader finds right. */
#define _XOPEN_SOURCE 700 /* pwrite, fileno */
#include "host-tools/sources/wav_header.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fill(int fd, const uint8_t *head, size_t head_bytes, const uint8_t *rest, size_t bytes)
{
    if (ftruncate(fd, 0) != 0 || pwrite(fd, head, head_bytes, 0) != (ssize_t)head_bytes ||
        pwrite(fd, rest, bytes, (off_t)head_bytes) != (ssize_t)bytes)
        abort();
}

/* An odd first byte puts a right begin before the rest, so that chunks are reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t begin[] = "RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3E\0\0\0\x7D\0\0\2\0\x10\0";
    static FILE *file;
    static uint8_t whole[1 << 16];
    if (file == NULL)
        file = tmpfile();
    if (file == NULL || size > sizeof whole / 2)
        return 0;
    int fd = fileno(file);
    size_t began = size > 0 && (data[0] & 1) != 0 ? sizeof begin - 1 : 0;
    fill(fd, begin, began, data + (began > 0), size - (began > 0));
    int64_t there = (int64_t)(began + size - (began > 0));
    struct ut_wav_header h;
    struct ut_stretch s;
    enum ut_wav_judgement judged = ut_wav_header_read(&h, fd, 0);
    if (judged == UT_WAV_HEADER_CUT && h.missing <= 0)
        abort();
    if (judged == UT_WAV_OTHER || judged == UT_WAV_HEADER_CUT)
        return 0;
    if (h.at < 0 || h.bytes < 0 || h.end < h.at + h.bytes || h.end > there || h.at + h.bytes > there || h.frame < 1 ||
        (judged != UT_WAV_RIGHT && h.bytes % h.frame != 0))
        abort();
    for (struct ut_wav_header next = h; next.end < there;) { /* what is behind it lies behind it, to the end */
        int64_t from = next.end;
        enum ut_wav_judgement behind = ut_wav_header_next(&next, fd);
        if (behind == UT_WAV_OTHER || behind == UT_WAV_HEADER_CUT)
            break;
        if (next.at <= from || next.bytes < 0 || next.end < next.at + next.bytes || next.end <= from ||
            next.end > there)
            abort();
    }
    ut_wav_header_mend(&h, fd, &s);
    size_t n = ut_stretch_read(&s, whole, sizeof whole);
    if ((int64_t)n != ut_stretch_length(&s))
        abort();
    struct ut_wav_header again;
    fill(fd, whole, n, NULL, 0);
    if (ut_wav_header_read(&again, fd, 0) != UT_WAV_RIGHT || again.bytes != h.bytes || again.channels != h.channels ||
        again.rate != h.rate || again.coding != h.coding)
        abort();
    return 0;
}
