/* SPDX-License-Identifier: Apache-2.0 */
/* The cryptographic toolbox of Bluetooth's Security Manager (Core specification, volume 3, part H, 2.2), on BearSSL's
 * AES and field arithmetic.
 *
 * Byte order: AES and CMAC most significant octet first, as their standards write it; everything else least
 * significant first, as it travels in packets. No function fails but those that say so; none branches on a secret or
 * indexes memory with one, AES included.
 */
#ifndef UT_FIRMWARE_BLE_CRYPTO_H
#define UT_FIRMWARE_BLE_CRYPTO_H

#include "firmware/ble/address.h"

#include <stddef.h>
#include <stdint.h>

void ut_crypto_aes128(const uint8_t key[16], const uint8_t in[16], uint8_t out[16]);

/* AES-CMAC (RFC 4493) of a message that comes in parts of any length, in order. */
struct ut_cmac {
    uint8_t key[16];
    uint8_t state[16]; /* the chain, with the block being filled already added in */
    uint8_t used;      /* bytes of that block, 0..16 */
};
void ut_crypto_cmac_init(struct ut_cmac *c, const uint8_t key[16]);
void ut_crypto_cmac_add(struct ut_cmac *c, const void *part, size_t len);
void ut_crypto_cmac_end(struct ut_cmac *c, uint8_t mac[16]); /* wipes c */
void ut_crypto_cmac(const uint8_t key[16], const void *message, size_t len, uint8_t mac[16]);

/* hash = ah(irk, prand). */
void ut_crypto_ah(const uint8_t irk[16], const uint8_t prand[3], uint8_t hash[3]);

/* The confirm value of (u, v, x, z): u and v are x coordinates of public keys. */
void ut_crypto_f4(const uint8_t u[32], const uint8_t v[32], const uint8_t x[16], uint8_t z, uint8_t confirm[16]);

/* MacKey and LTK from the shared secret w, both sides' nonces, and the addresses of initiator and responder. */
void ut_crypto_f5(const uint8_t w[32], const uint8_t n1[16], const uint8_t n2[16], const struct ut_address *a1,
                  const struct ut_address *a2, uint8_t mac_key[16], uint8_t ltk[16]);

/* The check value E. io_cap: capability, OOB flag, authentication requirements. */
void ut_crypto_f6(const uint8_t w[16], const uint8_t n1[16], const uint8_t n2[16], const uint8_t r[16],
                  const uint8_t io_cap[3], const struct ut_address *a1, const struct ut_address *a2, uint8_t check[16]);

/* The number both sides show, 0..999999. */
uint32_t ut_crypto_g2(const uint8_t u[32], const uint8_t v[32], const uint8_t x[16], const uint8_t y[16]);

/* 1 when all bytes agree; the time does not tell where they differ. */
int ut_crypto_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* Overwrites with zeros that the compiler does not leave out. */
void ut_crypto_wipe(void *secret, size_t len);

#endif
