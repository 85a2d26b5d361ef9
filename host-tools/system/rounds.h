/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that works in rounds: one when it is woken, one when something is due, one more at the end.
 *
 * in    what a round does, and when the next is due
 * out   rounds on a thread of their own; one remark at a time on its way to the thread that began it
 * Functions but ut_rounds_say are for the thread that began it.
 */
#ifndef UT_HOST_ROUNDS_H
#define UT_HOST_ROUNDS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { UT_ROUNDS_REMARK = 500 };

struct ut_rounds;

/* One round; *stop is not 0 once it is to leave what is under way. In how many ms the next is due. */
typedef int64_t ut_rounds_work(void *ctx, atomic_int *stop);

struct ut_rounds {
    ut_rounds_work *work;
    void *ctx;
    pthread_t thread;
    bool running;
    atomic_int stop;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    /* under the mutex */
    bool woken, closing, ended;
    char remark[UT_ROUNDS_REMARK];
};

/* 0, or -1 when there is no thread to be had. */
int ut_rounds_begin(struct ut_rounds *r, ut_rounds_work *work, void *ctx);

void ut_rounds_wake(struct ut_rounds *r);

/* From within a round; what was said before and not heard yet is lost. */
void ut_rounds_say(struct ut_rounds *r, const char *remark);

/* What was said since the last time; "" = nothing. */
void ut_rounds_heard(struct ut_rounds *r, char remark[UT_ROUNDS_REMARK]);

/* The last round has `ms` until it is stopped. Nothing where none was begun. */
void ut_rounds_end(struct ut_rounds *r, int64_t ms);

#endif
