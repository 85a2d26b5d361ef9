/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/rounds.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct timespec in_ms(int64_t ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return until;
}

/* True when it closes. */
static bool wait_for_work(struct ut_rounds *r, int64_t ms)
{
    struct timespec until = in_ms(ms < 0 ? 0 : ms);
    (void)pthread_mutex_lock(&r->mutex);
    while (!r->woken && !r->closing && pthread_cond_timedwait(&r->changed, &r->mutex, &until) == 0)
        continue;
    r->woken = false;
    bool closing = r->closing;
    (void)pthread_mutex_unlock(&r->mutex);
    return closing;
}

static void *run(void *ctx)
{
    struct ut_rounds *r = ctx;
    bool closing = false;
    for (bool last = false; !last;) {
        last = closing; /* one round more after all that woke it */
        int64_t ms = r->work(r->ctx, &r->stop);
        if (!last)
            closing = wait_for_work(r, ms);
    }
    (void)pthread_mutex_lock(&r->mutex);
    r->ended = true;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->mutex);
    return NULL;
}

int ut_rounds_begin(struct ut_rounds *r, ut_rounds_work *work, void *ctx)
{
    pthread_condattr_t monotonic;
    r->work = work;
    r->ctx = ctx;
    r->running = pthread_condattr_init(&monotonic) == 0 &&
                 pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                 pthread_mutex_init(&r->mutex, NULL) == 0 && pthread_cond_init(&r->changed, &monotonic) == 0 &&
                 pthread_create(&r->thread, NULL, run, r) == 0;
    return r->running ? 0 : -1;
}

void ut_rounds_wake(struct ut_rounds *r)
{
    (void)pthread_mutex_lock(&r->mutex);
    r->woken = true;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->mutex);
}

void ut_rounds_say(struct ut_rounds *r, const char *remark)
{
    (void)pthread_mutex_lock(&r->mutex);
    (void)snprintf(r->remark, sizeof r->remark, "%s", remark);
    (void)pthread_mutex_unlock(&r->mutex);
}

void ut_rounds_heard(struct ut_rounds *r, char remark[UT_ROUNDS_REMARK])
{
    (void)pthread_mutex_lock(&r->mutex);
    memcpy(remark, r->remark, UT_ROUNDS_REMARK);
    r->remark[0] = '\0';
    (void)pthread_mutex_unlock(&r->mutex);
}

void ut_rounds_end(struct ut_rounds *r, int64_t ms)
{
    if (!r->running)
        return;
    struct timespec until = in_ms(ms);
    (void)pthread_mutex_lock(&r->mutex);
    r->closing = true;
    (void)pthread_cond_broadcast(&r->changed);
    while (!r->ended && pthread_cond_timedwait(&r->changed, &r->mutex, &until) == 0)
        continue;
    (void)pthread_mutex_unlock(&r->mutex);
    atomic_store(&r->stop, 1);
    (void)pthread_join(r->thread, NULL);
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->mutex);
    r->running = false;
}
