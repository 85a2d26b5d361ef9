/* SPDX-License-Identifier: Apache-2.0 */
/* Why a headset started again, in words, and where in its program it stood.
 *
 * in    a reset record (firmware/wire.h); the ELF of its firmware, where that is at hand
 * out   one line
 */
#ifndef UT_HOST_RESET_H
#define UT_HOST_RESET_H

#include "firmware/wire.h"
#include "host-tools/system/fault.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_RESET_TEXT = 600, UT_RESET_PLACE = 200 };

/* "pin", "asked for", "watchdog", "brown-out", "fault" */
const char *ut_reset_cause(int cause);

/* The function of a 32-bit ELF in which an address lies, "name+0x1c": 0; 1 = in none; -1 = these bytes are no such
 * ELF. */
int ut_reset_symbol(const uint8_t *elf, size_t size, uint32_t address, char place[UT_RESET_PLACE]);

/* Names the function of a 32-bit ELF's symbol table that an address lies in, as "ut_call_push+0x1c". 0, 1 when there is
 * none, or -1 and *fault when the file is no such ELF. */
int ut_reset_place(const char *elf, uint32_t address, char place[UT_RESET_PLACE], struct ut_fault *fault);

/* One line; elf = NULL or one that ut_reset_place can read: places as numbers, or named too, with file and line where
 * arm-none-eabi-addr2line is installed. */
void ut_reset_text(const struct ut_wire_reset *r, const char *elf, char text[UT_RESET_TEXT]);

#endif
