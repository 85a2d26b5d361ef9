/* SPDX-License-Identifier: Apache-2.0 */
/* The flash of the STM32F407, under the store and under boards/flash.h: sectors of 16, 64 and 128 KB, words. The core
 * stands still while a sector is erased (at most 2 s) or a word is written (16 us).
 *
 * in    addresses and lengths, multiples of 4
 * out   0, or -1: the controller failed or did not finish in time, or the flash does not hold what it should
 */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_FLASH_H
#define UT_BOARDS_STM32F4_DISCOVERY_FLASH_H

#include <stddef.h>
#include <stdint.h>

/* A sector that begins at an address, of which the first `len` bytes are looked at afterwards. */
int ut_stm32_flash_erase(unsigned sector, uint32_t address, uint32_t len);
int ut_stm32_flash_write(uint32_t address, const void *from, size_t len);

/* What the chip reads at its next start (FLASH_OPTCR, without its lock and start bits). */
int ut_stm32_flash_options(uint32_t options);

#endif
