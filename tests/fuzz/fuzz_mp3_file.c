/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as MPEG audio: what was counted can be read again, and nothing comes after an end. */
#define _XOPEN_SOURCE 700 /* pwrite, fileno */
#include "host-tools/sources/mp3_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 1000, CHANNELS = 2, READS = 4000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long read_all(struct ut_mp3_file *m)
{
    static double wide[FRAMES * CHANNELS];
    long all = 0;
    for (int i = 0; i < READS; i++) {
        long n = ut_mp3_file_read(m, wide, FRAMES);
        if (n < 0 || n > FRAMES)
            abort();
        all += n;
        if (n == 0)
            break;
    }
    if (ut_mp3_file_read(m, wide, FRAMES) != 0)
        abort();
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    struct ut_mp3_file m;
    if (file == NULL)
        file = tmpfile();
    if (file == NULL)
        return 0;
    int fd = fileno(file);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct ut_stretch s = {.fd = fd, .bytes = (int64_t)size};
    (void)ut_mp3_file_is(&s);
    if (ut_mp3_file_open(&m, &s) == 0) {
        if (m.rate < 1 || m.channels < 1 || m.channels > CHANNELS || m.frames < 0)
            abort();
        long first = read_all(&m);
        if (ut_mp3_file_rewind(&m) == 0 && read_all(&m) < first)
            abort();
    }
    ut_mp3_file_close(&m);
    return 0;
}
