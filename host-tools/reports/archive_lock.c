/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/reports/archive_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOLDER = 160 };

/* Who holds it, as the file says: a number alone would mean nothing to another machine of the same disk. */
static int refuse(const struct ut_archive_lock *l, const char *folder, struct ut_fault *fault)
{
    char holder[HOLDER] = "";
    ssize_t n = read(l->fd, holder, sizeof holder - 1);
    holder[n > 0 ? n : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
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

static void name_holder(const struct ut_archive_lock *l)
{
    char host[HOLDER / 2] = "", holder[HOLDER];
    (void)gethostname(host, sizeof host - 1);
    int n = snprintf(holder, sizeof holder, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(l->fd, 0) != 0 || write(l->fd, holder, (size_t)n) != n)
        return; /* a full disk: the lock holds all the same */
}

int ut_archive_lock(struct ut_archive_lock *l, const char *folder, int part, int parts, struct ut_fault *fault)
{
    if (parts > 1)
        snprintf(l->path, sizeof l->path, "%.4000s/undertone-%d-of-%d.lock", folder, part, parts);
    else
        snprintf(l->path, sizeof l->path, "%.4000s/undertone.lock", folder);
    for (;;) {
        struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        l->fd = open(l->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (l->fd < 0)
            return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", l->path,
                                strerror(errno));
        if (fcntl(l->fd, F_SETLK, &whole) != 0 && (errno == EACCES || errno == EAGAIN)) {
            int result = refuse(l, folder, fault);
            close(l->fd);
            l->fd = -1;
            return result;
        }
        if (is_there(l))
            break;
        close(l->fd); /* its holder ended and removed it meanwhile */
    }
    name_holder(l);
    return 0;
}

void ut_archive_unlock(struct ut_archive_lock *l)
{
    if (l->fd < 0)
        return;
    (void)unlink(l->path);
    close(l->fd);
    l->fd = -1;
}
