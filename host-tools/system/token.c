/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/token.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = (UT_TOKEN_TEXT - 1) / 2 };

void ut_token_make(char text[UT_TOKEN_TEXT])
{
    uint8_t bytes[BYTES];
    if (sodium_init() < 0) /* without randomness a token would be known */
        abort();
    randombytes_buf(bytes, sizeof bytes);
    (void)sodium_bin2hex(text, UT_TOKEN_TEXT, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

void ut_token_hash(const char *token, char hash[UT_TOKEN_TEXT])
{
    uint8_t bytes[BYTES];
    (void)crypto_generichash(bytes, sizeof bytes, (const uint8_t *)token, strlen(token), NULL, 0);
    (void)sodium_bin2hex(hash, UT_TOKEN_TEXT, bytes, sizeof bytes);
}

bool ut_token_same(const char a[UT_TOKEN_TEXT], const char b[UT_TOKEN_TEXT])
{
    return sodium_memcmp(a, b, UT_TOKEN_TEXT) == 0;
}
