/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of each of the last two pages of flash, 4 KB apart. The core
 * stands still while a page is erased (85 ms) or a word is written (41 us). */
#include "boards/board.h"
#include "boards/nrf52840-dk/registers.h"

enum {
    FIRST_ADDRESS = 0xFE000,
    PAGE_BYTES = 4096,
    ERASE_US = 500000, /* Nordic: 85 ms */
    WRITE_US = 1000    /* Nordic: 41 us */
};

static uint32_t address_of(unsigned page, size_t at)
{
    return FIRST_ADDRESS + page * PAGE_BYTES + (uint32_t)at;
}

static int bad(unsigned page, size_t at, size_t len)
{
    return page >= BOARD_STORE_PAGES || at > BOARD_STORE_PAGE_BYTES || len > BOARD_STORE_PAGE_BYTES - at ||
           (at | len) % 4 != 0;
}

static int wait_ready(uint32_t limit_us)
{
    uint32_t begin = board_time_us();
    while (!(ut_reg_read(NVMC_READY) & 1))
        if (board_time_us() - begin > limit_us)
            return -1;
    return 0;
}

static uint32_t word_of(const uint8_t *byte)
{
    return byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 | (uint32_t)byte[3] << 24;
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
    if (bad(page, 0, 0) || wait_ready(WRITE_US) != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_ERASE);
    ut_reg_write(NVMC_ERASEPAGE, address_of(page, 0));
    int result = wait_ready(ERASE_US);
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    for (size_t at = 0; at < BOARD_STORE_PAGE_BYTES && result == 0; at += 4)
        if (ut_reg_read(address_of(page, at)) != UINT32_MAX)
            result = -1;
    return result;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    if (bad(page, at, len) || wait_ready(WRITE_US) != 0)
        return -1;
    int result = 0;
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_WRITE);
    for (size_t i = 0; i < len && result == 0; i += 4) {
        ut_reg_write(address_of(page, at + i), word_of(bytes + i));
        result = wait_ready(WRITE_US);
    }
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    for (size_t i = 0; i < len && result == 0; i += 4)
        if (ut_reg_read(address_of(page, at + i)) != word_of(bytes + i))
            result = -1;
    return result;
}
