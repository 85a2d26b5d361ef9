/* SPDX-License-Identifier: Apache-2.0 */
/* The seam between a board's flash and what chooses and writes releases: firmware/boot.
 *
 * Areas are erased in units to 0xFF and written once in between; `at` and `len` are multiples of 4, and what lies
 * outside an area is refused. A power cut leaves a word under writing old, erased or anything, and a unit under
 * erasure anything. 0, or -1 when the memory failed or does not hold what it should. The memory may be the code's own:
 * the core stands still meanwhile. An operation feeds the watchdog.
 */
#ifndef UT_BOARDS_FLASH_H
#define UT_BOARDS_FLASH_H

#include <stddef.h>
#include <stdint.h>

enum board_area {
    BOARD_SLOT_A = 0,
    BOARD_SLOT_B = 1,
    BOARD_COUNTER = 2, /* the security counter's log */
    BOARD_FACTORY = 3, /* what one headset is: firmware/boot/factory.h */
    BOARD_AREAS = 4
};
enum { BOARD_SLOTS = 2 };

struct board_area_place {
    uint32_t offset; /* in the board's flash, as images name it */
    uint32_t bytes;
    uint32_t unit; /* bytes erased at once; divides `bytes` */
};
extern const struct board_area_place board_area_place[BOARD_AREAS];

void board_flash_read(enum board_area area, size_t at, void *to, size_t len);
int board_flash_erase(enum board_area area, size_t at); /* the unit that begins at `at` */
int board_flash_write(enum board_area area, size_t at, const void *from, size_t len);

/* For the bootloader's program only. begin: before anything else; the watchdog runs from here on, the cause of the
 * reset stays for the firmware to read; where the chip's own memory says that its debug port is open, it stays open.
 * lock: at each start of a headset whose factory page says so. Closes the debug port and what else the chip keeps
 * closed for good, from the next start on; ends what a power cut left half done; writes nothing when all is done.
 * run: jumps into the image of a slot, `entry` bytes behind its beginning, where its vectors lie; where locks are set,
 * what can be closed until the next reset is before. stay: there is nothing to run; waits for a debug probe, restarting
 * by the watchdog. trace: a line for whoever debugs. */
void board_boot_begin(void);
void board_boot_lock(void);
_Noreturn void board_boot_run(enum board_area slot, uint32_t entry);
_Noreturn void board_boot_stay(void);
void board_boot_trace(const char *text);

#endif
