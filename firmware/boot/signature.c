/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/signature.h"

#include "firmware/boot/keys.h"

#include <bearssl_ec.h>
#include <string.h>

const uint8_t *ut_signature_key(const uint8_t key[32])
{
    for (unsigned i = 0; i < UT_BOOT_KEYS; i++)
        if (memcmp(ut_boot_keys[i].sha256, key, 32) == 0)
            return ut_boot_keys[i].point;
    return NULL;
}

enum ut_manifest_fault ut_signature_check(const struct ut_manifest *m)
{
    const uint8_t *point = ut_signature_key(m->key);
    if (point == NULL)
        return UT_MANIFEST_KEY;
    /* The library does not write to the key. */
    const br_ec_public_key key = {BR_EC_secp256r1, (unsigned char *)(uintptr_t)point, UT_BOOT_POINT_BYTES};
    return br_ecdsa_i31_vrfy_asn1(&br_ec_p256_m31, m->digest, sizeof m->digest, &key, m->signature,
                                  m->signature_bytes) == 1
               ? UT_MANIFEST_OK
               : UT_MANIFEST_SIGNATURE;
}
