/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/utf8.h"

#include <stdbool.h>
#include <string.h>

uint32_t ut_utf8_next(const char **text)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* what needs so many bytes more */
    const unsigned char *t = (const unsigned char *)*text;
    int more = t[0] < 0xC0 ? 0 : t[0] < 0xE0 ? 1 : t[0] < 0xF0 ? 2 : 3;
    uint32_t c = more == 0 ? t[0] : t[0] & (0x7FU >> more);
    int bytes = 1;
    for (; bytes <= more && (t[bytes] & 0xC0) == 0x80; bytes++)
        c = c << 6 | (t[bytes] & 0x3FU);
    *text += bytes;
    bool whole = bytes == more + 1 && (more > 0 || c < 0x80);
    bool surrogate = c >= 0xD800 && c < 0xE000;
    return whole && c >= least[more] && c <= 0x10FFFF && !surrogate ? c : UT_UTF8_BAD;
}

void ut_utf8_clean(char *text)
{
    while (*text != '\0') {
        const char *end = text;
        if (ut_utf8_next(&end) == UT_UTF8_BAD)
            memset(text, '?', (size_t)(end - text));
        text += end - text;
    }
}
