/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/action_command.h"

#include "host-tools/system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 10, NOT_STARTED = 127 };

/* In the child, between fork and exec of a program with threads: system calls only. */
static void become(char *const word[], int in, int none)
{
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin", language[] = "LANG=C.UTF-8";
    char *const environment[] = {path, language, NULL};
    struct sigaction a = {.sa_handler = SIG_DFL};
    sigset_t empty;
    (void)sigemptyset(&empty);
    (void)sigprocmask(SIG_SETMASK, &empty, NULL);
    (void)sigaction(SIGPIPE, &a, NULL);
    (void)setpgid(0, 0);
    if (dup2(in, 0) == 0 && dup2(none, 1) == 1 && dup2(none, 2) == 2 && chdir("/") == 0) {
        long most = sysconf(_SC_OPEN_MAX);
        for (int fd = 3; fd < (most > 0 && most < 65536 ? (int)most : 65536); fd++)
            (void)close(fd);
        (void)execve(word[0], word, environment);
    }
    _exit(NOT_STARTED);
}

/* Until it has ended; it is ended where it takes too long. Its status, or -1: it was. */
static int wait_for(pid_t pid, int limit_ms, atomic_int *stop)
{
    int64_t until = ut_clock_ms() + limit_ms;
    int status = 0;
    for (;;) {
        pid_t done = waitpid(pid, &status, WNOHANG);
        if (done == pid) {
            (void)kill(-pid, SIGKILL); /* what it has started and left */
            return status;
        }
        if (ut_clock_ms() >= until || atomic_load(stop) != 0)
            break;
        (void)poll(NULL, 0, LOOK_MS);
    }
    (void)kill(-pid, SIGKILL);
    (void)kill(pid, SIGKILL); /* where it was not yet a group of its own */
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return -1;
}

int ut_action_command(char *const word[], const char *line, int limit_ms, atomic_int *stop, char *error, size_t room)
{
    int in[2], none = open("/dev/null", O_WRONLY | O_CLOEXEC);
    size_t length = strlen(line);
    if (none < 0 || pipe(in) != 0) {
        (void)snprintf(error, room, "no file is left: %s", strerror(errno));
        if (none >= 0)
            (void)close(none);
        return -1;
    }
    (void)fcntl(in[1], F_SETFD, FD_CLOEXEC);
    /* an event fits into a pipe, so that nobody has to read for it to be written */
    bool fits = length + 1 <= PIPE_BUF && write(in[1], line, length) == (ssize_t)length && write(in[1], "\n", 1) == 1;
    (void)close(in[1]);
    pid_t pid = fits ? fork() : -1;
    if (pid == 0)
        become(word, in[0], none);
    (void)close(in[0]);
    (void)close(none);
    if (pid < 0) {
        (void)snprintf(error, room, fits ? "it cannot be started" : "the event is too long");
        return -1;
    }
    int status = wait_for(pid, limit_ms, stop);
    if (status == 0)
        return 0;
    if (status == -1)
        (void)snprintf(error, room, "no end after %.1f s", limit_ms / 1000.0);
    else if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_STARTED)
        (void)snprintf(error, room, "there is no such program, or it may not be run");
    else if (WIFEXITED(status))
        (void)snprintf(error, room, "exit code %d", WEXITSTATUS(status));
    else
        (void)snprintf(error, room, "ended by signal %d", WTERMSIG(status));
    return -1;
}
