/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/trailer.h"

#include <string.h>

enum { WORDS = UT_TRAILER_BYTES / 4, TRY = 0, SEQ = 4, SEQ_INVERTED = 5, KEEP = 10, MARK = 12, MARK_WORDS = 4 };
#define ERASED UINT32_MAX
#define KEPT                                                                                                           \
    0xFFFFFF01U /* MCUboot's image_ok: a byte 1 in a field of eight; the other half is there for a torn first */

/* MCUboot's mark of a trailer, as words. */
static const uint32_t mark[MARK_WORDS] = {0xF395C277U, 0x7FEFD260U, 0x0F505235U, 0x8079B62CU};

static size_t place(enum board_area slot, unsigned word)
{
    return board_area_place[slot].bytes - UT_TRAILER_BYTES + 4 * word;
}

static void read_words(enum board_area slot, uint32_t word[WORDS])
{
    uint8_t bytes[UT_TRAILER_BYTES];
    board_flash_read(slot, place(slot, 0), bytes, sizeof bytes);
    for (unsigned i = 0; i < WORDS; i++)
        word[i] = bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 |
                  (uint32_t)bytes[4 * i + 3] << 24;
}

static int write_word(enum board_area slot, unsigned word, uint32_t value)
{
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    return board_flash_write(slot, place(slot, word), bytes, sizeof bytes);
}

static int all_erased(const uint32_t word[WORDS])
{
    for (unsigned i = 0; i < WORDS; i++)
        if (word[i] != ERASED)
            return 0;
    return 1;
}

void ut_trailer_read(struct ut_trailer *t, enum board_area slot)
{
    uint32_t word[WORDS];
    read_words(slot, word);
    memset(t, 0, sizeof *t);
    for (unsigned i = 0; i < UT_TRAILER_TRIES; i++)
        t->tries = (uint8_t)(t->tries + (word[TRY + i] != ERASED));
    if (all_erased(word)) {
        t->state = UT_SLOT_EMPTY;
    } else if (memcmp(word + MARK, mark, sizeof mark) != 0 || word[SEQ] != ~word[SEQ_INVERTED] || word[SEQ] == 0) {
        t->state = UT_SLOT_SPOILT;
    } else {
        t->seq = word[SEQ];
        t->state = word[KEEP] == KEPT || word[KEEP + 1] == KEPT ? UT_SLOT_KEPT
                   : t->tries == 0                              ? UT_SLOT_PENDING
                   : t->tries < UT_TRAILER_TRIES                ? UT_SLOT_TRYING
                                                                : UT_SLOT_SPENT;
    }
}

int ut_trailer_ask(enum board_area slot)
{
    struct ut_trailer mine, other;
    ut_trailer_read(&mine, slot);
    ut_trailer_read(&other, slot == BOARD_SLOT_A ? BOARD_SLOT_B : BOARD_SLOT_A);
    uint32_t seq = other.seq + 1;
    if (mine.state != UT_SLOT_EMPTY || seq == 0)
        return -1;
    if (write_word(slot, SEQ, seq) != 0 || write_word(slot, SEQ_INVERTED, ~seq) != 0)
        return -1;
    for (unsigned i = 0; i < MARK_WORDS; i++)
        if (write_word(slot, MARK + i, mark[i]) != 0)
            return -1;
    return 0;
}

int ut_trailer_spend(enum board_area slot)
{
    uint32_t word[WORDS];
    read_words(slot, word);
    for (unsigned i = 0; i < UT_TRAILER_TRIES; i++) {
        if (word[TRY + i] != ERASED)
            continue;
        (void)write_word(slot, TRY + i, 0);
        read_words(slot, word);
        return word[TRY + i] != ERASED ? 0 : -1;
    }
    return -1;
}

int ut_trailer_keep(enum board_area slot)
{
    struct ut_trailer t;
    ut_trailer_read(&t, slot);
    if (t.state == UT_SLOT_KEPT)
        return 0;
    if (t.state != UT_SLOT_PENDING && t.state != UT_SLOT_TRYING && t.state != UT_SLOT_SPENT)
        return -1;
    for (unsigned i = 0; i < 2; i++) {
        (void)write_word(slot, KEEP + i, KEPT);
        ut_trailer_read(&t, slot);
        if (t.state == UT_SLOT_KEPT)
            return 0;
    }
    return -1;
}
