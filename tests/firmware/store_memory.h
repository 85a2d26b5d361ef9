/* SPDX-License-Identifier: Apache-2.0 */
/* A non-volatile memory for tests that is never cut off: board_store_* in RAM, empty at first. */
#ifndef UT_TESTS_STORE_MEMORY_H
#define UT_TESTS_STORE_MEMORY_H

#include "boards/board.h"

#include <string.h>

static uint8_t store_memory[BOARD_STORE_PAGES][BOARD_STORE_PAGE_BYTES];
static int store_memory_broken, store_memory_erasures;

void board_store_read(unsigned page, size_t at, void *to, size_t len)
{
    memcpy(to, store_memory[page] + at, len);
}

int board_store_erase(unsigned page)
{
    memset(store_memory[page], 0xFF, BOARD_STORE_PAGE_BYTES);
    store_memory_erasures++;
    return store_memory_broken ? -1 : 0;
}

int board_store_write(unsigned page, size_t at, const void *from, size_t len)
{
    if (store_memory_broken)
        return -1;
    memcpy(store_memory[page] + at, from, len);
    return 0;
}

#endif
