/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/flash.h"

#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/flash.h"
#include "boards/nrf52840/registers.h"

enum {
    SLOT_BYTES = 0x40000,
    ERASE_US = 500000, /* Nordic: 85 ms */
    WRITE_US = 1000    /* Nordic: 41 us */
};

const struct board_area_place board_area_place[BOARD_AREAS] = {
    [BOARD_SLOT_A] = {0x10000, SLOT_BYTES, UT_NRF_FLASH_PAGE_BYTES},
    [BOARD_SLOT_B] = {0x50000, SLOT_BYTES, UT_NRF_FLASH_PAGE_BYTES},
    [BOARD_COUNTER] = {0x4000, UT_NRF_FLASH_PAGE_BYTES, UT_NRF_FLASH_PAGE_BYTES},
};

static int wait_ready(uint32_t limit_us)
{
    return ut_page_wait(NVMC_READY, 1, 1, limit_us);
}

int ut_nrf_flash_erase(uint32_t address, uint32_t len)
{
    if (wait_ready(WRITE_US) != 0)
        return -1;
    board_watchdog_feed();
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_ERASE);
    ut_reg_write(NVMC_ERASEPAGE, address);
    int result = wait_ready(ERASE_US);
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    return result == 0 ? ut_page_check_erased(address, len) : result;
}

int ut_nrf_flash_write(uint32_t address, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    if (wait_ready(WRITE_US) != 0)
        return -1;
    int result = 0;
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_WRITE);
    for (uint32_t i = 0; i < len && result == 0; i += 4) {
        ut_reg_write(address + i, ut_page_word(bytes + i));
        result = wait_ready(WRITE_US);
    }
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    return result == 0 ? ut_page_check_holds(address, from, len) : result;
}

void board_flash_read(enum board_area area, size_t at, void *to, size_t len)
{
    if (!ut_page_outside(area, at, len))
        ut_page_read(board_area_place[area].offset + (uint32_t)at, to, len);
}

int board_flash_erase(enum board_area area, size_t at)
{
    if (ut_page_outside(area, at, UT_NRF_FLASH_PAGE_BYTES) || at % UT_NRF_FLASH_PAGE_BYTES != 0)
        return -1;
    return ut_nrf_flash_erase(board_area_place[area].offset + (uint32_t)at, UT_NRF_FLASH_PAGE_BYTES);
}

int board_flash_write(enum board_area area, size_t at, const void *from, size_t len)
{
    if (ut_page_outside(area, at, len))
        return -1;
    board_watchdog_feed();
    return ut_nrf_flash_write(board_area_place[area].offset + (uint32_t)at, from, len);
}
