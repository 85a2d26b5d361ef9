/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/jobs.h"

#include "host-tools/system/output.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

struct run {
    const struct ut_jobs *jobs;
    atomic_size_t next, ended, done; /* pieces taken, pieces ended, steps done */
};

static void *worker(void *ctx)
{
    struct run *r = ctx;
    for (size_t i; (i = atomic_fetch_add(&r->next, 1)) < r->jobs->pieces;) {
        r->jobs->work(r->jobs->ctx, i, &r->done);
        atomic_fetch_add(&r->ended, 1);
    }
    return NULL;
}

static void show_progress(struct run *r)
{
    const struct timespec pause = {.tv_nsec = 50000000};
    while (atomic_load(&r->ended) < r->jobs->pieces) {
        ut_output_progress(r->jobs->label, (int64_t)atomic_load(&r->done), (int64_t)r->jobs->steps);
        nanosleep(&pause, NULL);
    }
    ut_output_progress_end();
}

void ut_jobs_run(const struct ut_jobs *j, int threads)
{
    pthread_t thread[UT_JOBS_MAX];
    struct run r = {.jobs = j};
    int started = 0;
    while (started < threads && started < UT_JOBS_MAX && (size_t)started < j->pieces &&
           pthread_create(&thread[started], NULL, worker, &r) == 0)
        started++;
    if (started == 0)
        worker(&r);
    if (isatty(STDERR_FILENO))
        show_progress(&r);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}
