/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded before a program: its time of day is put by as many ms as the file STEPPED_CLOCK says. Where CLOCK_FASTER says
 * "N MONOTONIC REALTIME" its clocks have run N times as fast since they stood at these ns, and its waits by poll are so
 * much shorter. */
#include <dlfcn.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static long long since[2]; /* of CLOCK_MONOTONIC and CLOCK_REALTIME */

static long long faster(void)
{
    const char *text = getenv("CLOCK_FASTER");
    long long n = 1;
    if (text == NULL || sscanf(text, "%lld %lld %lld", &n, &since[0], &since[1]) != 3)
        return 1;
    return n;
}

static void run_faster(clockid_t id, struct timespec *t)
{
    long long n = faster(), from = since[id == CLOCK_REALTIME];
    if (n == 1)
        return;
    long long now = from + ((long long)t->tv_sec * 1000000000 + t->tv_nsec - from) * n;
    t->tv_sec = now / 1000000000;
    t->tv_nsec = now % 1000000000;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    long long ms = 0;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int r = real(id, t);
    if (id == CLOCK_MONOTONIC || id == CLOCK_REALTIME)
        run_faster(id, t);
    const char *file = id == CLOCK_REALTIME ? getenv("STEPPED_CLOCK") : NULL;
    FILE *f = file != NULL ? fopen(file, "r") : NULL;
    if (f == NULL)
        return r;
    if (fscanf(f, "%lld", &ms) == 1)
        t->tv_sec += ms / 1000;
    (void)fclose(f);
    return r;
}

int poll(struct pollfd *q, nfds_t n, int ms)
{
    static int (*real)(struct pollfd *, nfds_t, int);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "poll");
    return real(q, n, ms > 0 ? (int)((ms + faster() - 1) / faster()) : ms);
}
