/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/flash.h"

#include "boards/board.h"
#include "boards/cortexm/page.h"
#include "boards/flash.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/sdc/radio.h"

enum {
    SLOT_BYTES = 0x40000,
    ERASE_US = 500000, /* Nordic: 85 ms */
    WRITE_US = 1000,   /* Nordic: 41 us */
    /* While the radio rests: the core stands still, and must not when the radio is due. */
    REST_ERASE_US = 90000,
    REST_WORD_US = 45,
    REST_MORE_US = 200
};

int ut_nrf_radio_rest(void (*work)(void *ctx), void *ctx, uint32_t us) __attribute__((weak)); /* only with RADIO=sdc */

const struct board_area_place board_area_place[BOARD_AREAS] = {
    [BOARD_SLOT_A] = {0x10000, SLOT_BYTES, UT_NRF_FLASH_PAGE_BYTES},
    [BOARD_SLOT_B] = {0x50000, SLOT_BYTES, UT_NRF_FLASH_PAGE_BYTES},
    [BOARD_COUNTER] = {0x4000, UT_NRF_FLASH_PAGE_BYTES, UT_NRF_FLASH_PAGE_BYTES},
    [BOARD_FACTORY] = {0x5000, UT_NRF_FLASH_PAGE_BYTES, UT_NRF_FLASH_PAGE_BYTES},
};

static int wait_ready(uint32_t limit_us)
{
    return ut_page_wait(NVMC_READY, 1, 1, limit_us);
}

/* The controller in a mode, while the supply is high enough: a warning during an operation may spoil it (erratum 242),
 * so the comparator stands still meanwhile. A warning before refuses this operation; should the supply still be low,
 * the comparator warns again. */
static int begin(uint32_t mode)
{
    if (wait_ready(WRITE_US) != 0)
        return -1;
    uint32_t comparator = ut_reg_read(POWER_POFCON);
    ut_reg_write(POWER_POFCON, comparator & ~POWER_POFCON_ON);
    if (ut_reg_read(POWER_EVENTS_POFWARN) != 0) {
        ut_reg_write(POWER_EVENTS_POFWARN, 0);
        ut_reg_write(POWER_POFCON, comparator);
        return -1;
    }
    ut_reg_write(NVMC_CONFIG, mode);
    return 0;
}

static void end(void)
{
    ut_reg_write(NVMC_CONFIG, NVMC_CONFIG_READ);
    if (ut_reg_read(POWER_POFCON) != 0) /* the bootloader set it: without one, nobody */
        ut_reg_set(POWER_POFCON, POWER_POFCON_ON);
}

struct job {
    uint32_t address;
    const uint8_t *bytes;
    size_t len;
    int result;
};

static void erase(void *ctx)
{
    struct job *job = ctx;
    if (begin(NVMC_CONFIG_ERASE) != 0)
        return;
    board_watchdog_feed();
    ut_reg_write(NVMC_ERASEPAGE, job->address);
    job->result = wait_ready(ERASE_US);
    end();
}

static void write(void *ctx)
{
    struct job *job = ctx;
    if (begin(NVMC_CONFIG_WRITE) != 0)
        return;
    job->result = 0;
    for (uint32_t i = 0; i < job->len && job->result == 0; i += 4) {
        ut_reg_write(job->address + i, ut_page_word(job->bytes + i));
        job->result = wait_ready(WRITE_US);
    }
    end();
}

static int done(void (*work)(void *ctx), struct job *job, uint32_t us)
{
    if (ut_nrf_radio_rest == NULL)
        work(job);
    else if (ut_nrf_radio_rest(work, job, us) != 0)
        return -1;
    return job->result;
}

int ut_nrf_flash_erase(uint32_t address, uint32_t len)
{
    struct job job = {.address = address, .result = -1};
    int result = done(erase, &job, REST_ERASE_US);
    return result == 0 ? ut_page_check_erased(address, len) : result;
}

int ut_nrf_flash_write(uint32_t address, const void *from, size_t len)
{
    struct job job = {.address = address, .bytes = from, .len = len, .result = -1};
    int result = done(write, &job, REST_MORE_US + REST_WORD_US * (uint32_t)(len / 4));
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
