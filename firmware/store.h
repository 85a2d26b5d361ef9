/* SPDX-License-Identifier: Apache-2.0 */
/* What outlives a power cut: a log of small values over the two pages of board_store_*.
 *
 * in    keys of the table below, values of 1..UT_STORE_VALUE_BYTES bytes
 * out   the value last set; a power cut at any step of a write or an erasure leaves the old one or the new one
 * errors UT_ERR_ABSENT nothing under that key, UT_ERR_RANGE not a key or not a length, UT_ERR_STORE the memory failed
 * (the old value stays where it can). Main loop only; a full page costs an erasure (boards/board.h).
 * SPEC.md "Store in flash".
 */
#ifndef UT_FIRMWARE_STORE_H
#define UT_FIRMWARE_STORE_H

#include "firmware/err.h"

#include <stddef.h>
#include <stdint.h>

/* Codes are in the memory of headsets: new ones at the end. */
enum ut_store_key {
    UT_STORE_SETTINGS = 1,
    UT_STORE_IDENTITY = 2,   /* Bluetooth: own address and identity resolving key */
    UT_STORE_BOND_0 = 3,     /* Bluetooth: one central each, 3..6 */
    UT_STORE_BONDS = 4,      /* how many there are */
    UT_STORE_BLE = 7,        /* Bluetooth: anything else of the device's own */
    UT_STORE_BOND_ORDER = 8, /* Bluetooth: the bonds' places, the one seen last first */
    UT_STORE_RESET_0 = 9,    /* the log of resets, at most UT_STORE_RESET_BYTES each, 9..24 */
    UT_STORE_RESETS = 16,    /* how many there are */
    UT_STORE_KEYS = 25       /* 1 .. UT_STORE_KEYS - 1 */
};

enum { UT_STORE_VALUE_BYTES = 128, UT_STORE_RESET_BYTES = 24 };

struct ut_store {
    uint32_t generation; /* of the page in use: rises by 1 with each page begun, so it counts the erasures */
    uint16_t end;        /* where the next entry goes */
    uint8_t page;
    uint8_t usable; /* 0 = the memory failed when it was last tried */
};

/* Finds the newest valid page, begins one where there is none, and begins a new one where the log ends in an entry that
 * a power cut tore, or holds a removed value; finishes a purge that was cut off. 0, or UT_ERR_STORE; get and remove
 * then find nothing, set tries again. */
int ut_store_mount(struct ut_store *s);

/* The length of the value, of which at most room bytes are copied, or an error. */
int ut_store_get(const struct ut_store *s, int key, void *value, size_t room);

/* 0 or an error. A value that is there already is not written again. */
int ut_store_set(struct ut_store *s, int key, const void *value, size_t len);

/* 0, also when there was none, or an error. The value's bytes stay in the memory until the next mount or purge. */
int ut_store_remove(struct ut_store *s, int key);

/* Leaves no byte of any removed value in the memory, at two erasures at most and none when there is no such byte. 0 or
 * UT_ERR_STORE. */
int ut_store_purge(struct ut_store *s);

#endif
