/* SPDX-License-Identifier: Apache-2.0 */
/* boards/flash.h's part for the bootloader of a board with an nRF52840: the watchdog, a clock for the flash's limits,
 * the jump. The reset cause stays as it is, the cache off, the processor at the 64 MHz it starts with. */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/cortexm/jump.h"
#include "boards/flash.h"
#include "boards/nrf52840/registers.h"

/* As the firmware starts it, but for the warning: a watchdog that runs keeps its period through the jump. */
void board_boot_begin(void)
{
    ut_reg_write(WDT_CRV, WDT_CRV_4_S);
    ut_reg_write(WDT_CONFIG, WDT_CONFIG_SLEEP_RUN);
    ut_reg_write(WDT_TASKS_START, 1);
    board_watchdog_feed();
    ut_reg_write(TIMER0_BITMODE, TIMER0_BITMODE_32);
    ut_reg_write(TIMER0_PRESCALER, TIMER0_PRESCALER_1_MHZ);
    ut_reg_write(TIMER0_TASKS_START, 1);
}

uint32_t board_time_us(void)
{
    ut_reg_write(TIMER0_TASKS_CAPTURE(0), 1);
    return ut_reg_read(TIMER0_CC(0));
}

void board_watchdog_feed(void)
{
    ut_reg_write(WDT_RR0, WDT_RR_RELOAD);
}

_Noreturn void board_boot_run(enum board_area slot, uint32_t entry)
{
    ut_reg_write(TIMER0_TASKS_STOP, 1);
    ut_reg_write(TIMER0_TASKS_CLEAR, 1);
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
