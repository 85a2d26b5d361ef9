/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/stm32f4-discovery/flash.h"

#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/flash.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    SLOT_BYTES = 0x40000,
    LARGE_BYTES = 0x20000, /* sectors 5 to 11; 0 to 3 have 16 KB */
    SMALL_BYTES = 0x4000,
    MIDDLE_BYTES = 0x10000, /* sector 4, the only one that begins where as many of its own size would */
    FIRST_LARGE = 5,
    ERASE_US = 2500000, /* ST: at most 2 s; the watchdog bites at 2.7 s or later */
    WRITE_US = 1000     /* ST: at most 100 us */
};
#define FLASH_ADDRESS 0x08000000U

const struct board_area_place board_area_place[BOARD_AREAS] = {
    [BOARD_SLOT_A] = {0x20000, SLOT_BYTES, LARGE_BYTES},     /* sectors 5 and 6 */
    [BOARD_SLOT_B] = {0x60000, SLOT_BYTES, LARGE_BYTES},     /* 7 and 8 */
    [BOARD_COUNTER] = {0xC000, SMALL_BYTES, SMALL_BYTES},    /* 3 */
    [BOARD_FACTORY] = {0x10000, MIDDLE_BYTES, MIDDLE_BYTES}, /* 4 */
};

static int wait_idle(uint32_t limit_us)
{
    return ut_page_wait(FLASH_SR, FLASH_SR_BSY, 0, limit_us);
}

static int unlock(void)
{
    if (wait_idle(WRITE_US) != 0)
        return -1;
    if (ut_reg_read(FLASH_CR) & FLASH_CR_LOCK) {
        ut_reg_write(FLASH_KEYR, FLASH_KEY1);
        ut_reg_write(FLASH_KEYR, FLASH_KEY2);
    }
    ut_reg_write(FLASH_SR, FLASH_SR_ERRORS);
    return ut_reg_read(FLASH_CR) & FLASH_CR_LOCK ? -1 : 0;
}

/* Waits for the operation begun; locks. */
static int finish(uint32_t limit_us)
{
    int failed = wait_idle(limit_us) != 0 || (ut_reg_read(FLASH_SR) & FLASH_SR_ERRORS) != 0;
    ut_reg_write(FLASH_CR, FLASH_CR_LOCK);
    return failed ? -1 : 0;
}

/* The data cache may hold what was there before. */
static void forget_cache(void)
{
    uint32_t acr = ut_reg_read(FLASH_ACR);
    ut_reg_write(FLASH_ACR, acr & ~FLASH_ACR_DCEN);
    ut_reg_write(FLASH_ACR, (acr & ~FLASH_ACR_DCEN) | FLASH_ACR_DCRST);
    ut_reg_write(FLASH_ACR, acr);
}

int ut_stm32_flash_erase(unsigned sector, uint32_t address, uint32_t len)
{
    if (unlock() != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(FLASH_CR, FLASH_CR_SER | FLASH_CR_SNB(sector) | FLASH_CR_PSIZE_32);
    ut_reg_set(FLASH_CR, FLASH_CR_STRT);
    ut_cpu_barrier();
    int result = finish(ERASE_US);
    forget_cache();
    board_watchdog_feed();
    return result == 0 ? ut_page_check_erased(address, len) : result;
}

int ut_stm32_flash_write(uint32_t address, const void *from, size_t len)
{
    const uint8_t *byte = from;
    for (uint32_t i = 0; i < len; i += 4) {
        if (unlock() != 0)
            return -1;
        ut_reg_write(FLASH_CR, FLASH_CR_PG | FLASH_CR_PSIZE_32);
        ut_reg_write(address + i, ut_page_word(byte + i));
        ut_cpu_barrier();
        if (finish(WRITE_US) != 0)
            return -1;
    }
    forget_cache();
    return ut_page_check_holds(address, from, len);
}

int ut_stm32_flash_options(uint32_t options)
{
    if (wait_idle(WRITE_US) != 0)
        return -1;
    ut_reg_write(FLASH_SR, FLASH_SR_ERRORS);
    ut_reg_write(FLASH_OPTKEYR, FLASH_OPTKEY1);
    ut_reg_write(FLASH_OPTKEYR, FLASH_OPTKEY2);
    ut_reg_write(FLASH_OPTCR, options);
    ut_reg_write(FLASH_OPTCR, options | FLASH_OPTCR_OPTSTRT);
    ut_cpu_barrier();
    int failed = wait_idle(ERASE_US) != 0 || (ut_reg_read(FLASH_SR) & FLASH_SR_ERRORS) != 0;
    ut_reg_set(FLASH_OPTCR, FLASH_OPTCR_OPTLOCK);
    return failed ? -1 : 0;
}

void board_flash_read(enum board_area area, size_t at, void *to, size_t len)
{
    if (!ut_page_outside(area, at, len))
        ut_page_read(FLASH_ADDRESS + board_area_place[area].offset + (uint32_t)at, to, len);
}

int board_flash_erase(enum board_area area, size_t at)
{
    uint32_t unit = board_area_place[area].unit, offset = board_area_place[area].offset + (uint32_t)at;
    if (ut_page_outside(area, at, unit) || at % unit != 0)
        return -1;
    unsigned sector = unit == SMALL_BYTES ? offset / SMALL_BYTES : FIRST_LARGE - 1 + offset / LARGE_BYTES;
    return ut_stm32_flash_erase(sector, FLASH_ADDRESS + offset, unit);
}

int board_flash_write(enum board_area area, size_t at, const void *from, size_t len)
{
    if (ut_page_outside(area, at, len))
        return -1;
    board_watchdog_feed();
    return ut_stm32_flash_write(FLASH_ADDRESS + board_area_place[area].offset + (uint32_t)at, from, len);
}
