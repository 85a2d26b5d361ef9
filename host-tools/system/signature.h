/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that two sides share, and what they sign: the symmetric half of Standard Webhooks. SPEC.md "Webhook".
 *
 * in    a file with a key a line, "whsec_" and 24 to 64 bytes in base64; the bytes to be signed
 * out   "v1,<base64 of HMAC-SHA256>", with two keys one after the other, so that a receiver may know either
 * errors UT_EXIT_MISSING no such file; UT_EXIT_CONFIG_KEY no key, one that is none, more than two, or a file that
 *       others may read. No fault holds a byte of a key.
 */
#ifndef UT_HOST_SIGNATURE_H
#define UT_HOST_SIGNATURE_H

#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum {
    UT_SIGNATURE_KEY_MIN = 24,
    UT_SIGNATURE_KEY_MAX = 64,
    UT_SIGNATURE_KEYS = 2,
    UT_SIGNATURE_TEXT = UT_SIGNATURE_KEYS * 48 /* "v1," and 44 characters for each, a blank between, a zero */
};

struct ut_signature_keys {
    int count;
    size_t length[UT_SIGNATURE_KEYS];
    uint8_t key[UT_SIGNATURE_KEYS][UT_SIGNATURE_KEY_MAX];
};

/* 0, or -1 and *fault. */
int ut_signature_keys_read(struct ut_signature_keys *keys, const char *file, struct ut_fault *fault);

/* One line of such a file. 0, or -1: no key. */
int ut_signature_keys_add(struct ut_signature_keys *keys, const char *line);

/* Of parts one after the other. */
struct ut_signature_part {
    const char *bytes;
    size_t length;
};
void ut_signature_text(const struct ut_signature_keys *keys, const struct ut_signature_part *part, size_t parts,
                       char text[UT_SIGNATURE_TEXT]);

#endif
