/* SPDX-License-Identifier: Apache-2.0 */
/* Random bytes for keys and nonces: AES-128 in counter mode whose key is replaced after every use, so that what was
 * drawn cannot be computed from what is left.
 *
 * in    bytes of a physical source: the board's, or the controller's (LE Rand) on a board that has none
 * out   bytes, once UT_RANDOM_SEED bytes have come in; before that every drawing fails
 */
#ifndef UT_FIRMWARE_BLE_RANDOM_H
#define UT_FIRMWARE_BLE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

enum { UT_RANDOM_SEED = 32 };

struct ut_random {
    uint8_t key[16];
    uint8_t wanted; /* bytes of seed still to come */
};

/* Seeds from the board's source where there is one. */
void ut_random_init(struct ut_random *r);

/* Bytes of seed still to come: the controller has to give them. */
size_t ut_random_wanted(const struct ut_random *r);

/* Mixes bytes in. They never make it worse. */
void ut_random_add(struct ut_random *r, const uint8_t *bytes, size_t len);

/* 0, or negative and zeros while seed is wanted. */
int ut_random_draw(struct ut_random *r, uint8_t *to, size_t len);

#endif
