/* SPDX-License-Identifier: Apache-2.0 */
/* boards/flash.h's part for the bootloader of a board with an nRF52840: the watchdog, a clock for the flash's limits,
 * the jump. The reset cause stays as it is, the cache off, the processor at the 64 MHz it starts with. */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/cortexm/jump.h"
#include "boards/flash.h"
#include "boards/nrf52840/flash.h"
#include "boards/nrf52840/registers.h"

/* ACL's regions, closed for writing until the next reset. */
enum { ACL_LOW, ACL_SLOT };

/* As the firmware starts it, but for the warning: a watchdog that runs keeps its period through the jump. */
void board_boot_begin(void)
{
    ut_reg_write(WDT_CRV, WDT_CRV_4_S);
    ut_reg_write(WDT_CONFIG, WDT_CONFIG_SLEEP_RUN);
    ut_reg_write(WDT_TASKS_START, 1);
    board_watchdog_feed();
    ut_reg_write(TIMER1_BITMODE, TIMER1_BITMODE_32);
    ut_reg_write(TIMER1_PRESCALER, TIMER1_PRESCALER_1_MHZ);
    ut_reg_write(TIMER1_TASKS_START, 1);
    ut_reg_write(POWER_POFCON, POWER_POFCON_2_0_V);
    ut_reg_write(APPROTECT_DISABLE, ut_reg_read(UICR_APPROTECT) & UICR_APPROTECT_PALL);
}

/* Only from 1 to 0: whatever a torn word became, or a tool that opened the chip wrote, this closes it. */
void board_boot_lock(void)
{
    static const uint8_t locked[4] = {0x00, 0xFF, 0xFF, 0xFF};
    if ((ut_reg_read(UICR_APPROTECT) & UICR_APPROTECT_PALL) != UICR_APPROTECT_LOCKED)
        (void)ut_nrf_flash_write(UICR_APPROTECT, locked, sizeof locked);
}

static void close_pages(unsigned region, uint32_t address, uint32_t bytes)
{
    ut_reg_write(ACL_ADDR(region), address);
    ut_reg_write(ACL_SIZE(region), bytes);
    ut_reg_write(ACL_PERM(region), ACL_PERM_NO_WRITE);
}

/* Bootloader, counter and factory page; the slot that runs but for its last page, where it says that it is kept. */
static void close_flash(const struct board_area_place *slot)
{
    const struct board_area_place *last = &board_area_place[BOARD_FACTORY];
    ut_reg_write(APPROTECT_FORCEPROTECT, 0);
    close_pages(ACL_LOW, 0, last->offset + last->bytes);
    close_pages(ACL_SLOT, slot->offset, slot->bytes - slot->unit);
}

uint32_t board_time_us(void)
{
    ut_reg_write(TIMER1_TASKS_CAPTURE(0), 1);
    return ut_reg_read(TIMER1_CC(0));
}

void board_watchdog_feed(void)
{
    ut_reg_write(WDT_RR0, WDT_RR_RELOAD);
}

_Noreturn void board_boot_run(enum board_area slot, uint32_t entry)
{
    if ((ut_reg_read(UICR_APPROTECT) & UICR_APPROTECT_PALL) == UICR_APPROTECT_LOCKED)
        close_flash(&board_area_place[slot]);
    ut_reg_write(TIMER1_TASKS_STOP, 1);
    ut_reg_write(TIMER1_TASKS_CLEAR, 1);
    board_watchdog_feed();
    ut_cortexm_jump(board_area_place[slot].offset + entry);
}

_Noreturn void board_boot_stay(void)
{
    for (;;)
        ut_cpu_sleep();
}

void board_boot_trace(const char *text)
{
    ut_trace(text);
}

_Noreturn void board_reset(void)
{
    ut_cortexm_reset();
}
