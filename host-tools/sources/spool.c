/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ut_spool_new(const char *name, struct ut_fault *fault)
{
    char path[4096];
    const char *folder = getenv("TMPDIR"); /* not /tmp without being told: it may be memory, and calls are long */
    if (folder == NULL || folder[0] == '\0')
        folder = "/var/tmp";
    int fd = -1;
    if ((size_t)snprintf(path, sizeof path, "%s/undertone-XXXXXX", folder) < sizeof path && (fd = mkstemp(path)) >= 0) {
        (void)unlink(path);
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    } else {
        ut_fault_set(fault, UT_EXIT_FAILURE, "%s: no temporary file in %.200s (%s); set TMPDIR to a folder with room",
                     name, folder, strerror(errno));
    }
    return fd;
}

static int write_all(int to, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(to, p, n);
        if (put < 0 && errno != EINTR)
            return -1;
        if (put > 0) {
            p += put;
            n -= (size_t)put;
        }
    }
    return 0;
}

static ssize_t read_descriptor(void *from, uint8_t *to, size_t n)
{
    return read(*(const int *)from, to, n);
}

static ssize_t read_stretch(void *from, uint8_t *to, size_t n)
{
    return (ssize_t)ut_stretch_read(from, to, n);
}

static int spool(ssize_t (*more)(void *from, uint8_t *to, size_t n), void *from, const char *name,
                 struct ut_fault *fault)
{
    static uint8_t chunk[1 << 16];
    int to = ut_spool_new(name, fault);
    if (to < 0)
        return -1;
    for (;;) {
        ssize_t got = more(from, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be read (%s); try again", name, strerror(errno));
        else if (got > 0 && write_all(to, chunk, (size_t)got) != 0)
            ut_fault_set(fault, UT_EXIT_FAILURE,
                         "%s: its temporary file cannot be written (%s); set TMPDIR to a folder with room", name,
                         strerror(errno));
        else if (got > 0)
            continue;
        else if (lseek(to, 0, SEEK_SET) == 0)
            return to;
        (void)close(to);
        return -1;
    }
}

int ut_spool(int from, const char *name, struct ut_fault *fault)
{
    return spool(read_descriptor, &from, name, fault);
}

int ut_spool_stretch(struct ut_stretch *from, const char *name, struct ut_fault *fault)
{
    (void)ut_stretch_seek(from, 0, SEEK_SET);
    return spool(read_stretch, from, name, fault);
}
