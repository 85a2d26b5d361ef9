/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's flash for releases: boards/flash.h in the PSRAM at 0x21000000, which the emulator keeps in a file
 * (README.md beside this file). The MPU makes a stray write to it a fault. */
#ifndef UT_BOARDS_MPS2_FLASH_H
#define UT_BOARDS_MPS2_FLASH_H

/* After whatever else the MPU guards, before anything is written. */
void ut_mps2_flash_protect(void);

#endif
