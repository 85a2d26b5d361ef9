/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line of the desk board says, between startup.c and board.c. */
#ifndef UT_BOARDS_DESK_OPTIONS_H
#define UT_BOARDS_DESK_OPTIONS_H

#include "boards/board.h"

#include <stdint.h>

struct ut_desk_options {
    const char *audio; /* file, FIFO or "-" for stdin */
    const char *link;  /* file, FIFO, terminal or "-" for stdout; NULL = a new pseudo-terminal */
    const char *store; /* file of the non-volatile memory; NULL = it lasts as long as the process */
    const char *hci;   /* socket of a Bluetooth controller: a path, or HOST:PORT; NULL = none */
    enum board_pairing pairing;
    enum board_wish wish;  /* by a button: to pair again and again, to forget once */
    int disagree;          /* the person says no to every number */
    int fast;              /* no pacing: the next block comes when the last one was taken */
    int audio_clock;       /* the board's clock counts the audio ... */
    uint32_t clock_us;     /* ... from here on */
    uint32_t drop_block;   /* every Nth block of audio is lost; 0 = none */
    uint32_t stall_at_ms;  /* from this time of audio on ... */
    uint32_t stall_ms;     /* ... the link takes nothing for so long */
    uint32_t corrupt_byte; /* every Nth byte on the link has one bit flipped; 0 = none */
};

extern struct ut_desk_options ut_desk_options;

#endif
