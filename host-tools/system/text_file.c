/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/text_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 };

char *ut_text_file_read(const char *file, const char *wanted, struct ut_fault *fault)
{
    char *bytes = NULL;
    size_t len = 0, got;
    FILE *f = fopen(file, "rb");
    if (f == NULL) {
        (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", file, strerror(errno));
        return NULL;
    }
    do {
        char *grown = realloc(bytes, len + PIECE + 1);
        if (grown == NULL) {
            (void)ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
            free(bytes);
            (void)fclose(f);
            return NULL;
        }
        bytes = grown;
        got = fread(bytes + len, 1, PIECE, f);
        len += got;
    } while (got == PIECE);
    int reason = ferror(f) != 0 ? errno : 0;
    (void)fclose(f);
    if (reason == 0)
        return ut_text_file_decode(bytes, len, file, wanted, fault);
    free(bytes);
    (void)ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); give %s", file, strerror(reason), wanted);
    return NULL;
}

static uint32_t unit_of(const char *bytes, int big)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[big ? 0 : 1] << 8 | b[big ? 1 : 0];
}

static char *put(char *at, uint32_t c)
{
    if (c < 0x80) {
        *at++ = (char)c;
    } else if (c < 0x800) {
        *at++ = (char)(0xC0 | c >> 6);
        *at++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *at++ = (char)(0xE0 | c >> 12);
        *at++ = (char)(0x80 | (c >> 6 & 0x3F));
        *at++ = (char)(0x80 | (c & 0x3F));
    } else {
        *at++ = (char)(0xF0 | c >> 18);
        *at++ = (char)(0x80 | (c >> 12 & 0x3F));
        *at++ = (char)(0x80 | (c >> 6 & 0x3F));
        *at++ = (char)(0x80 | (c & 0x3F));
    }
    return at;
}

/* The text behind its mark, and how long it is; NULL when out of memory. */
static char *from_utf16(const char *bytes, size_t len, int big, size_t *out)
{
    char *text = malloc(len / 2 * 3 + 1), *at = text; /* three bytes for each unit, four for two */
    for (size_t i = 2; text != NULL && i + 1 < len; i += 2) {
        uint32_t c = unit_of(bytes + i, big);
        if (c >= 0xD800 && c < 0xE000) {
            uint32_t low = c < 0xDC00 && i + 3 < len ? unit_of(bytes + i + 2, big) : 0;
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            } else {
                c = 0xFFFD;
            }
        }
        at = put(at, c);
    }
    *out = text != NULL ? (size_t)(at - text) : 0;
    return text;
}

char *ut_text_file_decode(char *bytes, size_t len, const char *file, const char *wanted, struct ut_fault *fault)
{
    int little = len >= 2 && memcmp(bytes, "\xFF\xFE", 2) == 0, big = len >= 2 && memcmp(bytes, "\xFE\xFF", 2) == 0;
    if (little || big) {
        char *text = from_utf16(bytes, len, big, &len);
        free(bytes);
        bytes = text;
    } else if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        len -= 3;
        memmove(bytes, bytes + 3, len);
    }
    int bad = 0;
    if (bytes == NULL)
        bad = ut_fault_set(fault, UT_EXIT_FAILURE, "%s: not enough memory", file);
    else if (len == 0)
        bad = ut_fault_set(fault, UT_EXIT_EMPTY, "%s: is empty; give %s", file, wanted);
    else if (memchr(bytes, '\0', len) != NULL)
        bad = ut_fault_set(fault, UT_EXIT_INDEX, "%s: holds a zero byte; give %s in plain text", file, wanted);
    if (bad == 0) {
        bytes[len] = '\0';
        return bytes;
    }
    free(bytes);
    return NULL;
}

char *ut_text_file_line(char **text)
{
    char *line = *text;
    if (*line == '\0')
        return NULL;
    char *end = line + strcspn(line, "\r\n");
    *text = end + (end[0] == '\r' && end[1] == '\n') + (*end != '\0');
    *end = '\0';
    return line;
}
