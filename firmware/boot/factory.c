/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/boot/factory.h"

#include "boards/flash.h"

#include <string.h>

/* Two blocks, each with the CRC-32 of what is before it, and the lock. */
enum {
    VERSION = 1,
    BOARD = 8,
    HARDWARE = 6,
    SERIAL = 16,
    IDENTITY_BYTES = 36,
    SEAL_AT = 64,
    TRIM = 4,
    PASSED = 6,
    SEAL_BYTES = 12,
    LOCK_AT = 96,
    CRC_BYTES = 4
};
#define IDENTITY_MAGIC 0x50465455U /* "UTFP" */
#define SEAL_MAGIC 0x53465455U     /* "UTFS" */
#define LOCK 0x4C465455U           /* "UTFL" */
#define ERASED UINT32_MAX

static uint32_t word(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put_word(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t crc32(const uint8_t *data, size_t len)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

static int is_whole(const uint8_t *block, uint32_t magic, size_t bytes)
{
    return word(block) == magic && word(block + bytes - CRC_BYTES) == crc32(block, bytes - CRC_BYTES);
}

static int is_serial_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

/* Text, then NULs to the end. */
static int is_serial(const char *serial)
{
    unsigned n = 0;
    while (n < UT_FACTORY_SERIAL_BYTES && is_serial_character(serial[n]))
        n++;
    for (unsigned i = n; i < UT_FACTORY_SERIAL_BYTES; i++)
        if (serial[i] != '\0')
            return 0;
    return n > 0;
}

static int is_trim(int8_t db)
{
    return db >= -UT_FACTORY_TRIM_MAX_DB && db <= UT_FACTORY_TRIM_MAX_DB;
}

void ut_factory_read(struct ut_factory *f, const char board[4])
{
    uint8_t page[UT_FACTORY_BYTES] = {0};
    memset(f, 0, sizeof *f);
    board_flash_read(BOARD_FACTORY, 0, page, sizeof page);
    if (!is_whole(page, IDENTITY_MAGIC, IDENTITY_BYTES) || page[4] != VERSION || memcmp(page + BOARD, board, 4) != 0 ||
        !is_serial((const char *)page + SERIAL))
        return;
    memcpy(f->serial, page + SERIAL, sizeof f->serial);
    memcpy(f->hardware, page + HARDWARE, sizeof f->hardware);
    f->there = 1;
    f->locked = word(page + LOCK_AT) != ERASED; /* a torn word is a lock that was asked for */
    const uint8_t *seal = page + SEAL_AT;
    if (is_whole(seal, SEAL_MAGIC, SEAL_BYTES) && is_trim((int8_t)seal[TRIM]) && is_trim((int8_t)seal[TRIM + 1])) {
        memcpy(f->trim_db, seal + TRIM, sizeof f->trim_db);
        memcpy(f->passed, seal + PASSED, sizeof f->passed);
    }
}

static int is_erased(uint32_t at, size_t bytes)
{
    uint8_t there[SEAL_BYTES] = {0};
    board_flash_read(BOARD_FACTORY, at, there, bytes);
    for (size_t i = 0; i < bytes; i++)
        if (there[i] != 0xFF)
            return 0;
    return 1;
}

int ut_factory_seal(const char board[4], const int8_t trim_db[2], uint16_t passed)
{
    struct ut_factory f;
    uint8_t seal[SEAL_BYTES];
    ut_factory_read(&f, board);
    if (!f.there || f.locked || !is_trim(trim_db[0]) || !is_trim(trim_db[1]) || !is_erased(SEAL_AT, sizeof seal))
        return -1;
    put_word(seal, SEAL_MAGIC);
    memcpy(seal + TRIM, trim_db, 2);
    seal[PASSED] = (uint8_t)passed;
    seal[PASSED + 1] = (uint8_t)(passed >> 8);
    put_word(seal + SEAL_BYTES - CRC_BYTES, crc32(seal, SEAL_BYTES - CRC_BYTES));
    return board_flash_write(BOARD_FACTORY, SEAL_AT, seal, sizeof seal);
}

int ut_factory_lock(const char board[4])
{
    struct ut_factory f;
    uint8_t lock[4], seal[SEAL_BYTES] = {0};
    ut_factory_read(&f, board);
    board_flash_read(BOARD_FACTORY, SEAL_AT, seal, sizeof seal);
    if (!f.there || f.locked || !is_whole(seal, SEAL_MAGIC, sizeof seal)) /* a torn seal has lost the trims */
        return -1;
    put_word(lock, LOCK);
    return board_flash_write(BOARD_FACTORY, LOCK_AT, lock, sizeof lock);
}
