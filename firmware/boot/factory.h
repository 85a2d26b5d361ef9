/* SPDX-License-Identifier: Apache-2.0 */
/* What one headset is from the factory on: SPEC.md "Factory page".
 *
 * in    the area BOARD_FACTORY, from anywhere
 * out   serial number, hardware revision; what was measured when it was tested; whether its locks are to be set
 * The page is erased once, before the first start. The station writes who it is through the debug probe; the test image
 * (firmware/selftest) writes the seal, then the lock, each in words that were erased. Neither firmware nor bootloader
 * writes here. No key lies in the page: a headset holds public ones only.
 */
#ifndef UT_FIRMWARE_BOOT_FACTORY_H
#define UT_FIRMWARE_BOOT_FACTORY_H

#include <stdint.h>

enum { UT_FACTORY_SERIAL_BYTES = 16, UT_FACTORY_TRIM_MAX_DB = 6, UT_FACTORY_BYTES = 112 };

/* As control tells it, byte by byte. All zeros: nobody has provisioned this headset. */
struct ut_factory {
    char serial[UT_FACTORY_SERIAL_BYTES]; /* 1 to 16 of A-Z a-z 0-9 -, NUL-padded */
    uint8_t hardware[2];                  /* revision, low byte first */
    int8_t trim_db[2];                    /* added to the board's first and second input; 0 before the seal */
    uint8_t passed[2];                    /* tests, a bit each, low byte first; 0 before the seal */
    uint8_t locked;                       /* 1 = the bootloader sets the chip's locks */
    uint8_t there;                        /* 1 */
};

/* board: four characters as board_name; the page of another board is none. */
void ut_factory_read(struct ut_factory *f, const char board[4]);

/* The seal and the lock. 0, or -1: no page, written before, a trim out of range, or the memory failed. A lock without a
 * seal is refused. */
int ut_factory_seal(const char board[4], const int8_t trim_db[2], uint16_t passed);
int ut_factory_lock(const char board[4]);

#endif
