/* SPDX-License-Identifier: Apache-2.0 */
/* A factory page as a station writes it, made by other code than that which reads it. */
#ifndef UT_TESTS_FIRMWARE_BOOT_FACTORY_PAGE_H
#define UT_TESTS_FIRMWARE_BOOT_FACTORY_PAGE_H

#include <stdint.h>
#include <string.h>

enum { PAGE_IDENTITY_BYTES = 36 };

/* A bit at a time, the highest power first in the lowest bit. */
static inline uint32_t page_crc32(const uint8_t *data, unsigned len)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (unsigned bit = 0; bit < 8 * len; bit++) {
        uint32_t differs = (crc ^ (uint32_t)(data[bit / 8] >> bit % 8)) & 1;
        crc = crc >> 1 ^ differs * 0xEDB88320U;
    }
    return crc ^ 0xFFFFFFFFU;
}

static inline void page_put(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline void page_identity(uint8_t page[PAGE_IDENTITY_BYTES], const char board[4], const char *serial)
{
    memset(page, 0, PAGE_IDENTITY_BYTES);
    memcpy(page, "UTFP\1\0\x02\x01", 8); /* hardware 0x0102 */
    memcpy(page + 8, board, 4);
    page_put(page + 12, 1780000000U);
    memcpy(page + 16, serial, strlen(serial));
    page_put(page + 32, page_crc32(page, 32));
}

#endif
