/* SPDX-License-Identifier: Apache-2.0 */
/* Multiplication on the curve P-256 in slices short enough to run between two hops of audio.
 *
 * in    a secret, 1 .. order - 1; a point: x then y, each 32 bytes, least significant first
 * out   a point in the same form
 * ut_p256_begin_* takes the work, each ut_p256_step does one slice; UT_P256_SLICES make a multiplication. A secret
 * decides neither a branch nor an address. Method and figures: DESIGN.md "Pairing".
 */
#ifndef UT_FIRMWARE_BLE_P256_H
#define UT_FIRMWARE_BLE_P256_H

#include <stdint.h>

enum {
    UT_P256_WORDS = 27, /* a point as the library holds it: three coordinates of nine words of 30 bits */
    UT_P256_SLICES = 144
};

struct ut_p256 {
    uint32_t multiples[3][UT_P256_WORDS]; /* the point times 1, 2, 3 */
    uint32_t sum[UT_P256_WORDS];
    uint8_t secret[32]; /* most significant first; ut_crypto_wipe of the whole struct abandons the work */
    uint8_t phase;
    uint8_t at;       /* slices of the phase that are done */
    uint8_t infinite; /* 1 while the sum is zero */
};

/* 1 when the secret is in range. */
int ut_p256_secret_valid(const uint8_t secret[32]);

/* 1 when both coordinates are below the prime and the point is on the curve. */
int ut_p256_point_valid(const uint8_t point[64]);

/* The public point of a secret in range. */
void ut_p256_begin_public(struct ut_p256 *p, const uint8_t secret[32]);

/* The secret times another's point. 0, or negative and nothing begun when the point is not valid. */
int ut_p256_begin_shared(struct ut_p256 *p, const uint8_t secret[32], const uint8_t point[64]);

/* One slice. 1 = more to do, 0 = the result is there or nothing was begun. */
int ut_p256_step(struct ut_p256 *p);

/* The result, once; the working memory is wiped. */
void ut_p256_end(struct ut_p256 *p, uint8_t point[64]);

#endif
