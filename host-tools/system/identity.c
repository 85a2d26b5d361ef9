/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/identity.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BYTES = 16, TIME_BYTES = 6 };

static void print(uint8_t bytes[BYTES], int version, char text[UT_IDENTITY_UUID])
{
    bytes[6] = (uint8_t)(version << 4 | (bytes[6] & 0x0F));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3F)); /* the variant */
    char *at = text;
    for (int i = 0; i < BYTES; i++)
        at += snprintf(at, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
}

int ut_identity_new(int64_t unix_ms, char text[UT_IDENTITY_UUID])
{
    uint8_t bytes[BYTES];
    if (getentropy(bytes, sizeof bytes) != 0)
        return -1;
    for (int i = 0; i < TIME_BYTES; i++)
        bytes[i] = (uint8_t)((uint64_t)unix_ms >> 8 * (TIME_BYTES - 1 - i));
    print(bytes, 7, text);
    return 0;
}

void ut_identity_of(const char digits[UT_HASH_TEXT], char text[UT_IDENTITY_UUID])
{
    uint8_t bytes[BYTES] = {0};
    for (int i = 0; i < 2 * BYTES; i++) {
        int digit = digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10;
        bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | (digit & 0x0F));
    }
    print(bytes, 8, text);
}

bool ut_identity_fits(const char *text)
{
    static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t len = strlen(text);
    return len >= 1 && len <= UT_IDENTITY_MAX && strspn(text, ALLOWED) == len;
}

int ut_identity_take(const struct ut_option *o, const char *text, void *place, struct ut_fault *fault)
{
    if (!ut_identity_fits(text))
        return ut_fault_set(fault, UT_EXIT_USAGE,
                            "--%s %.80s: not an id; give 1 to %d letters, digits, '.', '_' or '-'", o->name, text,
                            UT_IDENTITY_MAX);
    *(const char **)place = text;
    return 0;
}
