/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of bytes, for what has to resist forgery (hash.h is for caches).
 *
 * in    bytes
 * out   64 hexadecimal digits in lower case
 */
#ifndef UT_HOST_DIGEST_H
#define UT_HOST_DIGEST_H

#include <stddef.h>

enum { UT_DIGEST_TEXT = 65 };

void ut_digest(const void *bytes, size_t n, char text[UT_DIGEST_TEXT]);

#endif
