/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/digest.h"

#include <bearssl_hash.h>
#include <stdio.h>

void ut_digest_bytes(const struct ut_digest_part *part, size_t parts, uint8_t out[UT_DIGEST_BYTES])
{
    br_sha256_context sha;
    br_sha256_init(&sha);
    for (size_t i = 0; i < parts; i++)
        br_sha256_update(&sha, part[i].bytes, part[i].n);
    br_sha256_out(&sha, out);
}

void ut_digest(const void *bytes, size_t n, char text[UT_DIGEST_TEXT])
{
    uint8_t out[UT_DIGEST_BYTES];
    ut_digest_bytes(&(struct ut_digest_part){bytes, n}, 1, out);
    for (size_t i = 0; i < sizeof out; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", out[i]);
}
