/* SPDX-License-Identifier: Apache-2.0 */
/* Non-volatile memory of boards/board.h: the first 2 KB of the last two sectors of flash. A page needs a sector of its
 * own, since a sector is erased as a whole. The small sectors lie at the start, between the vectors and the rest of
 * the image; the last two cost 1 to 2 s an erasure instead of 0.3 s, and no image that is flashed comes near them. */
#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/stm32f4-discovery/flash.h"

enum { FIRST_SECTOR = 10, SECTOR_BYTES = 128 * 1024 };
#define FIRST_ADDRESS 0x080C0000U

static uint32_t address_of(unsigned page, size_t at)
{
    return FIRST_ADDRESS + page * SECTOR_BYTES + (uint32_t)at;
}

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    if (!ut_page_bad(page, at, len))
        ut_page_read(address_of(page, at), to, len);
}

int board_store_erase(unsigned page)
{
    return ut_page_bad(page, 0, 0)
               ? -1
               : ut_stm32_flash_erase(FIRST_SECTOR + page, address_of(page, 0), BOARD_STORE_PAGE_BYTES);
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    return ut_page_bad(page, at, len) ? -1 : ut_stm32_flash_write(address_of(page, at), from, len);
}
