/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/utf8.h"

#include <stdio.h>
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

/* None of C0, DEL and C1; U+2028 and U+2029; marks, embeddings, overrides and isolates of direction. */
static bool is_text(uint32_t c)
{
    return c != UT_UTF8_BAD && c >= 0x20 && (c < 0x7F || c >= 0xA0) && c != 0x61C && c != 0x200E && c != 0x200F &&
           (c < 0x2028 || c > 0x202E) && (c < 0x2066 || c > 0x2069);
}

bool ut_utf8_is_line(const char *text, size_t most)
{
    size_t n = strnlen(text, most + 1);
    if (n == 0 || n > most)
        return false;
    while (*text != '\0') {
        uint32_t c = ut_utf8_next(&text);
        if (c == UT_UTF8_BAD || c < ' ' || c == 127)
            return false;
    }
    return true;
}

void ut_utf8_clean(char *text)
{
    while (*text != '\0') {
        const char *end = text;
        if (!is_text(ut_utf8_next(&end)))
            memset(text, '?', (size_t)(end - text));
        text += end - text;
    }
}

const char *ut_utf8_plain(const char *text, char *copy, size_t room)
{
    (void)snprintf(copy, room, "%s", text);
    ut_utf8_clean(copy);
    return copy;
}
