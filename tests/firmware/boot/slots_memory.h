/* SPDX-License-Identifier: Apache-2.0 */
/* Flash for what chooses and writes releases: three small areas, power cuts that tear words and units. */
#ifndef UT_TESTS_FIRMWARE_BOOT_SLOTS_MEMORY_H
#define UT_TESTS_FIRMWARE_BOOT_SLOTS_MEMORY_H

#include "boards/board.h"
#include "boards/flash.h"
#include "tests/firmware/boot/images.h"

#include <setjmp.h>

enum { SLOT_BYTES = 2048, UNIT_BYTES = 1024, COUNTER_BYTES = 256, FACTORY_BYTES = 1024 };

const struct board_area_place board_area_place[BOARD_AREAS] = {{0x10000, SLOT_BYTES, UNIT_BYTES},
                                                               {0x50000, SLOT_BYTES, UNIT_BYTES},
                                                               {0x4000, COUNTER_BYTES, COUNTER_BYTES},
                                                               {0x5000, FACTORY_BYTES, FACTORY_BYTES}};

static struct {
    uint8_t area[BOARD_AREAS][SLOT_BYTES];
    long ops, cut;  /* done; the one in which the power goes, 0 = none */
    int broken;     /* the memory takes nothing */
    unsigned feeds; /* of the watchdog */
    uint32_t random;
    jmp_buf off;
} memory;

static inline uint32_t draw(void)
{
    memory.random ^= memory.random << 13;
    memory.random ^= memory.random >> 17;
    memory.random ^= memory.random << 5;
    return memory.random;
}

static inline void memory_clear(uint32_t seed)
{
    memset(memory.area, 0xFF, sizeof memory.area);
    memory.ops = memory.cut = memory.broken = 0;
    memory.feeds = 0;
    memory.random = seed * 2654435761U + 1;
}

/* A word as a cut leaves it: old, erased, as it should be, or anything. */
static inline void tear(uint8_t *word, const uint8_t wanted[4])
{
    uint32_t any = draw(), how = draw() % 4;
    if (how == 0)
        return;
    for (int i = 0; i < 4; i++)
        word[i] = (uint8_t)(how == 1 ? 0xFFU : how == 2 ? wanted[i] : any >> 8 * i);
}

void board_watchdog_feed(void)
{
    memory.feeds++;
}

static inline int cut_now(void)
{
    return ++memory.ops == memory.cut;
}

void board_flash_read(enum board_area area, size_t at, void *to, size_t len)
{
    if (at % 4 == 0 && len % 4 == 0 && at + len <= board_area_place[area].bytes)
        memcpy(to, memory.area[area] + at, len);
}

int board_flash_erase(enum board_area area, size_t at)
{
    static const uint8_t erased[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    uint32_t unit = board_area_place[area].unit;
    if (at % unit != 0 || at >= board_area_place[area].bytes || memory.broken)
        return -1;
    uint8_t *bytes = memory.area[area] + at;
    if (cut_now()) {
        for (uint32_t i = 0; i < unit; i += 4)
            tear(bytes + i, erased);
        longjmp(memory.off, 1);
    }
    memset(bytes, 0xFF, unit);
    return 0;
}

int board_flash_write(enum board_area area, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    if (at % 4 != 0 || len % 4 != 0 || at + len > board_area_place[area].bytes || memory.broken)
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        uint8_t *word = memory.area[area] + at + i;
        if (cut_now()) {
            tear(word, bytes + i);
            longjmp(memory.off, 1);
        }
        for (int k = 0; k < 4; k++)
            word[k] &= bytes[i + (size_t)k];
    }
    return memcmp(memory.area[area] + at, from, len) == 0 ? 0 : -1;
}

/* The image into an erased slot, past power cuts. */
static inline void place_image(enum board_area slot, uint8_t version, uint32_t counter)
{
    uint8_t image[ROOM_BYTES];
    size_t len = make_image(image, slot, version, counter);
    memset(memory.area[slot], 0xFF, SLOT_BYTES);
    memcpy(memory.area[slot], image, len);
}

#endif
