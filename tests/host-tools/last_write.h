/* SPDX-License-Identifier: Apache-2.0 */
/* A process of which only so many writes succeed: it is killed before the last one or within it, or its disk is full
 * from there on. What SQLite and the record write comes through these functions in place of the C library's: a kill
 * leaves what the kernel has, on the disk or not. */
#ifndef UT_TESTS_HOST_TOOLS_LAST_WRITE_H
#define UT_TESTS_HOST_TOOLS_LAST_WRITE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* How many are left, and what the last one is; 0 = any number. */
static long writes_left;
static enum end { KILLED_BEFORE, KILLED_WITHIN, FULL } end;
static bool full;

static bool last_write(void)
{
    if (writes_left == 0 || --writes_left > 0)
        return false;
    if (end == KILLED_BEFORE)
        (void)kill(getpid(), SIGKILL);
    full = end == FULL;
    return !full;
}

static ssize_t no_room(void)
{
    errno = ENOSPC;
    return -1;
}

static ssize_t put_at(int fd, const void *bytes, size_t n, off_t at)
{
    bool half = last_write();
    ssize_t r = full ? no_room() : syscall(SYS_pwrite64, fd, bytes, half ? n / 2 : n, at);
    if (half)
        (void)kill(getpid(), SIGKILL);
    return r;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at);
ssize_t writev(int fd, const struct iovec *part, int parts);
int fdatasync(int fd);
int fsync(int fd);
int ftruncate(int fd, off_t size);
int ftruncate64(int fd, off_t size);
int unlink(const char *path);

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return put_at(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off_t at)
{
    return put_at(fd, bytes, n, at);
}

ssize_t writev(int fd, const struct iovec *part, int parts)
{
    if (last_write()) {
        for (int i = 0; i < parts; i++)
            (void)syscall(SYS_write, fd, part[i].iov_base, part[i].iov_len / (i + 1 == parts ? 2 : 1));
        (void)kill(getpid(), SIGKILL);
    }
    return full ? no_room() : syscall(SYS_writev, fd, part, parts);
}

static int mark(int done)
{
    if (last_write())
        (void)kill(getpid(), SIGKILL);
    return done;
}

int fdatasync(int fd)
{
    (void)fd;
    return mark(0);
}

int fsync(int fd)
{
    (void)fd;
    return mark(0);
}

int ftruncate(int fd, off_t size)
{
    return mark((int)syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off_t size)
{
    return mark((int)syscall(SYS_ftruncate, fd, size));
}

int unlink(const char *path)
{
    return mark((int)syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

#endif
