/* SPDX-License-Identifier: Apache-2.0 */
/* Who signed an image: ECDSA on P-256 over its digest, by a public key that was built in.
 *
 * in    a digest, a signature in DER, the SHA-256 of the key that made it
 * out   1 = one of the built-in keys has that SHA-256 and the signature is its; 0 = no
 * 11 million instructions on a Cortex-M4, 2.4 KB of stack.
 */
#ifndef UT_FIRMWARE_BOOT_SIGNATURE_H
#define UT_FIRMWARE_BOOT_SIGNATURE_H

#include "firmware/boot/manifest.h"

/* NULL: no such key; else its point, for ut_signature_check. */
const uint8_t *ut_signature_key(const uint8_t key[32]);

enum ut_manifest_fault ut_signature_check(const struct ut_manifest *m);

#endif
