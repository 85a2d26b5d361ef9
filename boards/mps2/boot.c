/* SPDX-License-Identifier: Apache-2.0 */
/* boards/flash.h's part for the bootloader of the emulated machine. */
#include "boards/board.h"
#include "boards/cortexm/jump.h"
#include "boards/flash.h"
#include "boards/mps2/flash.h"
#include "boards/mps2/semihost.h"

#include <string.h>

enum { PERIOD_TICKS = 2 * 25000000, EXIT_NO_IMAGE = 73 };

struct watchdog {
    volatile uint32_t load, value, ctrl, clear;
};
#define WATCHDOG ((struct watchdog *)0x40008000)
#define FLASH_ADDRESS 0x21000000U

void board_boot_begin(void)
{
    ut_mps2_flash_protect();
    WATCHDOG->load = PERIOD_TICKS;
    WATCHDOG->ctrl = 3;
}

void board_watchdog_feed(void)
{
    WATCHDOG->clear = 1;
}

/* The firmware's --stack asks the bootloader too. */
static void report_stack(void)
{
    for (int i = 1; i < ut_mps2_argc; i++)
        if (memcmp(ut_mps2_argv[i], "--stack", 8) == 0) { /* strcmp is 800 bytes; the words lie in one long line */
            ut_semihost_print("boot_stack_bytes ");
            ut_semihost_print_number(ut_mps2_stack_used());
            ut_semihost_print(" of ");
            ut_semihost_print_number(ut_mps2_stack_size());
            ut_semihost_print("\n");
        }
}

/* The emulated machine has no debug port to close; its flash is a file. */
void board_boot_lock(void)
{
    ut_semihost_print("boot: locked\n");
}

_Noreturn void board_boot_run(enum board_area slot, uint32_t entry)
{
    report_stack();
    ut_cortexm_jump(FLASH_ADDRESS + board_area_place[slot].offset + entry);
}

/* Nobody can attach a probe here: the emulator ends. */
_Noreturn void board_boot_stay(void)
{
    ut_semihost_exit(EXIT_NO_IMAGE);
}

void board_boot_trace(const char *text)
{
    ut_semihost_print(text);
}
