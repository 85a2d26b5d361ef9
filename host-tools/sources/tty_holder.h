/* SPDX-License-Identifier: Apache-2.0 */
/* Which other process has a terminal device open, a serial port or a pseudo-terminal.
 *
 * in    the device's path, links followed; /proc
 * out   a process and the name of its program, cleaned
 * Of processes of other users only one that locked the device (flock) can be found, unless this one is root. The
 * process that made a pseudo-terminal is no holder: it is the far end of the line. SPEC.md "Receiving".
 */
#ifndef UT_HOST_TTY_HOLDER_H
#define UT_HOST_TTY_HOLDER_H

enum { UT_TTY_HOLDER_PROGRAM = 48 };

struct ut_tty_holder {
    long pid;
    char program[UT_TTY_HOLDER_PROGRAM]; /* "minicom"; "?" = not known */
};

/* 1 and *holder, or 0: nobody, as far as this process may see. Never this process. */
int ut_tty_holder(const char *path, struct ut_tty_holder *holder);

#endif
