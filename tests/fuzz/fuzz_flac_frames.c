/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a FLAC file: judged alike twice, and what does not begin as one is not judged; those behind it begin
 * one after the other. */
#define _XOPEN_SOURCE 700 /* pwrite, fileno */
#include "host-tools/sources/flac_frames.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    if (file == NULL)
        file = tmpfile();
    if (file == NULL)
        return 0;
    int fd = fileno(file);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct ut_stretch s = {.fd = fd, .bytes = (int64_t)size};
    bool whole = ut_flac_frames_whole(&s);
    if (ut_flac_frames_whole(&s) != whole || (!whole && memcmp(data, "fLaC", 4) != 0))
        abort();
    for (int64_t at = 0, next; at < s.bytes; at = next) {
        next = ut_flac_frames_next(&s, at);
        if (next <= at || next > s.bytes || (next < s.bytes && memcmp(data + next, "fLaC", 4) != 0))
            abort();
    }
    return 0;
}
