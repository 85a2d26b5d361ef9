/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of the last two sectors of flash. A page needs a sector of its
 * own, since a sector is erased as a whole. The small sectors lie at the start, between the vectors and the rest of
 * the image; the last two cost 1 to 2 s an erasure instead of 0.3 s, and no image that is flashed comes near them. */
#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    FIRST_SECTOR = 10,
    SECTOR_BYTES = 128 * 1024,
    ERASE_US = 2500000, /* ST: at most 2 s; the watchdog bites at 2.7 s or later */
    WRITE_US = 1000     /* ST: at most 100 us */
};
#define FIRST_ADDRESS 0x080C0000U

static uint32_t address_of(unsigned page, size_t at)
{
    return FIRST_ADDRESS + page * SECTOR_BYTES + (uint32_t)at;
}

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

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    if (!ut_page_bad(page, at, len))
        ut_page_read(address_of(page, at), to, len);
}

int board_store_erase(unsigned page)
{
    if (ut_page_bad(page, 0, 0) || unlock() != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(FLASH_CR, FLASH_CR_SER | FLASH_CR_SNB(FIRST_SECTOR + page) | FLASH_CR_PSIZE_32);
    ut_reg_set(FLASH_CR, FLASH_CR_STRT);
    ut_cpu_barrier();
    int result = finish(ERASE_US);
    forget_cache();
    board_watchdog_feed();
    return result == 0 ? ut_page_check_erased(address_of(page, 0)) : result;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *byte = from;
    if (ut_page_bad(page, at, len))
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        if (unlock() != 0)
            return -1;
        ut_reg_write(FLASH_CR, FLASH_CR_PG | FLASH_CR_PSIZE_32);
        ut_reg_write(address_of(page, at + i), ut_page_word(byte + i));
        ut_cpu_barrier();
        if (finish(WRITE_US) != 0)
            return -1;
    }
    forget_cache();
    return ut_page_check_holds(address_of(page, at), from, len);
}
