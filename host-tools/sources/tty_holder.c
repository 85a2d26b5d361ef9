/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sources/tty_holder.h"

#include "host-tools/system/utf8.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PTY_MAJOR = 136, PTMX_MAJOR = 5, PTMX_MINOR = 2, PATH_ROOM = 320 };

static bool is_pty(const struct stat *device)
{
    return major(device->st_rdev) == PTY_MAJOR;
}

/* Nodes of one serial port are one port; pseudo-terminals are numbered afresh in every file system of them. */
static bool same(const struct stat *device, const struct stat *other)
{
    return S_ISCHR(other->st_mode) && other->st_rdev == device->st_rdev &&
           (!is_pty(device) || other->st_dev == device->st_dev);
}

/* The descriptor is the far end of the pseudo-terminal. */
static bool is_master(const char *pid, const char *fd, const struct stat *device, const struct stat *other)
{
    char path[PATH_ROOM], line[120];
    unsigned index = 0;
    if (!S_ISCHR(other->st_mode) || other->st_rdev != makedev(PTMX_MAJOR, PTMX_MINOR))
        return false;
    (void)snprintf(path, sizeof path, "/proc/%.20s/fdinfo/%.20s", pid, fd);
    FILE *info = fopen(path, "re");
    bool found = false;
    while (info != NULL && !found && fgets(line, sizeof line, info) != NULL)
        found = sscanf(line, "tty-index: %u", &index) == 1;
    if (info != NULL)
        (void)fclose(info);
    return !found || index == minor(device->st_rdev);
}

/* The process has the device open and did not make it. */
static bool holds(const char *pid, const struct stat *device)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *all = opendir(path);
    bool open = false, made = false;
    struct stat other;
    for (struct dirent *d; all != NULL && !made && (d = readdir(all)) != NULL;) {
        (void)snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, d->d_name);
        if (d->d_name[0] == '.' || stat(path, &other) != 0)
            continue;
        open = open || same(device, &other);
        made = is_pty(device) && is_master(pid, d->d_name, device, &other);
    }
    if (all != NULL)
        (void)closedir(all);
    return open && !made;
}

static void name_program(struct ut_tty_holder *h)
{
    char path[PATH_ROOM];
    (void)snprintf(path, sizeof path, "/proc/%ld/comm", h->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(h->program, sizeof h->program, file) == NULL)
        h->program[0] = '\0';
    if (file != NULL)
        (void)fclose(file);
    h->program[strcspn(h->program, "\n")] = '\0';
    ut_utf8_clean(h->program); /* a program may call itself anything */
    if (h->program[0] == '\0')
        (void)snprintf(h->program, sizeof h->program, "?");
}

/* The process that has locked the device, whoever's it is; 0 = none. */
static long locker(const struct stat *device)
{
    FILE *locks = fopen("/proc/locks", "re");
    char line[200];
    long found = 0;
    while (locks != NULL && found == 0 && fgets(line, sizeof line, locks) != NULL) {
        long pid;
        unsigned from, of;
        uint64_t inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %ld %x:%x:%" SCNu64, &pid, &from, &of, &inode) == 4 && pid > 0 &&
            pid != (long)getpid() && makedev(from, of) == device->st_dev && inode == device->st_ino)
            found = pid;
    }
    if (locks != NULL)
        (void)fclose(locks);
    return found;
}

int ut_tty_holder(const char *path, struct ut_tty_holder *holder)
{
    struct stat device;
    DIR *all = stat(path, &device) == 0 && S_ISCHR(device.st_mode) ? opendir("/proc") : NULL;
    if (all == NULL)
        return 0;
    holder->pid = 0;
    for (struct dirent *d; holder->pid == 0 && (d = readdir(all)) != NULL;) {
        char *end;
        long pid = strtol(d->d_name, &end, 10);
        if (pid > 0 && *end == '\0' && pid != (long)getpid() && holds(d->d_name, &device))
            holder->pid = pid;
    }
    (void)closedir(all);
    if (holder->pid == 0)
        holder->pid = locker(&device);
    if (holder->pid == 0)
        return 0;
    name_program(holder);
    return 1;
}
