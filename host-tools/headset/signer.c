/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/headset/signer.h"

#include "host-tools/headset/development_key.h"

#include <stdio.h>
#include <string.h>

int ut_signer_is_published(const uint8_t key[32])
{
    return memcmp(ut_boot_keys[0].sha256, key, sizeof ut_boot_keys[0].sha256) == 0;
}

int ut_signer_is_known_to(const uint8_t *boot, size_t len, const uint8_t key[32])
{
    enum { KEY_BYTES = 32 };
    for (size_t at = 0; at + KEY_BYTES <= len; at++)
        if (memcmp(boot + at, key, KEY_BYTES) == 0)
            return 1;
    return 0;
}

int ut_signer_published_is_known_to(const uint8_t *boot, size_t len)
{
    return ut_signer_is_known_to(boot, len, ut_boot_keys[0].sha256);
}

void ut_signer_text(const uint8_t key[32], char text[UT_SIGNER_TEXT])
{
    if (ut_signer_is_published(key)) {
        (void)snprintf(text, UT_SIGNER_TEXT, "the development key, which is published");
        return;
    }
    int n = snprintf(text, UT_SIGNER_TEXT, "key ");
    for (int i = 0; i < 8; i++)
        n += snprintf(text + n, (size_t)(UT_SIGNER_TEXT - n), "%02x", key[i]);
}
