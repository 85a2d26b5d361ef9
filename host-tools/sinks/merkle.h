/* SPDX-License-Identifier: Apache-2.0 */
/* One hash for a list that only grows: the tree of RFC 6962, of which only the right edge is kept.
 *
 * in    leaves, in order
 * out   the root of those so far: SHA-256, 32 bytes
 */
#ifndef UT_HOST_MERKLE_H
#define UT_HOST_MERKLE_H

#include <stddef.h>
#include <stdint.h>

enum { UT_MERKLE_HASH = 32, UT_MERKLE_LEVELS = 48 };

/* All zero: no leaves. */
struct ut_merkle {
    int64_t n;
    uint8_t node[UT_MERKLE_LEVELS][UT_MERKLE_HASH]; /* of the whole subtree of 2^level leaves, where n has that bit */
};

void ut_merkle_add(struct ut_merkle *m, const void *leaf, size_t n);
void ut_merkle_root(const struct ut_merkle *m, uint8_t root[UT_MERKLE_HASH]);

#endif
