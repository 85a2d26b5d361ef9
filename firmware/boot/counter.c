/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/counter.h"

#include "boards/flash.h"

enum { RECORD_WORDS = 4, RECORD_BYTES = 4 * RECORD_WORDS };
#define ERASED UINT32_MAX

static void read_record(uint32_t at, uint32_t word[RECORD_WORDS])
{
    uint8_t bytes[RECORD_BYTES];
    board_flash_read(BOARD_COUNTER, at, bytes, sizeof bytes);
    for (unsigned i = 0; i < RECORD_WORDS; i++)
        word[i] = bytes[4 * i] | (uint32_t)bytes[4 * i + 1] << 8 | (uint32_t)bytes[4 * i + 2] << 16 |
                  (uint32_t)bytes[4 * i + 3] << 24;
}

/* The highest number of all records; *end: where the first erased one lies that no other follows, or the area's end. */
static uint32_t look(uint32_t *end)
{
    uint32_t highest = 0;
    *end = 0;
    for (uint32_t at = 0; at < board_area_place[BOARD_COUNTER].bytes; at += RECORD_BYTES) {
        uint32_t word[RECORD_WORDS];
        read_record(at, word);
        for (unsigned i = 0; i < RECORD_WORDS; i += 2)
            if (word[i] == ~word[i + 1] && word[i] > highest)
                highest = word[i];
        for (unsigned i = 0; i < RECORD_WORDS; i++)
            if (word[i] != ERASED)
                *end = at + RECORD_BYTES;
    }
    return highest;
}

uint32_t ut_counter_read(void)
{
    uint32_t end;
    return look(&end);
}

int ut_counter_raise(uint32_t to)
{
    uint32_t end;
    if (look(&end) >= to)
        return 0;
    if (end >= board_area_place[BOARD_COUNTER].bytes)
        return -1;
    uint8_t bytes[RECORD_BYTES];
    for (unsigned i = 0; i < RECORD_BYTES; i++)
        bytes[i] = (uint8_t)((i / 4 % 2 ? ~to : to) >> 8 * (i % 4));
    return board_flash_write(BOARD_COUNTER, end, bytes, sizeof bytes);
}
