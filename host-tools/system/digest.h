/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of bytes, for what has to resist forgery (hash.h is for caches).
 *
 * in    bytes
 * out   64 hexadecimal digits in lower case
 */
#ifndef UT_HOST_DIGEST_H
#define UT_HOST_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { UT_DIGEST_TEXT = 65, UT_DIGEST_BYTES = 32 };

void ut_digest(const void *bytes, size_t n, char text[UT_DIGEST_TEXT]);

/* Of parts one after the other, as bytes; out may be one of them. */
struct ut_digest_part {
    const void *bytes;
    size_t n;
};
void ut_digest_bytes(const struct ut_digest_part *part, size_t parts, uint8_t out[UT_DIGEST_BYTES]);

#endif
