/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/output.h"

#include "host-tools/system/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define END ".part"
enum { NAME = 240 }; /* longest name in a folder, 255 bytes, less what is added */

/* A link of the system's to an open file, such as /dev/stdout. */
static bool is_stream(const char *path)
{
    struct stat there;
    bool system = strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0;
    return system && lstat(path, &there) == 0 && S_ISLNK(there.st_mode);
}

/* Written as it is: a rename would put a file in the place of a device, a pipe or a name such as /dev/stdout. */
static bool is_in_place(const char *path)
{
    struct stat there;
    if (is_stream(path))
        return true;
    return stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode);
}

/* "FOLDER/NAME.XXXXXX.part", the name cut to what fits into one. */
static void name_temporary(const char *path, char *text, size_t room)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    snprintf(text, room, "%.*s%.*s.XXXXXX%s", (int)(name - path), path, NAME, name, END);
}

int ut_output_open(struct ut_output *o, const char *path, struct ut_fault *fault)
{
    o->file = NULL;
    o->borrowed = o->error = 0;
    if ((size_t)snprintf(o->path, sizeof o->path, "%s", path) >= sizeof o->path)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "%.60s...: longer than %zu characters; choose a shorter path", path,
                            sizeof o->path - 1);
    o->in_place = is_in_place(path);
    int fd;
    if (o->in_place) {
        /* A stream may have been opened with >> and hold what nobody asked to lose. */
        fd = open(path, O_WRONLY | (is_stream(path) ? O_APPEND : O_TRUNC) | O_NOCTTY | O_CLOEXEC);
    } else {
        name_temporary(path, o->temporary, sizeof o->temporary);
        fd = mkstemps(o->temporary, sizeof END - 1); /* new, follows no link, mode 0600 */
        if (fd >= 0)
            (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    o->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (o->file != NULL)
        return 0;
    int reason = errno;
    if (fd >= 0) {
        close(fd);
        if (!o->in_place)
            remove(o->temporary);
    }
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check the folder", path, strerror(reason));
}

void ut_output_make_folders(const char *path)
{
    char folder[sizeof((struct ut_output *)0)->path];
    (void)snprintf(folder, sizeof folder, "%s", path);
    for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(folder, 0755);
        *at = '/';
    }
}

size_t ut_output_temporary(const char *name)
{
    size_t len = strlen(name), added = strlen(".XXXXXX" END);
    if (len <= added || name[len - added] != '.' || strcmp(name + len - strlen(END), END) != 0)
        return 0;
    return len - added;
}

void ut_output_borrow(struct ut_output *o, FILE *stream)
{
    o->file = stream;
    o->borrowed = 1;
    o->error = 0;
}

int ut_output_check(struct ut_output *o)
{
    if (!ferror(o->file))
        return 0;
    if (o->error == 0)
        o->error = errno;
    return -1;
}

static int stream_fault(int reason, struct ut_fault *fault)
{
    if (reason == EPIPE)
        return ut_fault_set(fault, UT_EXIT_OK, "standard output was closed by its reader");
    return ut_fault_set(fault, UT_EXIT_FAILURE, "standard output: cannot be written (%s); check space",
                        strerror(reason));
}

int ut_output_push(struct ut_output *o, struct ut_fault *fault)
{
    (void)fflush(o->file);
    if (ut_output_check(o) == 0)
        return 0;
    if (o->borrowed)
        return stream_fault(o->error, fault);
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written; check the disk", o->path);
}

int ut_output_commit(struct ut_output *o, struct ut_fault *fault)
{
    if (o->borrowed)
        return ut_output_push(o, fault);
    bool failed = ferror(o->file) != 0;
    failed = fclose(o->file) != 0 || failed;
    o->file = NULL;
    if (!failed && (o->in_place || rename(o->temporary, o->path) == 0))
        return 0;
    int reason = errno;
    if (!o->in_place)
        remove(o->temporary);
    return ut_fault_set(fault, UT_EXIT_FAILURE, "%s: cannot be written (%s); check space and permissions", o->path,
                        strerror(reason));
}

void ut_output_abandon(struct ut_output *o)
{
    if (o->file == NULL || o->borrowed)
        return;
    fclose(o->file);
    o->file = NULL;
    if (!o->in_place)
        remove(o->temporary);
}

void ut_output_csv(const char *text, FILE *out)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    bool quoted = strpbrk(text, ",\"") != NULL;
    char piece[8];
    if (quoted)
        fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (const char *end = text; *text != '\0'; text = end) {
        (void)ut_utf8_next(&end);
        snprintf(piece, sizeof piece, "%.*s", (int)(end - text), text);
        ut_utf8_clean(piece);
        fputs(piece[0] == '"' ? "\"\"" : piece, out);
    }
    if (quoted)
        fputc('"', out);
}

int ut_output_flush(struct ut_fault *fault)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return stream_fault(errno, fault);
}

int ut_output_no_color(void)
{
    const char *set = getenv("NO_COLOR");
    return set != NULL && set[0] != '\0';
}

static bool bar_drawn;

void ut_output_progress(const char *label, int64_t done, int64_t total)
{
    static struct timespec last;
    struct timespec now;
    enum { WIDTH = 30 };
    if (!isatty(STDERR_FILENO) || total <= 0)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ms = (int64_t)(now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000;
    if (bar_drawn && ms < 100 && done < total)
        return;
    last = now;
    bar_drawn = true;
    char bar[WIDTH + 1], name[25];
    int filled = (int)(done >= total ? WIDTH : done * WIDTH / total);
    memset(bar, '.', WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[WIDTH] = '\0';
    snprintf(name, sizeof name, "%s", label);
    ut_utf8_clean(name); /* a call's */
    fprintf(stderr, "\r%-24s [%s] %3d %%", name, bar, (int)(done >= total ? 100 : done * 100 / total));
    fflush(stderr);
}

void ut_output_progress_end(void)
{
    if (bar_drawn)
        fprintf(stderr, "\r%*s\r", 70, "");
    bar_drawn = false;
}
