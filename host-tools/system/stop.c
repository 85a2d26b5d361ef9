/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/stop.h"

#include "host-tools/system/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static atomic_int stop_signal, wake_signal, woken;
static int wake_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    atomic_store(number == atomic_load(&wake_signal) ? &woken : &stop_signal, number);
    ssize_t n = write(wake_pipe[1], "", 1);
    (void)n; /* a full pipe wakes as well */
    errno = saved;
}

/* Also one that waits since ut_stop_hold. */
static void watch(int number)
{
    struct sigaction a = {.sa_handler = on_signal};
    sigset_t one;
    (void)sigaction(number, &a, NULL);
    (void)sigemptyset(&one);
    (void)sigaddset(&one, number);
    (void)sigprocmask(SIG_UNBLOCK, &one, NULL);
}

int ut_stop_hold(void)
{
    const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigset_t all;
    (void)sigemptyset(&all);
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        (void)sigaddset(&all, held[i]);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
    return ut_stop_signal();
}

int ut_stop_watch(struct ut_fault *fault)
{
    struct sigaction a = {.sa_handler = SIG_IGN};
    if (pipe(wake_pipe) != 0)
        return ut_fault_set(fault, UT_EXIT_FAILURE, "no pipe for signals: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        (void)fcntl(wake_pipe[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(wake_pipe[i], F_SETFD, FD_CLOEXEC);
    }
    watch(SIGINT);
    watch(SIGTERM);
    (void)sigaction(SIGPIPE, &a, NULL);
    return 0;
}

void ut_stop_also(int number)
{
    watch(number);
}

void ut_stop_wake_by(int number)
{
    atomic_store(&wake_signal, number);
    ut_stop_also(number);
}

int ut_stop_woken(void)
{
    char bytes[16];
    while (read(wake_pipe[0], bytes, sizeof bytes) > 0)
        continue;
    return atomic_exchange(&woken, 0) != 0;
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
