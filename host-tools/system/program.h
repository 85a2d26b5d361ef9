/* SPDX-License-Identifier: Apache-2.0 */
/* Another program, run to its end, with what it said. */
#ifndef UT_HOST_PROGRAM_H
#define UT_HOST_PROGRAM_H

enum { UT_PROGRAM_OUTPUT = 1 << 16 };

struct ut_program {
    int status; /* exit code, or -1: killed by a signal or by the time limit */
    int timed_out;
    char output[UT_PROGRAM_OUTPUT]; /* standard output and error as they came, NUL-terminated; the rest is dropped */
};

/* 1 when the name stands for an executable file on PATH (or is the path of one). */
int ut_program_exists(const char *name);

/* Runs argv (NULL-terminated) with an empty standard input. 0 when it ran, -1 when it could not be started. */
int ut_program_run(struct ut_program *p, const char *const *argv, int limit_ms);

/* This program anew, with the words it was begun with: does not come back but when it cannot. What came of signals that
 * are blocked meanwhile stays; ut_stop_watch lets them in. */
void ut_program_again(void);

#endif
