/* SPDX-License-Identifier: Apache-2.0 */
/* A page of the non-volatile memory in flash that reads like memory, as board_store_* of boards/board.h asks for it:
 * what is the same whatever controller erases and writes it.
 *
 * in    page, place and length as board_store_* takes them; addresses in flash, multiples of 4
 * out   0, or -1 when the memory failed or does not hold what it should
 * Words are little-endian.
 */
#ifndef UT_BOARDS_CORTEXM_PAGE_H
#define UT_BOARDS_CORTEXM_PAGE_H

#include "boards/flash.h"

#include <stddef.h>
#include <stdint.h>

/* Nonzero: no such piece of a page. */
int ut_page_bad(unsigned page, size_t at, size_t len);

/* Nonzero: no such piece of an area of boards/flash.h. */
int ut_page_outside(enum board_area area, size_t at, size_t len);

uint32_t ut_page_word(const uint8_t *bytes);

void ut_page_read(uint32_t address, void *to, size_t len);

/* Whether a piece is erased, and whether it holds these bytes. */
int ut_page_check_erased(uint32_t address, uint32_t len);
int ut_page_check_holds(uint32_t address, const void *from, size_t len);

/* Waits until the bits of `mask` of a controller's register are `bits`. */
int ut_page_wait(uint32_t address, uint32_t mask, uint32_t bits, uint32_t limit_us);

#endif
