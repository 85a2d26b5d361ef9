/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an Ogg file: links that follow each other to its end, and before the first damage there is none. */
#define _XOPEN_SOURCE 700 /* pwrite, fileno */
#include "host-tools/sources/ogg_links.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *file;
    bool ended;
    if (file == NULL)
        file = tmpfile();
    if (file == NULL)
        return 0;
    int fd = fileno(file);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    struct ut_stretch s = {.fd = fd, .bytes = (int64_t)size};
    for (int64_t at = 0, next; at < s.bytes; at = next) {
        next = ut_ogg_links_next(&s, at);
        if (next <= at || next > s.bytes)
            abort();
    }
    int64_t whole = ut_ogg_links_whole(&s, &ended);
    if (whole < 0 || whole > s.bytes)
        abort();
    s.bytes = whole;
    if (ut_ogg_links_whole(&s, &ended) != whole)
        abort();
    return 0;
}
