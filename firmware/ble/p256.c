/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ble/p256.h"
#include "firmware/ble/crypto.h"

#include <string.h>

/* The library's point and field arithmetic is static in its source; its public object stays unused and is dropped by
 * the linker. */
#define br_ec_p256_m31 ut_p256_library
#include <ec/ec_p256_m31.c>

enum { IDLE, MULTIPLY, INVERT, FINISHED };
enum {
    PAIRS = 128, /* of bits of the secret; one a slice */
    INVERT_BITS = 256,
    INVERT_SLICE = 16
};

_Static_assert(sizeof(p256_jacobian) == UT_P256_WORDS * sizeof(uint32_t), "the library's point has another size");

static void load(p256_jacobian *to, const uint32_t from[UT_P256_WORDS])
{
    memcpy(to, from, sizeof *to);
}

static void store(uint32_t to[UT_P256_WORDS], const p256_jacobian *from)
{
    memcpy(to, from, sizeof *from);
}

static void reversed32(uint8_t *to, const uint8_t *from)
{
    for (int i = 0; i < 32; i++)
        to[i] = from[31 - i];
}

/* Both coordinates most significant first behind the library's mark of an uncompressed point. */
static uint32_t decoded(p256_jacobian *to, const uint8_t point[64])
{
    uint8_t encoded[65];
    encoded[0] = 0x04;
    reversed32(encoded + 1, point);
    reversed32(encoded + 33, point + 32);
    return p256_decode(to, encoded, sizeof encoded);
}

int ut_p256_secret_valid(const uint8_t secret[32])
{
    uint32_t any = 0, borrow = 0;
    for (int i = 0; i < 32; i++) {
        any |= secret[i];
        borrow = ((uint32_t)secret[i] - P256_N[31 - i] - borrow) >> 31;
    }
    return (int)(NEQ(any, 0) & borrow);
}

int ut_p256_point_valid(const uint8_t point[64])
{
    p256_jacobian decoded_point;
    return (int)decoded(&decoded_point, point);
}

static void begin(struct ut_p256 *p, const uint8_t secret[32], const p256_jacobian *point)
{
    p256_jacobian multiple = *point;
    store(p->multiples[0], &multiple);
    p256_double(&multiple);
    store(p->multiples[1], &multiple);
    p256_add(&multiple, point);
    store(p->multiples[2], &multiple);
    memset(p->sum, 0, sizeof p->sum);
    reversed32(p->secret, secret);
    p->phase = MULTIPLY;
    p->at = 0;
    p->infinite = 1;
}

void ut_p256_begin_public(struct ut_p256 *p, const uint8_t secret[32])
{
    p256_jacobian generator;
    p256_decode(&generator, P256_G, sizeof P256_G);
    begin(p, secret, &generator);
}

int ut_p256_begin_shared(struct ut_p256 *p, const uint8_t secret[32], const uint8_t point[64])
{
    p256_jacobian other;
    if (!decoded(&other, point)) {
        p->phase = IDLE;
        return -1;
    }
    begin(p, secret, &other);
    return 0;
}

/* sum = 4 sum + (two bits of the secret) * point. The addition is done whatever the bits are; its result is taken where
 * both terms are not zero. They never are the same point, since sum = 4 m point with 4 m + 3 < order or m = 0. */
static void multiply_slice(struct ut_p256 *p)
{
    p256_jacobian sum, term, total;
    uint32_t bits = (uint32_t)p->secret[p->at / 4] >> (6 - 2 * (p->at % 4)) & 3;
    uint32_t some = NEQ(bits, 0), infinite = p->infinite;
    load(&sum, p->sum);
    p256_double(&sum);
    p256_double(&sum);
    load(&term, p->multiples[0]);
    CCOPY(EQ(bits, 2), &term, p->multiples[1], sizeof term);
    CCOPY(EQ(bits, 3), &term, p->multiples[2], sizeof term);
    total = sum;
    p256_add(&total, &term);
    CCOPY(some & infinite, &sum, &term, sizeof sum);
    CCOPY(some & ~infinite, &sum, &total, sizeof sum);
    p->infinite = (uint8_t)(infinite & ~some);
    store(p->sum, &sum);
    if (++p->at == PAIRS) {
        p->phase = INVERT;
        p->at = 0;
    }
}

/* Bit `at` of prime - 2, from the highest: 32 ones, 31 zeros, 1, 96 zeros, 94 ones, 01. */
static int inversion_bit(unsigned at)
{
    return at < 32 || at == 63 || (at >= 160 && at != 254);
}

/* 1 / z as z to the power of prime - 2, kept where the multiples were; then x / z^2 and y / z^3. */
static void invert_slice(struct ut_p256 *p)
{
    p256_jacobian sum;
    uint32_t *power = p->multiples[0];
    load(&sum, p->sum);
    if (p->at == 0) {
        memset(p->multiples, 0, sizeof p->multiples);
        power[0] = 1;
    }
    for (unsigned i = 0; i < INVERT_SLICE; i++) {
        square_f256(power, power);
        if (inversion_bit(p->at * INVERT_SLICE + i))
            mul_f256(power, power, sum.z);
    }
    if (++p->at < INVERT_BITS / INVERT_SLICE)
        return;
    uint32_t *squared = p->multiples[1];
    square_f256(squared, power);
    mul_f256(sum.x, sum.x, squared);
    mul_f256(squared, squared, power);
    mul_f256(sum.y, sum.y, squared);
    reduce_final_f256(sum.x);
    reduce_final_f256(sum.y);
    store(p->sum, &sum);
    p->phase = FINISHED;
}

int ut_p256_step(struct ut_p256 *p)
{
    if (p->phase == MULTIPLY)
        multiply_slice(p);
    else if (p->phase == INVERT)
        invert_slice(p);
    return p->phase == MULTIPLY || p->phase == INVERT;
}

void ut_p256_end(struct ut_p256 *p, uint8_t point[64])
{
    p256_jacobian sum;
    uint8_t encoded[65];
    load(&sum, p->sum);
    p256_encode(encoded, &sum);
    reversed32(point, encoded + 1);
    reversed32(point + 32, encoded + 33);
    ut_crypto_wipe(p, sizeof *p);
}
