/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own identity and the centrals it is bonded with, in memory and in the store.
 *
 * in    keys from a pairing; the address of a central as seen on air
 * out   the bond it belongs to, or -1; own resolvable private addresses
 * A fifth central takes the place of the one not seen for longest. What the store refuses is used until the next start
 * and counted in `unsaved`. A power cut leaves each value as it was or as it becomes. Keys least significant octet
 * first. SPEC.md "Pairing".
 */
#ifndef UT_FIRMWARE_BLE_BONDS_H
#define UT_FIRMWARE_BLE_BONDS_H

#include "firmware/ble/address.h"
#include "firmware/ble/random.h"
#include "firmware/store.h"

#include <stdint.h>

enum { UT_BONDS = 4, UT_BONDS_ALL = (1 << UT_BONDS) - 1, UT_BONDS_REST_MS = 30000 };

struct ut_bond {
    struct ut_address identity;
    uint8_t ltk[16];
    uint8_t irk[16]; /* zero = the central gave none */
    uint8_t used;    /* nonzero: this place is taken */
    uint8_t authenticated;
    uint32_t gatt; /* what the GATT server keeps for this central; 0 at first */
};

struct ut_bonds {
    struct ut_store *store;
    struct ut_random *random;
    struct ut_address identity; /* own static random address */
    uint8_t irk[16];            /* own */
    struct ut_bond bond[UT_BONDS];
    uint8_t order[UT_BONDS]; /* places, the one seen last first */
    uint16_t unsaved;        /* writes that the store refused */
    uint8_t pending;         /* bit per place: its gatt; bit UT_BONDS: the order; not in the store yet */
    uint32_t now_ms, changed_ms;
};

/* Reads both from the store; makes and stores an own identity where there is none. 0, or negative when that needed
 * random bytes and there are none yet: call it again then. A stored value of another length counts as absent. */
int ut_bonds_init(struct ut_bonds *b, struct ut_store *store, struct ut_random *random);

/* The bond of a central by its identity address or by resolving its address, or -1. */
int ut_bonds_find(const struct ut_bonds *b, const struct ut_address *seen);

/* The place that holds the same identity address or the same identity key, or -1. */
int ut_bonds_same(const struct ut_bonds *b, const struct ut_bond *bond);

/* Keeps a pairing's keys in that place, else in a free one, else in that of the central not seen for longest. Of the
 * argument, `used` and `gatt` are ignored; gatt becomes 0. Returns the place. */
int ut_bonds_put(struct ut_bonds *b, const struct ut_bond *bond);

/* The central has connected: it is now the one seen last. Pending. */
void ut_bonds_seen(struct ut_bonds *b, int place);

/* Pending. */
void ut_bonds_set_gatt(struct ut_bonds *b, int place, uint32_t gatt);

/* Time goes on, at least every 100 ms. Milliseconds that may wrap. */
void ut_bonds_work(struct ut_bonds *b, uint32_t now_ms);

/* 1 when something is pending, and unless at_once has rested for UT_BONDS_REST_MS: to be saved when the memory's life
 * allows. */
int ut_bonds_pending(const struct ut_bonds *b, int at_once);

/* Writes one of the values that are pending, of which there is one. */
void ut_bonds_save(struct ut_bonds *b);

/* Forgets the centrals in these places, a bit each, and leaves none of their keys in the store's memory; the own
 * identity stays. */
void ut_bonds_forget(struct ut_bonds *b, unsigned places);

/* A fresh resolvable private address of this device. 0, or negative when there are no random bytes yet. */
int ut_bonds_rpa(const struct ut_bonds *b, struct ut_address *address);

#endif
