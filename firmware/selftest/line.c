/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/selftest/line.h"

#include <string.h>

void ut_line_init(struct ut_line *l)
{
    memset(l, 0, sizeof *l);
}

static void split(struct ut_line *l)
{
    int inside = 0;
    l->text[l->len] = '\0';
    for (unsigned i = 0; i < l->len; i++) {
        if (l->text[i] == ' ') {
            l->text[i] = '\0';
            inside = 0;
        } else if (!inside) {
            inside = 1;
            if (l->words == UT_LINE_WORDS)
                l->bad = 1;
            else
                l->word[l->words++] = l->text + i;
        }
    }
}

int ut_line_take(struct ut_line *l, uint8_t byte)
{
    if (l->whole)
        ut_line_init(l);
    if (byte == '\r')
        return 0;
    if (byte == '\n') {
        if (!l->bad)
            split(l);
        l->whole = 1;
        return !l->bad && l->words > 0;
    }
    if (byte < ' ' || byte > '~' || l->len == UT_LINE_BYTES - 1)
        l->bad = 1;
    else
        l->text[l->len++] = (char)byte;
    return 0;
}

int ut_line_number(const char *word, int32_t least, int32_t most, int32_t *value)
{
    int negative = *word == '-';
    int32_t n = 0;
    word += negative;
    if (*word == '\0')
        return -1;
    for (; *word != '\0'; word++) {
        if (*word < '0' || *word > '9' || n > 100000)
            return -1;
        n = 10 * n + (*word - '0');
    }
    *value = negative ? -n : n;
    return *value < least || *value > most ? -1 : 0;
}

void ut_line_add(char *text, size_t room, const char *word)
{
    size_t at = strlen(text);
    while (*word != '\0' && at + 1 < room)
        text[at++] = *word++;
    text[at] = '\0';
}

void ut_line_add_number(char *text, size_t room, int32_t value)
{
    char digits[12];
    char *p = digits + sizeof digits - 1;
    uint32_t left = value < 0 ? 0U - (uint32_t)value : (uint32_t)value;
    *p = '\0';
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (value < 0)
        *--p = '-';
    ut_line_add(text, room, p);
}
