/* SPDX-License-Identifier: Apache-2.0 */
/* A name for contents: 128 bits by which caches recognise what they have seen. Fast; it does not resist forgery.
 *
 * in    bytes, in pieces of any size
 * out   32 hexadecimal digits, the same for the same bytes on every little-endian or big-endian machine
 * SPEC.md "Caches".
 */
#ifndef UT_HOST_HASH_H
#define UT_HOST_HASH_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_HASH_TEXT = 33 };

struct ut_hash {
    uint64_t lane[2];
    uint64_t length;
    uint64_t word; /* bytes that do not make eight yet, the first one lowest */
};

void ut_hash_init(struct ut_hash *h);
void ut_hash_add(struct ut_hash *h, const void *data, size_t len);
void ut_hash_text(const struct ut_hash *h, char text[UT_HASH_TEXT]);

/* Of a whole file. 0, or -1 and *fault. */
int ut_hash_file(const char *path, char text[UT_HASH_TEXT], struct ut_fault *fault);

#endif
