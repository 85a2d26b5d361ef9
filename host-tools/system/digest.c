/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/digest.h"

#include <bearssl_hash.h>
#include <stdio.h>

void ut_digest(const void *bytes, size_t n, char text[UT_DIGEST_TEXT])
{
    br_sha256_context sha;
    unsigned char out[br_sha256_SIZE];
    br_sha256_init(&sha);
    br_sha256_update(&sha, bytes, n);
    br_sha256_out(&sha, out);
    for (size_t i = 0; i < sizeof out; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", out[i]);
}
