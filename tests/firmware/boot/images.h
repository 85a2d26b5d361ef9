/* SPDX-License-Identifier: Apache-2.0 */
/* Small signed images to put into slots. A signature is 8 bytes of the digest here; test_signature.c has real ones. */
#ifndef UT_TESTS_FIRMWARE_BOOT_IMAGES_H
#define UT_TESTS_FIRMWARE_BOOT_IMAGES_H

#include "firmware/boot/manifest.h"

#include <bearssl_hash.h>
#include <string.h>

enum { ROOM_BYTES = 2048, IMAGE_BYTES = 252, FAKE_SIGNATURE_BYTES = 8 };

static inline enum ut_manifest_fault check_fake(const struct ut_manifest *m)
{
    return m->signature_bytes == FAKE_SIGNATURE_BYTES && memcmp(m->signature, m->digest, FAKE_SIGNATURE_BYTES) == 0
               ? UT_MANIFEST_OK
               : UT_MANIFEST_SIGNATURE;
}

static inline size_t put(uint8_t *to, size_t at, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        to[at++] = (uint8_t)(value >> 8 * i);
    return at;
}

/* A signed image of a version for a slot; its length, a multiple of 4. */
static inline size_t make_image(uint8_t to[ROOM_BYTES], enum board_area slot, uint8_t version, uint32_t counter)
{
    memset(to, 0, ROOM_BYTES);
    put(to, 0, 0x96F3B83D, 4);
    put(to, 4, board_area_place[slot].offset, 4);
    put(to, 8, UT_MANIFEST_HEADER_BYTES, 2);
    put(to, 10, 12, 2);
    put(to, 12, IMAGE_BYTES, 4);
    put(to, 16, 0x100, 4);
    to[20] = version;
    memcpy(to + 32, "test", 4);
    for (size_t i = 0; i < IMAGE_BYTES; i++)
        to[UT_MANIFEST_HEADER_BYTES + i] = (uint8_t)(i * 7 + version * 31U + (unsigned)slot);
    size_t at = UT_MANIFEST_HEADER_BYTES + IMAGE_BYTES;
    at = put(to, at, 0x6908 | 12U << 16, 4);
    at = put(to, at, 0x50 | 4U << 16, 4);
    at = put(to, at, counter, 4);
    br_sha256_context sha;
    br_sha256_init(&sha);
    br_sha256_update(&sha, to, at);
    at = put(to, at, 0x6907 | (uint32_t)(4 + 36 + 36 + 4 + FAKE_SIGNATURE_BYTES) << 16, 4);
    at = put(to, at, 0x10 | 32U << 16, 4);
    br_sha256_out(&sha, to + at);
    const uint8_t *digest = to + at;
    at = put(to, at + 32, 0x01 | 32U << 16, 4);
    memset(to + at, 0x4B, 32);
    at = put(to, at + 32, 0x22 | (uint32_t)FAKE_SIGNATURE_BYTES << 16, 4);
    memcpy(to + at, digest, FAKE_SIGNATURE_BYTES);
    return at + FAKE_SIGNATURE_BYTES;
}

#endif
