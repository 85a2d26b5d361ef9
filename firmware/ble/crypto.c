/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/crypto.h"

#include <string.h>

#include <bearssl_block.h>

enum { BLOCK = 16 };

static void reversed(uint8_t *to, const uint8_t *from, size_t len)
{
    for (size_t i = 0; i < len; i++)
        to[i] = from[len - 1 - i];
}

void ut_crypto_wipe(void *secret, size_t len)
{
    volatile uint8_t *p = secret;
    while (len-- > 0)
        *p++ = 0;
}

int ut_crypto_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    uint8_t differs = 0;
    for (size_t i = 0; i < len; i++)
        differs = (uint8_t)(differs | (a[i] ^ b[i]));
    return differs == 0;
}

/* state = AES(state ^ block) for each block. */
static void chain(const br_aes_ct_cbcenc_keys *keys, uint8_t state[BLOCK], const uint8_t *blocks, size_t count)
{
    uint8_t block[BLOCK];
    for (; count > 0; count--, blocks += BLOCK) {
        memcpy(block, blocks, BLOCK);
        br_aes_ct_cbcenc_run(keys, state, block, BLOCK);
    }
}

void ut_crypto_aes128(const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
    br_aes_ct_cbcenc_keys keys;
    uint8_t state[BLOCK] = {0};
    br_aes_ct_cbcenc_init(&keys, key, BLOCK);
    chain(&keys, state, in, 1);
    memcpy(out, state, BLOCK);
    ut_crypto_wipe(&keys, sizeof keys);
}

void ut_crypto_cmac_init(struct ut_cmac *c, const uint8_t key[16])
{
    memcpy(c->key, key, BLOCK);
    memset(c->state, 0, sizeof c->state);
    c->used = 0;
}

/* A full block stays in the state until more comes, because the last block is treated differently. */
static void add(struct ut_cmac *c, const br_aes_ct_cbcenc_keys *keys, const uint8_t *part, size_t len)
{
    static const uint8_t nothing[BLOCK];
    while (len > 0) {
        if (c->used == BLOCK) {
            chain(keys, c->state, nothing, 1);
            c->used = 0;
        }
        if (c->used == 0 && len > BLOCK) {
            size_t blocks = (len - 1) / BLOCK;
            chain(keys, c->state, part, blocks);
            part += blocks * BLOCK;
            len -= blocks * BLOCK;
        }
        for (; len > 0 && c->used < BLOCK; len--)
            c->state[c->used++] ^= *part++;
    }
}

/* The product with x in the field of RFC 4493, most significant octet first. */
static void double_subkey(uint8_t k[BLOCK])
{
    uint8_t carry = (uint8_t)(k[0] >> 7);
    for (int i = 0; i < BLOCK - 1; i++)
        k[i] = (uint8_t)(k[i] << 1 | k[i + 1] >> 7);
    k[BLOCK - 1] = (uint8_t)((k[BLOCK - 1] << 1) ^ (0x87 & -carry));
}

static void end(struct ut_cmac *c, const br_aes_ct_cbcenc_keys *keys, uint8_t mac[BLOCK])
{
    static const uint8_t nothing[BLOCK];
    uint8_t subkey[BLOCK] = {0};
    chain(keys, subkey, nothing, 1);
    double_subkey(subkey);
    if (c->used < BLOCK) {
        double_subkey(subkey);
        c->state[c->used] ^= 0x80;
    }
    chain(keys, c->state, subkey, 1);
    memcpy(mac, c->state, BLOCK);
    ut_crypto_wipe(subkey, sizeof subkey);
    ut_crypto_wipe(c, sizeof *c);
}

void ut_crypto_cmac_add(struct ut_cmac *c, const void *part, size_t len)
{
    br_aes_ct_cbcenc_keys keys;
    br_aes_ct_cbcenc_init(&keys, c->key, BLOCK);
    add(c, &keys, part, len);
    ut_crypto_wipe(&keys, sizeof keys);
}

void ut_crypto_cmac_end(struct ut_cmac *c, uint8_t mac[16])
{
    br_aes_ct_cbcenc_keys keys;
    br_aes_ct_cbcenc_init(&keys, c->key, BLOCK);
    end(c, &keys, mac);
    ut_crypto_wipe(&keys, sizeof keys);
}

void ut_crypto_cmac(const uint8_t key[16], const void *message, size_t len, uint8_t mac[16])
{
    struct ut_cmac c;
    br_aes_ct_cbcenc_keys keys;
    br_aes_ct_cbcenc_init(&keys, key, BLOCK);
    ut_crypto_cmac_init(&c, key);
    add(&c, &keys, message, len);
    end(&c, &keys, mac);
    ut_crypto_wipe(&keys, sizeof keys);
}

/* CMAC of a message under a key, both most significant octet first; the MAC least significant first. */
static void cmac_reversed(const uint8_t key[BLOCK], uint8_t *message, size_t len, uint8_t mac[BLOCK])
{
    uint8_t out[BLOCK];
    ut_crypto_cmac(key, message, len, out);
    reversed(mac, out, BLOCK);
    ut_crypto_wipe(message, len);
}

void ut_crypto_ah(const uint8_t irk[16], const uint8_t prand[3], uint8_t hash[3])
{
    uint8_t key[BLOCK], block[BLOCK] = {0};
    reversed(key, irk, BLOCK);
    reversed(block + BLOCK - 3, prand, 3);
    ut_crypto_aes128(key, block, block);
    reversed(hash, block + BLOCK - 3, 3);
    ut_crypto_wipe(key, sizeof key);
}

void ut_crypto_f4(const uint8_t u[32], const uint8_t v[32], const uint8_t x[16], uint8_t z, uint8_t confirm[16])
{
    uint8_t key[BLOCK], m[65];
    reversed(key, x, BLOCK);
    reversed(m, u, 32);
    reversed(m + 32, v, 32);
    m[64] = z;
    cmac_reversed(key, m, sizeof m, confirm);
    ut_crypto_wipe(key, sizeof key);
}

/* 7 bytes, most significant octet first: the type, then the address. */
static void put_address(uint8_t to[7], const struct ut_address *a)
{
    to[0] = a->type;
    reversed(to + 1, a->octets, 6);
}

void ut_crypto_f5(const uint8_t w[32], const uint8_t n1[16], const uint8_t n2[16], const struct ut_address *a1,
                  const struct ut_address *a2, uint8_t mac_key[16], uint8_t ltk[16])
{
    static const uint8_t salt[BLOCK] = {0x6C, 0x88, 0x83, 0x91, 0xAA, 0xF5, 0xA5, 0x38,
                                        0x60, 0x37, 0x0B, 0xDB, 0x5A, 0x60, 0x83, 0xBE};
    uint8_t t[BLOCK], shared[32], m[53];
    reversed(shared, w, sizeof shared);
    ut_crypto_cmac(salt, shared, sizeof shared, t);
    ut_crypto_wipe(shared, sizeof shared);
    for (uint8_t counter = 0; counter < 2; counter++) {
        m[0] = counter;
        memcpy(m + 1, "btle", 4);
        reversed(m + 5, n1, 16);
        reversed(m + 21, n2, 16);
        put_address(m + 37, a1);
        put_address(m + 44, a2);
        m[51] = 256 >> 8; /* the bits of key material made */
        m[52] = 0;
        cmac_reversed(t, m, sizeof m, counter == 0 ? mac_key : ltk);
    }
    ut_crypto_wipe(t, sizeof t);
}

void ut_crypto_f6(const uint8_t w[16], const uint8_t n1[16], const uint8_t n2[16], const uint8_t r[16],
                  const uint8_t io_cap[3], const struct ut_address *a1, const struct ut_address *a2, uint8_t check[16])
{
    uint8_t key[BLOCK], m[65];
    reversed(key, w, BLOCK);
    reversed(m, n1, 16);
    reversed(m + 16, n2, 16);
    reversed(m + 32, r, 16);
    reversed(m + 48, io_cap, 3);
    put_address(m + 51, a1);
    put_address(m + 58, a2);
    cmac_reversed(key, m, sizeof m, check);
    ut_crypto_wipe(key, sizeof key);
}

uint32_t ut_crypto_g2(const uint8_t u[32], const uint8_t v[32], const uint8_t x[16], const uint8_t y[16])
{
    uint8_t key[BLOCK], m[80], mac[BLOCK];
    reversed(key, x, BLOCK);
    reversed(m, u, 32);
    reversed(m + 32, v, 32);
    reversed(m + 64, y, 16);
    cmac_reversed(key, m, sizeof m, mac);
    uint32_t low = (uint32_t)mac[3] << 24 | (uint32_t)mac[2] << 16 | (uint32_t)mac[1] << 8 | mac[0];
    return low % 1000000;
}
