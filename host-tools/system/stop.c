/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/stop.h"

#include "host-tools/system/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static atomic_int stop_signal;
static int wake_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    atomic_store(&stop_signal, number);
    ssize_t n = write(wake_pipe[1], "", 1);
    (void)n; /* a full pipe wakes as well */
    errno = saved;
}

int ut_stop_watch(struct ut_fault *fault)
{
    struct sigaction a = {.sa_handler = on_signal};
    if (pipe(wake_pipe) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no pipe for signals: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        (void)fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
    }
    (void)sigaction(SIGINT, &a, NULL);
    (void)sigaction(SIGTERM, &a, NULL);
    a.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &a, NULL);
    return 0;
}

int ut_stop_fd(void)
{
    return wake_pipe[0];
}

int ut_stop_signal(void)
{
    return atomic_load(&stop_signal);
}

atomic_int *ut_stop_flag(void)
{
    return &stop_signal;
}
