/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/random.h"
#include "boards/board.h"
#include "firmware/ble/crypto.h"

#include <string.h>

enum { BLOCK = 16 };

void ut_random_init(struct ut_random *r)
{
    uint8_t seed[UT_RANDOM_SEED];
    memset(r->key, 0, sizeof r->key);
    r->wanted = UT_RANDOM_SEED;
    if (board_random(seed, sizeof seed) == 0)
        ut_random_add(r, seed, sizeof seed);
    ut_crypto_wipe(seed, sizeof seed);
}

size_t ut_random_wanted(const struct ut_random *r)
{
    return r->wanted;
}

void ut_random_add(struct ut_random *r, const uint8_t *bytes, size_t len)
{
    ut_crypto_cmac(r->key, bytes, len, r->key);
    r->wanted = (uint8_t)(len < r->wanted ? r->wanted - len : 0);
}

/* Block 0 becomes the next key, the blocks after it the output. */
int ut_random_draw(struct ut_random *r, uint8_t *to, size_t len)
{
    uint8_t counter[BLOCK] = {0}, block[BLOCK], key[BLOCK];
    if (r->wanted > 0) {
        memset(to, 0, len);
        return -1;
    }
    ut_crypto_aes128(r->key, counter, key);
    while (len > 0) {
        size_t n = len < BLOCK ? len : BLOCK;
        for (int i = 0; i < BLOCK && ++counter[i] == 0; i++)
            ;
        ut_crypto_aes128(r->key, counter, block);
        memcpy(to, block, n);
        to += n;
        len -= n;
    }
    memcpy(r->key, key, sizeof key);
    ut_crypto_wipe(key, sizeof key);
    ut_crypto_wipe(block, sizeof block);
    return 0;
}
