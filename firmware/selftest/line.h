/* SPDX-License-Identifier: Apache-2.0 */
/* The test image's link: lines of words from the station, and lines to it. SPEC.md "Test of a unit".
 *
 * in    bytes of the link, from anywhere; numbers
 * out   a line's words; text that ends with a line feed
 * A line that is longer than UT_LINE_BYTES, has more than UT_LINE_WORDS words or a byte that is no printable one is no
 * line: it is left out whole.
 */
#ifndef UT_FIRMWARE_SELFTEST_LINE_H
#define UT_FIRMWARE_SELFTEST_LINE_H

#include <stddef.h>
#include <stdint.h>

enum { UT_LINE_BYTES = 64, UT_LINE_WORDS = 5 };

struct ut_line {
    char text[UT_LINE_BYTES];
    char *word[UT_LINE_WORDS]; /* NUL-terminated, in text */
    uint8_t len, words, bad, whole;
};

void ut_line_init(struct ut_line *l);

/* 1 = a line with at least one word is whole, until the next byte. */
int ut_line_take(struct ut_line *l, uint8_t byte);

/* A whole decimal number within a range. 0, or -1. */
int ut_line_number(const char *word, int32_t least, int32_t most, int32_t *value);

/* Appends to text of `room` bytes, which stays NUL-terminated; what does not fit is cut off. */
void ut_line_add(char *text, size_t room, const char *word);
void ut_line_add_number(char *text, size_t room, int32_t value);

#endif
