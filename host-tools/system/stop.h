/* SPDX-License-Identifier: Apache-2.0 */
/* Being asked to stop, for programs that wait in poll.
 *
 * in    SIGINT and SIGTERM from ut_stop_watch on; SIGPIPE is ignored: a peer that leaves shows as a failed write
 * out   the signal, and a descriptor that is readable from then on
 * A program may name another signal that stops it, and one that only wakes it.
 */
#ifndef UT_HOST_STOP_H
#define UT_HOST_STOP_H

#include <stdatomic.h>

struct ut_fault;

/* Once in a process. 0, or -1 and *fault. */
int ut_stop_watch(struct ut_fault *fault);

/* Behind ut_stop_watch: this signal stops too. */
void ut_stop_also(int number);

/* Behind ut_stop_watch: this one wakes whoever waits, and is told once by ut_stop_woken, which has to be asked behind
 * each wait then. */
void ut_stop_wake_by(int number);
int ut_stop_woken(void);

/* Never read it: it wakes whoever waits. -1 before ut_stop_watch. */
int ut_stop_fd(void);

/* 0 = go on. */
int ut_stop_signal(void);

/* Signals that stop or wake wait from here on for the program that takes this one's place (ut_program_again) and
 * watches. 0, or the one that has come before. */
int ut_stop_hold(void);

/* ut_stop_signal, for work that is told by a flag, on whatever thread. */
atomic_int *ut_stop_flag(void);

#endif
