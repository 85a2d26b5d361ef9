/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/store.h"

#include "boards/board.h"

#include <string.h>

/* A page: head {magic, generation, CRC-32 of both}, then entries {head word, value padded with zeros, CRC-32 of head
 * word and value}. The head is written last, so a page is valid when all that it was begun with is in it. */
enum {
    HEAD_BYTES = 12,
    ENTRY_EXTRA = 8,
    ENTRY_MAX = UT_STORE_VALUE_BYTES + ENTRY_EXTRA,
    PIECE = 32 /* read at a time */
};

#define MAGIC 0x31535455U /* "UTS1" */
#define ERASED 0xFFFFFFFFU

_Static_assert(HEAD_BYTES + UT_STORE_RESET_0 * ENTRY_MAX + UT_STORE_RESETS * (UT_STORE_RESET_BYTES + ENTRY_EXTRA) <=
                   BOARD_STORE_PAGE_BYTES,
               "a page must hold every key's largest value and one more entry");

static uint32_t crc32_add(uint32_t crc, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return crc;
}

static void put32(uint8_t *p, uint32_t x)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(x >> 8 * i);
}

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t read32(unsigned page, size_t at)
{
    uint8_t bytes[4];
    board_store_read(page, at, bytes, sizeof bytes);
    return get32(bytes);
}

/* Key and length, and above them their complement, by which is_head tells a head word from anything else; ERASED is
 * none. */
static uint32_t head_word(int key, size_t len)
{
    uint32_t low = (uint32_t)key | (uint32_t)len << 8;
    return low | (low ^ 0xFFFFU) << 16;
}

static int key_of(uint32_t head)
{
    return (int)(head & 0xFF);
}

static size_t len_of(uint32_t head)
{
    return head >> 8 & 0xFF;
}

static size_t entry_bytes(size_t len)
{
    return ENTRY_EXTRA + ((len + 3) & ~(size_t)3);
}

/* 1 when an entry's head word stands there, with its whole entry inside the page. */
static int is_head(uint32_t head, size_t at)
{
    return head == head_word(key_of(head), len_of(head)) && len_of(head) <= UT_STORE_VALUE_BYTES &&
           at + entry_bytes(len_of(head)) <= BOARD_STORE_PAGE_BYTES;
}

static int entry_is_whole(unsigned page, size_t at, uint32_t head)
{
    uint8_t piece[PIECE];
    size_t body = entry_bytes(len_of(head)) - 4;
    uint32_t crc = ERASED;
    for (size_t done = 0; done < body; done += sizeof piece) {
        size_t n = body - done < sizeof piece ? body - done : sizeof piece;
        board_store_read(page, at + done, piece, n);
        crc = crc32_add(crc, piece, n);
    }
    return read32(page, at + body) == ~crc;
}

/* The generation of a valid page; 0 = not valid. */
static uint32_t page_generation(unsigned page)
{
    uint8_t head[HEAD_BYTES];
    board_store_read(page, 0, head, sizeof head);
    if (get32(head) != MAGIC || get32(head + 8) != ~crc32_add(ERASED, head, 8))
        return 0;
    return get32(head + 4);
}

static int is_erased(unsigned page, size_t from)
{
    uint8_t piece[PIECE];
    for (size_t at = from; at < BOARD_STORE_PAGE_BYTES; at += sizeof piece) {
        size_t n = BOARD_STORE_PAGE_BYTES - at < sizeof piece ? BOARD_STORE_PAGE_BYTES - at : sizeof piece;
        board_store_read(page, at, piece, n);
        for (size_t i = 0; i < n; i++)
            if (piece[i] != 0xFF)
                return 0;
    }
    return 1;
}

/* Where the newest whole entry of a key stands in a page, with its length, 0 = removed; 0 when there is none. */
static size_t find(unsigned page, size_t end, int key, size_t *len)
{
    size_t found = 0;
    for (size_t at = HEAD_BYTES; at < end;) {
        uint32_t head = read32(page, at);
        if (!is_head(head, at))
            break;
        if (key_of(head) == key && entry_is_whole(page, at, head)) {
            found = at;
            *len = len_of(head);
        }
        at += entry_bytes(len_of(head));
    }
    return found;
}

/* Writes one entry and reads it back. 0 or UT_ERR_STORE. */
static int put(unsigned page, size_t at, int key, const void *value, size_t len)
{
    uint8_t entry[ENTRY_MAX] = {0};
    size_t bytes = entry_bytes(len);
    uint32_t head = head_word(key, len);
    put32(entry, head);
    if (len > 0)
        memcpy(entry + 4, value, len);
    put32(entry + bytes - 4, ~crc32_add(ERASED, entry, bytes - 4));
    if (board_store_write(page, at, entry, bytes) != 0 || !entry_is_whole(page, at, head))
        return UT_ERR_STORE;
    return 0;
}

/* Begins the other page with everything that holds, the given value in place of its key's (key 0 = none). The page
 * in use stays as it is until the next time. */
static int begin_page(struct ut_store *s, int new_key, const void *new_value, size_t new_len)
{
    uint8_t value[UT_STORE_VALUE_BYTES], head[HEAD_BYTES];
    unsigned page = s->page ^ 1U;
    size_t at = HEAD_BYTES, len;
    if (board_store_erase(page) != 0)
        return UT_ERR_STORE;
    for (int key = 1; key < UT_STORE_KEYS; key++) {
        const void *from = new_value;
        len = new_len;
        if (key != new_key) {
            size_t old = s->generation != 0 ? find(s->page, s->end, key, &len) : 0;
            if (old == 0)
                continue;
            from = value;
            board_store_read(s->page, old + 4, value, (len + 3) & ~(size_t)3);
        }
        if (len == 0)
            continue;
        if (put(page, at, key, from, len) != 0)
            return UT_ERR_STORE;
        at += entry_bytes(len);
    }
    put32(head, MAGIC);
    put32(head + 4, s->generation + 1);
    put32(head + 8, ~crc32_add(ERASED, head, 8));
    if (board_store_write(page, 0, head, sizeof head) != 0 || page_generation(page) != s->generation + 1)
        return UT_ERR_STORE;
    s->page = (uint8_t)page;
    s->generation++;
    s->end = (uint16_t)at;
    s->usable = 1;
    return 0;
}

/* 1 when the newest entry of some key says that it was removed: what it held still stands before that. */
static int has_removed(const struct ut_store *s)
{
    size_t len = 1;
    for (int key = 1; key < UT_STORE_KEYS; key++)
        if (find(s->page, s->end, key, &len) != 0 && len == 0)
            return 1;
    return 0;
}

/* 1 when the page out of use is half erased, half written or damaged, or holds a value of a key that has none now. */
static int is_stale(const struct ut_store *s)
{
    const unsigned old = s->page ^ 1U;
    size_t at = HEAD_BYTES, len;
    if (page_generation(old) == 0)
        return !is_erased(old, 0);
    for (; at < BOARD_STORE_PAGE_BYTES; at += entry_bytes(len)) {
        uint32_t head = read32(old, at);
        if (!is_head(head, at))
            break;
        int key = key_of(head);
        if (len_of(head) > 0 && find(s->page, s->end, key, &len) == 0)
            return 1;
        len = len_of(head);
    }
    return !is_erased(old, at);
}

int ut_store_mount(struct ut_store *s)
{
    uint32_t first = page_generation(0), second = page_generation(1);
    size_t at = HEAD_BYTES;
    int torn = 0;
    memset(s, 0, sizeof *s);
    s->page = second > first || first == 0 ? 1 : 0;
    s->generation = second > first ? second : first;
    s->end = BOARD_STORE_PAGE_BYTES;
    if (s->generation == 0)
        return begin_page(s, 0, NULL, 0);
    while (at < BOARD_STORE_PAGE_BYTES) {
        uint32_t head = read32(s->page, at);
        if (!is_head(head, at))
            break;
        torn = torn || !entry_is_whole(s->page, at, head);
        at += entry_bytes(len_of(head));
    }
    s->usable = 1;
    if (!torn && is_erased(s->page, at))
        s->end = (uint16_t)at;
    else
        s->usable = 0; /* end stays at the page's end, so that nothing is written over what is there */
    if ((!s->usable || has_removed(s)) && begin_page(s, 0, NULL, 0) != 0)
        s->usable = 0; /* what is there can be read */
    if (s->usable && is_stale(s))
        (void)board_store_erase(s->page ^ 1U);
    return s->usable ? 0 : UT_ERR_STORE;
}

int ut_store_get(const struct ut_store *s, int key, void *value, size_t room)
{
    uint8_t whole[UT_STORE_VALUE_BYTES];
    size_t len = 0;
    if (key < 1 || key >= UT_STORE_KEYS)
        return UT_ERR_RANGE;
    size_t at = s->generation != 0 ? find(s->page, s->end, key, &len) : 0;
    if (at == 0 || len == 0)
        return UT_ERR_ABSENT;
    board_store_read(s->page, at + 4, whole, (len + 3) & ~(size_t)3);
    memcpy(value, whole, len < room ? len : room);
    return (int)len;
}

static int is_kept(const struct ut_store *s, int key, const void *value, size_t len)
{
    uint8_t old[UT_STORE_VALUE_BYTES];
    int have = ut_store_get(s, key, old, sizeof old);
    return len == 0 ? have == UT_ERR_ABSENT : have == (int)len && memcmp(old, value, len) == 0;
}

static int replace(struct ut_store *s, int key, const void *value, size_t len)
{
    if (is_kept(s, key, value, len))
        return 0;
    size_t bytes = entry_bytes(len);
    if (s->usable && s->end + bytes <= BOARD_STORE_PAGE_BYTES) {
        size_t at = s->end;
        s->end = (uint16_t)(at + bytes);
        if (put(s->page, at, key, value, len) == 0)
            return 0;
        s->usable = 0; /* nothing goes behind an entry that is not whole */
    }
    return begin_page(s, key, value, len);
}

int ut_store_set(struct ut_store *s, int key, const void *value, size_t len)
{
    if (key < 1 || key >= UT_STORE_KEYS || len < 1 ||
        len > (key < UT_STORE_RESET_0 ? (size_t)UT_STORE_VALUE_BYTES : UT_STORE_RESET_BYTES))
        return UT_ERR_RANGE;
    return replace(s, key, value, len);
}

int ut_store_remove(struct ut_store *s, int key)
{
    if (key < 1 || key >= UT_STORE_KEYS)
        return UT_ERR_RANGE;
    return replace(s, key, NULL, 0);
}

int ut_store_purge(struct ut_store *s)
{
    if (s->generation == 0 || (has_removed(s) && begin_page(s, 0, NULL, 0) != 0))
        return UT_ERR_STORE;
    return is_stale(s) && board_store_erase(s->page ^ 1U) != 0 ? UT_ERR_STORE : 0;
}
