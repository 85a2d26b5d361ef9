/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: random texts that let in whoever has them, and the hashes that are kept of them.
 *
 * in    the system's randomness; a text that anybody may have sent
 * out   64 hexadecimal digits of 256 random bits; 64 of a hash (BLAKE2b), which says nothing of the token: there are
 *       too many to try
 */
#ifndef UT_HOST_TOKEN_H
#define UT_HOST_TOKEN_H

#include <stdbool.h>

enum { UT_TOKEN_TEXT = 65 };

void ut_token_make(char text[UT_TOKEN_TEXT]);
void ut_token_hash(const char *token, char hash[UT_TOKEN_TEXT]);

/* Takes as long for unlike texts as for like ones. */
bool ut_token_same(const char a[UT_TOKEN_TEXT], const char b[UT_TOKEN_TEXT]);

#endif
