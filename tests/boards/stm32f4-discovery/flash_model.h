/* SPDX-License-Identifier: Apache-2.0 */
/* The STM32F407's flash as its interface lets a program see it: keys, lock, sectors, bits that only go from 1 to 0. */
#ifndef UT_TESTS_BOARDS_STM32F4_DISCOVERY_FLASH_MODEL_H
#define UT_TESTS_BOARDS_STM32F4_DISCOVERY_FLASH_MODEL_H

#include "boards/flash.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"

#include <string.h>

enum { FLASH_BYTES = 0x100000 };
#define FLASH_ADDRESS 0x08000000U

static struct {
    uint32_t words[FLASH_BYTES / 4];
    int keys, erased, foreign; /* sectors; operations that the interface does not allow */
    int stuck;                 /* busy for ever */
    uint32_t last_sector, weak_bit;
    int option_keys, programmed; /* option bytes, how often */
    uint32_t options;            /* as the chip keeps them */
} flash;

/* RM0090, table 5: four sectors of 16 KB, one of 64, seven of 128. */
static uint32_t sector_begin(uint32_t sector)
{
    return sector < 4 ? sector * 0x4000 : sector == 4 ? 0x10000 : (sector - 4) * 0x20000;
}

static uint32_t flash_read(uint32_t address, uint32_t held)
{
    if (address >= FLASH_ADDRESS && address < FLASH_ADDRESS + FLASH_BYTES)
        return flash.words[(address - FLASH_ADDRESS) / 4];
    if (address == TIM_CNT(TIM5))
        ut_model_hold(address, held + 1);
    return address == FLASH_SR && flash.stuck ? held | FLASH_SR_BSY : held;
}

static uint32_t flash_write(uint32_t address, uint32_t held, uint32_t value)
{
    (void)held;
    int locked = flash.keys != 2;
    if (address == FLASH_KEYR)
        flash.keys = value == FLASH_KEY1 ? 1 : flash.keys == 1 && value == FLASH_KEY2 ? 2 : 0;
    if (address == FLASH_KEYR && flash.keys == 2)
        ut_model_hold(FLASH_CR, 0);
    if (address == FLASH_SR)
        return 0;
    if (address == FLASH_CR) {
        if (value & FLASH_CR_LOCK)
            flash.keys = 0;
        else
            flash.foreign += locked;
        if (value & FLASH_CR_STRT && value & FLASH_CR_SER) {
            uint32_t sector = value >> 3 & 15, begin = sector_begin(sector), end = sector_begin(sector + 1);
            memset(&flash.words[begin / 4], 0xFF, end - begin);
            flash.words[begin / 4] &= ~flash.weak_bit;
            flash.last_sector = sector;
            flash.erased++;
        }
    }
    if (address == FLASH_OPTKEYR)
        flash.option_keys = value == FLASH_OPTKEY1 ? 1 : flash.option_keys == 1 && value == FLASH_OPTKEY2 ? 2 : 0;
    if (address == FLASH_OPTCR) {
        flash.foreign += flash.option_keys != 2;
        if (value & FLASH_OPTCR_OPTSTRT) {
            flash.options = value & ~(FLASH_OPTCR_OPTSTRT | FLASH_OPTCR_OPTLOCK);
            flash.programmed++;
        }
        if (value & FLASH_OPTCR_OPTLOCK)
            flash.option_keys = 0;
        return value & ~FLASH_OPTCR_OPTSTRT;
    }
    if (address < FLASH_ADDRESS || address >= FLASH_ADDRESS + FLASH_BYTES)
        return value;
    flash.foreign += locked || !(ut_model_held(FLASH_CR) & FLASH_CR_PG);
    flash.words[(address - FLASH_ADDRESS) / 4] &= value & ~flash.weak_bit;
    return 0;
}

static void flash_clear(void)
{
    ut_model_clear();
    memset(&flash, 0, sizeof flash);
    memset(flash.words, 0xFF, sizeof flash.words);
    flash.options = 0x0FFFAAEC; /* as a new chip has them */
    ut_model_hold(FLASH_OPTCR, flash.options | FLASH_OPTCR_OPTLOCK);
    ut_model_hold(FLASH_CR, FLASH_CR_LOCK);
    ut_model.read = flash_read;
    ut_model.write = flash_write;
}

#endif
