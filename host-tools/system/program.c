/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/program.h"

#include "host-tools/system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_RUN = 127, PATH = 4096, END_MS = 5000 };

static int executable(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode) && access(path, X_OK) == 0;
}

int ut_program_exists(const char *name)
{
    const char *path = getenv("PATH");
    if (strchr(name, '/') != NULL)
        return executable(name);
    while (path != NULL && *path != '\0') {
        char file[PATH];
        int n = (int)strcspn(path, ":");
        (void)snprintf(file, sizeof file, "%.*s/%s", n, path, name);
        if (executable(file))
            return 1;
        path += n + (path[n] == ':');
    }
    return 0;
}

static _Noreturn void become(const char *const *argv, int out)
{
    int in = open("/dev/null", O_RDONLY);
    if (in >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setpgid(0, 0);
        (void)signal(SIGPIPE, SIG_DFL);
        (void)signal(SIGXFSZ, SIG_DFL);
        union {
            const char *const *in;
            char *const *out;
        } words = {argv}; /* execvp's parameter lacks a const that its contract has */
        (void)execvp(argv[0], words.out);
    }
    _exit(CANNOT_RUN);
}

/* Reads until the program closes its output or the time is over. */
static void listen_to(struct ut_program *p, int from, int limit_ms)
{
    size_t used = 0;
    for (int64_t until = ut_clock_ms() + limit_ms;;) {
        int64_t left = until - ut_clock_ms();
        struct pollfd q = {.fd = from, .events = POLLIN};
        int ready = left > 0 ? poll(&q, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0) {
            p->timed_out = 1;
            break;
        }
        char rest[512];
        size_t room = sizeof p->output - 1 - used;
        ssize_t n = read(from, room > 0 ? p->output + used : rest, room > 0 ? room : sizeof rest);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        if (room > 0)
            used += (size_t)n;
    }
    for (size_t i = 0; i < used; i++) /* a NUL would hide what follows */
        if (p->output[i] == '\0')
            p->output[i] = ' ';
    p->output[used] = '\0';
}

int ut_program_run(struct ut_program *p, const char *const *argv, int limit_ms)
{
    int out[2], status = 0;
    p->status = -1;
    p->timed_out = 0;
    p->output[0] = '\0';
    if (pipe(out) != 0)
        return -1;
    for (int i = 0; i < 2; i++)
        (void)fcntl(out[i], F_SETFD, FD_CLOEXEC);
    pid_t pid = fork();
    if (pid == 0)
        become(argv, out[1]);
    (void)close(out[1]);
    if (pid < 0) {
        (void)close(out[0]);
        return -1;
    }
    listen_to(p, out[0], limit_ms);
    if (p->timed_out) {
        (void)kill(-pid, SIGKILL); /* its group: what it started goes with it */
        (void)kill(pid, SIGKILL);
    }
    (void)close(out[0]);
    /* It has closed its output or was killed; one that still runs gets a moment to clean up. */
    pid_t gone = 0;
    for (int64_t until = ut_clock_ms() + END_MS; gone == 0 && ut_clock_ms() < until;)
        if ((gone = waitpid(pid, &status, WNOHANG)) == 0)
            (void)poll(NULL, 0, 2);
    if (gone == 0) {
        p->timed_out = 1;
        (void)kill(-pid, SIGKILL);
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
    }
    if (!p->timed_out && WIFEXITED(status))
        p->status = WEXITSTATUS(status);
    return p->status == CANNOT_RUN && p->output[0] == '\0' ? -1 : 0;
}

void ut_program_again(void)
{
    enum { WORDS = 256, BYTES = 1 << 17 };
    static char text[BYTES], *word[WORDS + 1];
    int words = 0, fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd);
    for (ssize_t at = 0; at < n && words < WORDS; at += (ssize_t)strlen(text + at) + 1)
        word[words++] = text + at;
    if (words > 0 && n < (ssize_t)sizeof text - 1)
        (void)execv("/proc/self/exe", word);
}
