/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a headset that never was: a port that others open as a headset's, a pseudo-terminal or a TCP port of this
 * machine.
 *
 * in    frames of bytes
 * out   the same at whoever listens; what a headset is asked is read and answered by nothing
 * errors UT_EXIT_NO_DEVICE no such port to be had; UT_EXIT_FAILURE a link that cannot be made
 */
#ifndef UT_HOST_SIMULATED_LINE_H
#define UT_HOST_SIMULATED_LINE_H

#include "host-tools/system/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UT_LINE_NAME = 256, UT_LINE_HELD = 64 };

struct ut_line {
    char name[UT_LINE_NAME];  /* what a listener opens: "127.0.0.1:PORT", or the link's path */
    bool pty, gone, finished; /* finished: of the connection that there is */
    int port;
    int listener;               /* of TCP; -1 = none */
    int fd;                     /* the listener's connection, or the pseudo-terminal's master; -1 = none */
    uint8_t held[UT_LINE_HELD]; /* the rest of a frame of which a part has gone */
    size_t held_n;
};

/* port 0: any that is free. link: a path that is not there yet, and becomes a symbolic link. 0, or -1 and *fault. */
int ut_line_open_tcp(struct ut_line *l, int port, struct ut_fault *fault);
int ut_line_open_pty(struct ut_line *l, const char *link, struct ut_fault *fault);

/* Takes a listener in, sees one leave, and reads what it says. True while there is one. */
bool ut_line_heard(struct ut_line *l);

/* What to poll for news; -1 = the line has to be asked again. */
int ut_line_fd(const struct ut_line *l);

/* A whole frame, UT_LINE_HELD bytes at most, or garbage, of which the line may take a part. True when it went. */
bool ut_line_send(struct ut_line *l, const uint8_t *bytes, size_t n);

/* Whether a frame would go. */
bool ut_line_has_room(const struct ut_line *l);

/* Nothing more comes: whoever listens hears the end behind what was sent. He may be far behind, and what he says to a
 * line that is closed would take from him what he has not read: the line stays until he leaves. */
void ut_line_finish(struct ut_line *l);

/* The line is gone, and comes back under the same name. */
void ut_line_vanish(struct ut_line *l);
int ut_line_return(struct ut_line *l, struct ut_fault *fault);

void ut_line_close(struct ut_line *l);

#endif
