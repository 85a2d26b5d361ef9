/* SPDX-License-Identifier: Apache-2.0 */
/* Numbered pieces of work on several threads, with a bar of progress.
 *
 * in    how many threads at most; pieces 0..pieces-1, each done once, in no particular order, on the caller's thread
 *       when no other is to be had
 * out   returns when all are done
 */
#ifndef UT_HOST_JOBS_H
#define UT_HOST_JOBS_H

#include <stdatomic.h>
#include <stddef.h>

enum { UT_JOBS_MAX = 256 };

struct ut_jobs {
    const char *label; /* of the bar */
    size_t pieces;
    size_t steps;                                           /* of progress in all pieces together */
    void (*work)(void *ctx, size_t i, atomic_size_t *done); /* adds its steps to *done as it goes */
    void *ctx;
};

/* threads: 1..UT_JOBS_MAX */
void ut_jobs_run(const struct ut_jobs *j, int threads);

#endif
