/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/system/hash.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void ut_hash_init(struct ut_hash *h)
{
    *h = (struct ut_hash){.lane = {0x6A09E667F3BCC908U, 0xBB67AE8584CAA73BU}}; /* roots of 2 and 3 */
}

/* Each lane multiplies by its own odd number and folds the high half, which saw every bit below it, onto the low. */
static void mix(struct ut_hash *h, uint64_t word)
{
    uint64_t a = (h->lane[0] ^ word) * 0x9E3779B97F4A7C15U;
    uint64_t b = (h->lane[1] + word) * 0xD1B54A32D192ED03U;
    h->lane[0] = a ^ (a >> 32);
    h->lane[1] = b ^ (b >> 29);
}

void ut_hash_add(struct ut_hash *h, const void *data, size_t len)
{
    const uint8_t *at = data;
    while (len > 0 && (h->length % 8 != 0 || len < 8)) {
        h->word |= (uint64_t)*at++ << 8 * (h->length % 8);
        h->length++;
        len--;
        if (h->length % 8 == 0) {
            mix(h, h->word);
            h->word = 0;
        }
    }
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word = 0;
        for (int i = 0; i < 8; i++)
            word |= (uint64_t)at[i] << 8 * i;
        mix(h, word);
        h->length += 8;
    }
    if (len > 0)
        ut_hash_add(h, at, len);
}

/* Every bit of x reaches every bit of the result: the finish of MurmurHash3, 64 bits (Appleby). */
static uint64_t spread(uint64_t x)
{
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDU;
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53U;
    return x ^ x >> 33;
}

void ut_hash_text(const struct ut_hash *h, char text[UT_HASH_TEXT])
{
    struct ut_hash end = *h;
    mix(&end, h->word);
    mix(&end, h->length);
    uint64_t a = spread(end.lane[0] + end.lane[1]), b = spread(end.lane[1] ^ a);
    snprintf(text, UT_HASH_TEXT, "%016" PRIx64 "%016" PRIx64, a + b, b);
}

int ut_hash_file(const char *path, char text[UT_HASH_TEXT], struct ut_fault *fault)
{
    static const size_t room = 1 << 16;
    uint8_t piece[1 << 16];
    struct ut_hash h;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be opened (%s); check the name", path, strerror(errno));
    ut_hash_init(&h);
    for (size_t n; (n = fread(piece, 1, room, f)) > 0;)
        ut_hash_add(&h, piece, n);
    bool failed = ferror(f) != 0;
    fclose(f);
    if (failed)
        return ut_fault_set(fault, UT_EXIT_MISSING, "%s: cannot be read (%s); check the disk", path, strerror(errno));
    ut_hash_text(&h, text);
    return 0;
}
