/* SPDX-License-Identifier: Apache-2.0 */
/* The flash of the nRF52840, under the store and under boards/flash.h: pages of 4 KB, words. The core stands still
 * while a page is erased (85 ms) or a word is written (41 us).
 *
 * in    addresses and lengths, multiples of 4
 * out   0, or -1: the controller did not finish in time, or the flash does not hold what it should
 */
#ifndef UT_BOARDS_NRF52840_FLASH_H
#define UT_BOARDS_NRF52840_FLASH_H

#include <stddef.h>
#include <stdint.h>

enum { UT_NRF_FLASH_PAGE_BYTES = 4096 };

/* The page that begins at an address, of which the first `len` bytes are looked at afterwards. */
int ut_nrf_flash_erase(uint32_t address, uint32_t len);
int ut_nrf_flash_write(uint32_t address, const void *from, size_t len);

#endif
