/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/sinks/merkle.h"

#include "host-tools/system/digest.h"

#include <string.h>

/* RFC 6962, 2.1: leaves and nodes are told apart by their first byte. */
static const uint8_t LEAF = 0, NODE = 1;

static void join(const uint8_t left[UT_MERKLE_HASH], uint8_t right_and_out[UT_MERKLE_HASH])
{
    const struct ut_digest_part parts[] = {{&NODE, 1}, {left, UT_MERKLE_HASH}, {right_and_out, UT_MERKLE_HASH}};
    ut_digest_bytes(parts, 3, right_and_out);
}

void ut_merkle_add(struct ut_merkle *m, const void *leaf, size_t n)
{
    const struct ut_digest_part parts[] = {{&LEAF, 1}, {leaf, n}};
    uint8_t hash[UT_MERKLE_HASH];
    int level = 0;
    ut_digest_bytes(parts, 2, hash);
    for (; (m->n >> level & 1) != 0; level++)
        join(m->node[level], hash);
    memcpy(m->node[level], hash, sizeof hash);
    m->n++;
}

void ut_merkle_root(const struct ut_merkle *m, uint8_t root[UT_MERKLE_HASH])
{
    int level = 0;
    ut_digest_bytes(NULL, 0, root);
    while (level < UT_MERKLE_LEVELS && (m->n >> level & 1) == 0)
        level++;
    if (level == UT_MERKLE_LEVELS)
        return;
    memcpy(root, m->node[level], UT_MERKLE_HASH);
    for (level++; level < UT_MERKLE_LEVELS; level++)
        if ((m->n >> level & 1) != 0)
            join(m->node[level], root);
}
