/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of each of the last two pages of flash, 4 KB apart. The core
 * stands still while a page is erased (85 ms) or a word is written (41 us). */
#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/nrf52840/registers.h"

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

static int wait_ready(uint32_t limit_us)
{
    return ut_page_wait(NVMC_READY, 1, 1, limit_us);
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    if (!ut_page_bad(page, at, len))
        ut_page_read(address_of(page, at), to, len);
}

int board_store_erase(unsigned page)
{
    if (ut_page_bad(page, 0, 0) || wait_ready(WRITE_US) != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_ERASE);
    ut_reg_write(NVMC_ERASEPAGE, address_of(page, 0));
    int result = wait_ready(ERASE_US);
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    return result == 0 ? ut_page_check_erased(address_of(page, 0)) : result;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    if (ut_page_bad(page, at, len) || wait_ready(WRITE_US) != 0)
        return -1;
    int result = 0;
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_WRITE);
    for (size_t i = 0; i < len && result == 0; i += 4) {
        ut_reg_write(address_of(page, at + i), ut_page_word(bytes + i));
        result = wait_ready(WRITE_US);
    }
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    return result == 0 ? ut_page_check_holds(address_of(page, at), from, len) : result;
}
