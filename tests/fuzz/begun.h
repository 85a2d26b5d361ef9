/* SPDX-License-Identifier: Apache-2.0 */
/* Text for fuzzers of text, in memory that the caller frees: the input; where its first byte is odd a right beginning
 * and then the rest, so that what stands behind a header is reached. NULL when out of memory. */
#ifndef UT_FUZZ_BEGUN_H
#define UT_FUZZ_BEGUN_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline char *ut_begun_text(const char *const heads[4], const uint8_t *data, size_t size)
{
    const char *head = heads[size > 0 ? (data[0] >> 1) % 4 : 0];
    int begun = size > 0 && (data[0] & 1) != 0;
    size_t before = begun ? strlen(head) : 0, rest = size - (size_t)begun;
    char *text = malloc(before + rest + 1);
    if (text == NULL)
        return NULL;
    memcpy(text, head, before);
    if (rest > 0)
        memcpy(text + before, data + begun, rest);
    text[before + rest] = '\0';
    return text;
}

#endif
