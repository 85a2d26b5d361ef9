/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of each of the last two pages of flash, 4 KB apart. */
#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/nrf52840/flash.h"

enum { FIRST_ADDRESS = 0xFE000 };

static uint32_t address_of(unsigned page, size_t at)
{
    return FIRST_ADDRESS + page * UT_NRF_FLASH_PAGE_BYTES + (uint32_t)at;
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    if (!ut_page_bad(page, at, len))
        ut_page_read(address_of(page, at), to, len);
}

int board_store_erase(unsigned page)
{
    return ut_page_bad(page, 0, 0) ? -1 : ut_nrf_flash_erase(address_of(page, 0), BOARD_STORE_PAGE_BYTES);
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    return ut_page_bad(page, at, len) ? -1 : ut_nrf_flash_write(address_of(page, at), from, len);
}
