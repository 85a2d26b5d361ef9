/* SPDX-License-Identifier: Apache-2.0 */
/* The last 64 bytes of a slot: whether its image is to run, was tried, and is kept. SPEC.md "Slots".
 *
 * in    a slot's words, each of which a power cut may have left erased or as anything
 * out   the slot's state; changes of it, each read back
 * Every change only writes words that are erased, in an order in which each cut leaves the state before or the one
 * after.
 */
#ifndef UT_FIRMWARE_BOOT_TRAILER_H
#define UT_FIRMWARE_BOOT_TRAILER_H

#include "boards/flash.h"

#include <stdint.h>

enum { UT_TRAILER_BYTES = 64, UT_TRAILER_TRIES = 3 };

/* Codes travel to the host: new ones at the end. */
enum ut_slot_state {
    UT_SLOT_EMPTY = 0,   /* nobody has asked for this image to run; there may be none */
    UT_SLOT_SPOILT = 1,  /* neither erased nor a trailer */
    UT_SLOT_PENDING = 2, /* to run at the next start */
    UT_SLOT_TRYING = 3,  /* ran once or more, and nobody has kept it */
    UT_SLOT_SPENT = 4,   /* ran UT_TRAILER_TRIES times, and nobody has kept it */
    UT_SLOT_KEPT = 5
};

struct ut_trailer {
    uint32_t seq;  /* the higher, the later it was asked for; 0 = was not */
    uint8_t state; /* enum ut_slot_state */
    uint8_t tries; /* spent */
};

void ut_trailer_read(struct ut_trailer *t, enum board_area slot);

/* EMPTY to PENDING, with a number above that of the other slot. 0, or -1: another state, or the memory failed. */
int ut_trailer_ask(enum board_area slot);

/* One try less, before the image runs. 0, or -1: no try left, or the memory does not hold it. */
int ut_trailer_spend(enum board_area slot);

/* PENDING or TRYING to KEPT, by the image itself. 0, also when it is already; -1: the memory failed. */
int ut_trailer_keep(enum board_area slot);

#endif
