/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) of bytes in pieces of any size: whether an image is whole. */
#ifndef UT_HOST_SHA256_H
#define UT_HOST_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { UT_SHA256_BYTES = 32 };

struct ut_sha256 {
    uint32_t h[8];
    uint64_t length;   /* bytes so far */
    uint8_t block[64]; /* the last length % 64 of them */
};

void ut_sha256_init(struct ut_sha256 *s);
void ut_sha256_add(struct ut_sha256 *s, const void *data, size_t len);
void ut_sha256_end(struct ut_sha256 *s, uint8_t digest[UT_SHA256_BYTES]);

#endif
