/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/mps2/flash.h"

#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/flash.h"

#include <string.h>

enum { REGION = 1, UNIT_BYTES = 4096, SLOT_BYTES = 0x40000 };
#define FLASH ((uint8_t *)0x21000000)
#define MEMORY_OF_CODE (1U << 17 | 23U << 1 | 1U) /* cached, 2^24 bytes, on; code may run there */
#define READ_ONLY (6U << 24 | MEMORY_OF_CODE)
#define WRITABLE (1U << 24 | MEMORY_OF_CODE)

struct mpu {
    volatile uint32_t type, ctrl, number, base, attributes;
};
#define MPU ((struct mpu *)0xE000ED90)

const struct board_area_place board_area_place[BOARD_AREAS] = {
    [BOARD_SLOT_A] = {0x10000, SLOT_BYTES, UNIT_BYTES},
    [BOARD_SLOT_B] = {0x50000, SLOT_BYTES, UNIT_BYTES},
    [BOARD_COUNTER] = {0x4000, UNIT_BYTES, UNIT_BYTES},
    [BOARD_FACTORY] = {0x5000, UNIT_BYTES, UNIT_BYTES},
};

static void set_region(uint32_t attributes)
{
    __asm__ volatile("dsb" ::: "memory");
    MPU->number = REGION;
    MPU->base = (uint32_t)(uintptr_t)FLASH;
    MPU->attributes = attributes;
    MPU->ctrl = 5; /* on; everything else as without it */
    __asm__ volatile("dsb\n isb" ::: "memory");
}

void ut_mps2_flash_protect(void)
{
    set_region(READ_ONLY);
}

static uint8_t *place(enum board_area area, size_t at)
{
    return FLASH + board_area_place[area].offset + at;
}

void board_flash_read(enum board_area area, size_t at, void *to, size_t len)
{
    if (!ut_page_outside(area, at, len))
        memcpy(to, place(area, at), len);
}

int board_flash_erase(enum board_area area, size_t at)
{
    if (ut_page_outside(area, at, UNIT_BYTES) || at % UNIT_BYTES != 0)
        return -1;
    board_watchdog_feed();
    set_region(WRITABLE);
    memset(place(area, at), 0xFF, UNIT_BYTES);
    set_region(READ_ONLY);
    return 0;
}

int board_flash_write(enum board_area area, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    if (ut_page_outside(area, at, len))
        return -1;
    board_watchdog_feed();
    set_region(WRITABLE);
    uint8_t *to = place(area, at);
    for (size_t i = 0; i < len; i++)
        to[i] &= bytes[i];
    set_region(READ_ONLY);
    return memcmp(to, bytes, len) == 0 ? 0 : -1;
}
