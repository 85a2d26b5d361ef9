/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of the last two sectors of flash. A page needs a sector of its
 * own, since a sector is erased as a whole. The small sectors lie at the start, between the vectors and the rest of
 * the image; the last two cost 1 to 2 s an erasure instead of 0.3 s, and no image that is flashed comes near them. */
#include "boards/board.h"
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

static int bad(unsigned page, size_t at, size_t len)
{
    return page >= BOARD_STORE_PAGES || at > BOARD_STORE_PAGE_BYTES || len > BOARD_STORE_PAGE_BYTES - at ||
           (at | len) % 4 != 0;
}

static int wait_idle(uint32_t limit_us)
{
    uint32_t begin = board_time_us();
    while (ut_reg_read(FLASH_SR) & FLASH_SR_BSY)
        if (board_time_us() - begin > limit_us)
            return -1;
    return 0;
}

static uint32_t word_of(const uint8_t *byte)
{
    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
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
    uint8_t *byte = to;
    if (bad(page, at, len))
        return;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t word = ut_reg_read(address_of(page, at + i));
        for (int k = 0; k < 4; k++, word >>= 8)
            *byte++ = (uint8_t)word;
    }
}

int board_store_erase(unsigned page)
{
    if (bad(page, 0, 0) || unlock() != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(FLASH_CR, FLASH_CR_SER | FLASH_CR_SNB(FIRST_SECTOR + page) | FLASH_CR_PSIZE_32);
    ut_reg_set(FLASH_CR, FLASH_CR_STRT);
    ut_cpu_barrier();
    int result = finish(ERASE_US);
    forget_cache();
    board_watchdog_feed();
    for (size_t at = 0; at < BOARD_STORE_PAGE_BYTES && result == 0; at += 4)
        if (ut_reg_read(address_of(page, at)) != UINT32_MAX)
            result = -1;
    return result;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *byte = from;
    if (bad(page, at, len))
        return -1;
    for (size_t i = 0; i < len; i += 4) {
        if (unlock() != 0)
            return -1;
        ut_reg_write(FLASH_CR, FLASH_CR_PG | FLASH_CR_PSIZE_32);
        ut_reg_write(address_of(page, at + i), word_of(byte + i));
        ut_cpu_barrier();
        if (finish(WRITE_US) != 0)
            return -1;
    }
    forget_cache();
    for (size_t i = 0; i < len; i += 4)
        if (ut_reg_read(address_of(page, at + i)) != word_of(byte + i))
            return -1;
    return 0;
}
