/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/manifest.h"

#include "firmware/boot/trailer.h"

#include <bearssl_hash.h>
#include <string.h>

#define MAGIC 0x96F3B83DU
enum {
    FLAG_ROM_FIXED = 0x100,
    ENTRIES_PLAIN = 0x6907,
    ENTRIES_PROTECTED = 0x6908,
    KEY = 0x01,
    DIGEST = 0x10,
    SIGNATURE = 0x22,
    COUNTER = 0x50,
    HEAD_BYTES = 4,
    PIECE_BYTES = 64
};

static uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Any place and length, of which flash gives multiples of 4. The caller has checked that it lies in the slot. */
static void read_bytes(enum board_area slot, uint32_t at, uint8_t *to, uint32_t len)
{
    while (len > 0) {
        uint8_t four[4];
        uint32_t skip = at % 4, n = len < 4 - skip ? len : 4 - skip;
        board_flash_read(slot, at - skip, four, sizeof four);
        memcpy(to, four + skip, n);
        to += n;
        at += n;
        len -= n;
    }
}

enum ut_manifest_fault ut_manifest_begin(struct ut_manifest *m, enum board_area slot,
                                         const uint8_t header[UT_MANIFEST_SHORT_BYTES], const char board[4])
{
    memset(m, 0, sizeof *m);
    uint32_t room = board_area_place[slot].bytes - UT_TRAILER_BYTES, protected_bytes = word(header + 8) >> 16,
             image_bytes = word(header + 12);
    if (word(header) != MAGIC || (word(header + 8) & 0xFFFF) != UT_MANIFEST_HEADER_BYTES ||
        word(header + 16) != FLAG_ROM_FIXED)
        return UT_MANIFEST_NO_IMAGE;
    if (memcmp(header + 32, board, 4) != 0)
        return UT_MANIFEST_BOARD;
    if (word(header + 4) != board_area_place[slot].offset)
        return UT_MANIFEST_SLOT;
    if (image_bytes > room || UT_MANIFEST_HEADER_BYTES + image_bytes + protected_bytes > room - HEAD_BYTES)
        return UT_MANIFEST_LENGTH;
    memcpy(m->version, header + 20, sizeof m->version);
    m->signed_bytes = UT_MANIFEST_HEADER_BYTES + image_bytes + protected_bytes;
    m->whole_bytes = m->signed_bytes - protected_bytes; /* where the entries begin, for ut_manifest_read */
    return UT_MANIFEST_OK;
}

/* Where an entry's value goes, by its type; 0 when its length is not right. Types that nobody here knows are passed
 * over. */
static int take_entry(struct ut_manifest *m, enum board_area slot, int is_protected, uint32_t type, uint32_t at,
                      uint32_t len)
{
    uint8_t four[4];
    if (is_protected && type == COUNTER && len == sizeof four) {
        read_bytes(slot, at, four, sizeof four);
        m->counter = word(four);
    } else if (!is_protected && type == KEY && len == sizeof m->key) {
        read_bytes(slot, at, m->key, len);
    } else if (!is_protected && type == DIGEST && len == sizeof m->digest) {
        read_bytes(slot, at, m->digest, len);
    } else if (!is_protected && type == SIGNATURE && len <= sizeof m->signature && m->signature_bytes == 0) {
        m->signature_bytes = (uint8_t)len;
        read_bytes(slot, at, m->signature, len);
    } else {
        return type != KEY && type != DIGEST && type != SIGNATURE && type != COUNTER;
    }
    return 1;
}

/* The entries of one kind from `at` on; where they end, or 0 when they make no sense. */
static uint32_t take_entries(struct ut_manifest *m, enum board_area slot, uint32_t at, uint32_t mark)
{
    uint32_t room = board_area_place[slot].bytes - UT_TRAILER_BYTES;
    uint8_t head[HEAD_BYTES];
    if (at > room - sizeof head)
        return 0;
    read_bytes(slot, at, head, sizeof head);
    uint32_t len = word(head) >> 16, end = at + len;
    if ((word(head) & 0xFFFF) != mark || len < sizeof head || end > room)
        return 0;
    for (at += sizeof head; at < end; at += len) {
        if (end - at < sizeof head)
            return 0;
        read_bytes(slot, at, head, sizeof head);
        at += (uint32_t)sizeof head;
        len = word(head) >> 16;
        if (len > end - at || !take_entry(m, slot, mark == ENTRIES_PROTECTED, word(head) & 0xFFFF, at, len))
            return 0;
    }
    return end;
}

enum ut_manifest_fault ut_manifest_read(struct ut_manifest *m, enum board_area slot, const char board[4])
{
    uint8_t header[UT_MANIFEST_SHORT_BYTES];
    board_flash_read(slot, 0, header, sizeof header);
    enum ut_manifest_fault fault = ut_manifest_begin(m, slot, header, board);
    if (fault != UT_MANIFEST_OK)
        return fault;
    if (take_entries(m, slot, m->whole_bytes, ENTRIES_PROTECTED) != m->signed_bytes)
        return UT_MANIFEST_NO_IMAGE;
    m->whole_bytes = take_entries(m, slot, m->signed_bytes, ENTRIES_PLAIN);
    return m->whole_bytes != 0 && m->signature_bytes != 0 ? UT_MANIFEST_OK : UT_MANIFEST_NO_IMAGE;
}

enum ut_manifest_fault ut_manifest_check_digest(const struct ut_manifest *m, enum board_area slot)
{
    br_sha256_context sha;
    uint8_t piece[PIECE_BYTES], digest[32];
    br_sha256_init(&sha);
    for (uint32_t at = 0; at < m->signed_bytes; at += PIECE_BYTES) {
        uint32_t n = m->signed_bytes - at < PIECE_BYTES ? m->signed_bytes - at : PIECE_BYTES;
        board_flash_read(slot, at, piece, (n + 3) & ~3U);
        br_sha256_update(&sha, piece, n);
    }
    br_sha256_out(&sha, digest);
    return memcmp(digest, m->digest, sizeof digest) == 0 ? UT_MANIFEST_OK : UT_MANIFEST_DIGEST;
}
