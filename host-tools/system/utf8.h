/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629) from outside: names of files and of headsets may be any bytes, JSON and screens may not.
 *
 * in    text that ends in a zero byte
 * out   its characters, or the same text with what is no text replaced
 */
#ifndef UT_HOST_UTF8_H
#define UT_HOST_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UT_UTF8_BAD UINT32_MAX /* no character has this number */

/* The next character, which *text moves past; or UT_UTF8_BAD, and *text moves past as many bytes as the malformed one
 * has. Not for the end of the text. */
uint32_t ut_utf8_next(const char **text);

/* Whether it has 1 to `most` bytes, all of them characters and none a control character of ASCII: a name or a line that
 * others keep, in JSON too. */
bool ut_utf8_is_line(const char *text, size_t most);

/* Makes one line of text that does nothing to a terminal: '?' for each byte of what is malformed, a control character
 * (escape sequences begin with one), a line's or paragraph's end, or turns the direction of writing. */
void ut_utf8_clean(char *text);

/* A copy so cleaned, cut to its room; returns it. */
const char *ut_utf8_plain(const char *text, char *copy, size_t room);

#endif
