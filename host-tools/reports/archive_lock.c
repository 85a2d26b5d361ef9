/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the bytes of the file stand for. A whole run takes them all for itself; a part shares the first and the one of
 * its number of parts, and has one of its own. */
enum { ANY = 0, OF_PARTS = 1, OWN = 1 << 20, HOLDER = 160 };

struct range {
    short type;       /* F_WRLCK, F_RDLCK */
    off_t from, size; /* 0 = to the end */
};

/* True when another process keeps us out. */
static bool is_refused(int fd, struct range r)
{
    struct flock l = {.l_type = r.type, .l_whence = SEEK_SET, .l_start = r.from, .l_len = r.size};
    return fcntl(fd, F_SETLK, &l) != 0 && (errno == EACCES || errno == EAGAIN);
}

/* The process that would keep us out; 0 = none, -1 = one of another machine. */
static long holder_of(int fd, struct range r)
{
    struct flock l = {.l_type = r.type, .l_whence = SEEK_SET, .l_start = r.from, .l_len = r.size};
    if (fcntl(fd, F_GETLK, &l) != 0 || l.l_type == F_UNLCK)
        return 0;
    return l.l_pid > 0 ? (long)l.l_pid : -1;
}

/* 0 when the locks are ours, else who has them as in holder_of. */
static long take(int fd, int part, int parts)
{
    const struct range whole = {F_WRLCK, 0, 0};
    const struct range mine[] = {{F_RDLCK, ANY, 1}, {F_RDLCK, OF_PARTS + parts, 1}, {F_WRLCK, OWN + part, 1}};
    const struct range fewer = {F_WRLCK, OF_PARTS, parts};
    const struct range more = {F_WRLCK, OF_PARTS + parts + 1, OWN - OF_PARTS - parts - 1};
    const struct range *wanted = parts > 1 ? mine : &whole;
    for (int i = 0; i < (parts > 1 ? 3 : 1); i++)
        if (is_refused(fd, wanted[i])) {
            long process = holder_of(fd, wanted[i]);
            return process != 0 ? process : -1;
        }
    long process = parts > 1 ? holder_of(fd, fewer) : 0;
    return process == 0 && parts > 1 ? holder_of(fd, more) : process;
}

/* Who holds it, in the words of the file, which has a line of each that came: a number alone would mean nothing to
 * another machine of the same disk. The last line where the number is not known. */
static int refuse(const struct ut_archive_lock *l, const char *folder, long process, struct ut_fault *fault)
{
    char line[HOLDER], holder[HOLDER] = "";
    FILE *f = fopen(l->path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (process < 0 || (strncmp(line, "process ", 8) == 0 && strtol(line + 8, NULL, 10) == process))
            memcpy(holder, line, sizeof holder);
    }
    if (f != NULL)
        fclose(f);
    if (holder[0] == '\0' && process > 0)
        snprintf(holder, sizeof holder, "process %ld", process);
    return ut_fault_set(fault, UT_EXIT_FAILURE,
                        "%s: another run writes its results there (%s); wait for its end, or give another --out",
                        folder, holder[0] != '\0' ? holder : "not known which");
}

static bool is_there(const struct ut_archive_lock *l)
{
    struct stat file, name;
    return fstat(l->fd, &file) == 0 && stat(l->path, &name) == 0 && file.st_ino == name.st_ino &&
           file.st_dev == name.st_dev;
}

/* What somebody else's file of this name says would be lost, and so would a recording that has it as a second name. */
static bool is_lock(int fd)
{
    static const char begin[] = "process ";
    char text[sizeof begin - 1];
    struct stat file;
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_nlink > 1)
        return false;
    return file.st_size == 0 ||
           (pread(fd, text, sizeof text, 0) == (ssize_t)sizeof text && memcmp(text, begin, sizeof text) == 0);
}

static void name_holder(const struct ut_archive_lock *l, int part, int parts)
{
    char host[HOLDER / 2] = "", holder[HOLDER];
    (void)gethostname(host, sizeof host - 1);
    int n = parts > 1
                ? snprintf(holder, sizeof holder, "process %ld on %s, part %d/%d\n", (long)getpid(), host, part, parts)
                : snprintf(holder, sizeof holder, "process %ld on %s\n", (long)getpid(), host);
    if ((parts == 1 && ftruncate(l->fd, 0) != 0) || write(l->fd, holder, (size_t)n) != n)
        return; /* a full disk: the lock holds all the same */
}

int ut_archive_lock(struct ut_archive_lock *l, const char *folder, int part, int parts, struct ut_fault *fault)
{
    snprintf(l->path, sizeof l->path, "%.4000s/undertone.lock", folder);
    for (;;) {
        l->fd = open(l->path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (l->fd < 0)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", l->path,
                                strerror(errno));
        if (!is_lock(l->fd)) {
            close(l->fd);
            l->fd = -1;
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: was not made by undertone; move it, or give another --out",
                                l->path);
        }
        long process = take(l->fd, part, parts);
        if (process != 0) {
            int result = refuse(l, folder, process, fault);
            close(l->fd);
            l->fd = -1;
            return result;
        }
        if (is_there(l))
            break;
        close(l->fd); /* its holder ended and removed it meanwhile */
    }
    name_holder(l, part, parts);
    return 0;
}

void ut_archive_unlock(struct ut_archive_lock *l)
{
    struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    if (l->fd < 0)
        return;
    (void)fcntl(l->fd, F_SETLK, &none);
    if (!is_refused(l->fd, (struct range){F_WRLCK, 0, 0}) && is_there(l))
        (void)unlink(l->path); /* the last one out */
    close(l->fd);
    l->fd = -1;
}
