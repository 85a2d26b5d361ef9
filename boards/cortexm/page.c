/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/cortexm/page.h"

#include "boards/board.h"
#include "boards/registers.h"

int ut_page_bad(unsigned page, size_t at, size_t len)
{
    return page >= BOARD_STORE_PAGES || at > BOARD_STORE_PAGE_BYTES || len > BOARD_STORE_PAGE_BYTES - at ||
           (at | len) % 4 != 0;
}

int ut_page_outside(enum board_area area, size_t at, size_t len)
{
    uint32_t bytes = board_area_place[area].bytes;
    return at > bytes || len > bytes - at || (at | len) % 4 != 0;
}

uint32_t ut_page_word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

void ut_page_read(uint32_t address, void *to, size_t len)
{
    uint8_t *byte = to;
    for (uint32_t i = 0; i < len; i += 4) {
        uint32_t word = ut_reg_read(address + i);
        for (int k = 0; k < 4; k++, word >>= 8)
            *byte++ = (uint8_t)word;
    }
}

int ut_page_check_erased(uint32_t address, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += 4)
        if (ut_reg_read(address + i) != UINT32_MAX)
            return -1;
    return 0;
}

int ut_page_check_holds(uint32_t address, const void *from, size_t len)
{
    const uint8_t *bytes = from;
    for (uint32_t i = 0; i < len; i += 4)
        if (ut_reg_read(address + i) != ut_page_word(bytes + i))
            return -1;
    return 0;
}

int ut_page_wait(uint32_t address, uint32_t mask, uint32_t bits, uint32_t limit_us)
{
    uint32_t begin = board_time_us();
    while ((ut_reg_read(address) & mask) != bits)
        if (board_time_us() - begin > limit_us)
            return -1;
    return 0;
}
