/* SPDX-License-Identifier: Apache-2.0 */
/* The nRF52840's flash as its controller lets a program see it: modes, pages, bits that only go from 1 to 0. */
#ifndef UT_TESTS_BOARDS_NRF52840_FLASH_MODEL_H
#define UT_TESTS_BOARDS_NRF52840_FLASH_MODEL_H

#include "boards/flash.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"

#include <string.h>

enum { FLASH_BYTES = 0x100000, PAGE_BYTES = 4096 };

static struct {
    uint32_t words[FLASH_BYTES / 4];
    uint32_t now_us;
    int erased, foreign; /* pages; operations that the controller does not allow */
    int stuck;           /* never ready */
    uint32_t last_page, weak_bit;
    uint32_t uicr; /* APPROTECT */
    int unguarded; /* operations while the supply's comparator could warn */
} flash;

static uint32_t flash_read(uint32_t address, uint32_t held)
{
    if (address < FLASH_BYTES)
        return flash.words[address / 4];
    if (address == UICR_APPROTECT)
        return flash.uicr;
    return address == NVMC_READY ? !flash.stuck : held;
}

static uint32_t flash_write(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    uint32_t mode = ut_model_held(NVMC_CONFIG);
    if (address == TIMER1_TASKS_CAPTURE(0))
        ut_model_hold(TIMER1_CC(0), ++flash.now_us);
    if (address == NVMC_ERASEPAGE || address == UICR_APPROTECT || address < FLASH_BYTES)
        flash.unguarded += (ut_model_held(POWER_POFCON) & POWER_POFCON_ON) != 0;
    if (address == NVMC_ERASEPAGE) {
        flash.foreign += mode != NVMC_CONFIG_ERASE || value % PAGE_BYTES != 0 || value >= FLASH_BYTES;
        memset(&flash.words[value % FLASH_BYTES / 4], 0xFF, PAGE_BYTES);
        flash.words[value % FLASH_BYTES / 4] &= ~flash.weak_bit;
        flash.last_page = value;
        flash.erased++;
    }
    if (address == UICR_APPROTECT) {
        flash.foreign += mode != NVMC_CONFIG_WRITE;
        flash.uicr &= value;
    }
    if (address >= FLASH_BYTES)
        return value;
    flash.foreign += mode != NVMC_CONFIG_WRITE;
    flash.words[address / 4] &= value & ~flash.weak_bit;
    return 0;
}

static void flash_clear(void)
{
    ut_model_clear();
    memset(&flash, 0, sizeof flash);
    memset(flash.words, 0xFF, sizeof flash.words);
    flash.uicr = UINT32_MAX;
    ut_model.read = flash_read;
    ut_model.write = flash_write;
}

#endif
