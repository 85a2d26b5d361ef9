/* SPDX-License-Identifier: Apache-2.0 */
/* boards/flash.h's part for the bootloader of this board: the watchdog, a clock for the flash's limits, the jump. The
 * reset cause stays as it is, and the processor at the 16 MHz of its internal oscillator: two images take 2 s to
 * judge. */
#include "boards/board.h"
#include "boards/cortexm/crash.h"
#include "boards/cortexm/jump.h"
#include "boards/flash.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/flash.h"
#include "boards/stm32f4-discovery/registers.h"

#define FLASH_ADDRESS 0x08000000U

/* As the firmware starts it, and while it settles the judging goes on. */
void board_boot_begin(void)
{
    ut_reg_write(IWDG_KR, IWDG_KR_START);
    ut_reg_write(IWDG_KR, IWDG_KR_UNLOCK);
    ut_reg_write(IWDG_PR, IWDG_PR_128);
    ut_reg_write(IWDG_RLR, IWDG_RLR_4_S);
    board_watchdog_feed();
    ut_reg_set(RCC_APB1ENR, RCC_APB1_TIM5);
    ut_reg_write(TIM_PSC(TIM5), UT_STM32_HSI_HZ / 1000000 - 1);
    ut_reg_write(TIM_ARR(TIM5), UINT32_MAX);
    ut_reg_write(TIM_EGR(TIM5), TIM_EGR_UG);
    ut_reg_write(TIM_CR1(TIM5), TIM_CR1_CEN);
}

uint32_t board_time_us(void)
{
    return ut_reg_read(TIM_CNT(TIM5));
}

void board_watchdog_feed(void)
{
    ut_reg_write(IWDG_KR, IWDG_KR_RELOAD);
}

/* All in one word: brown-out at level 3, above what programming needs; bootloader and factory page for reading only;
 * the debug port closed to flash by read protection 1. It never goes back, since that would erase the chip, nor on to
 * level 2, from which nobody comes back. */
void board_boot_lock(void)
{
    const uint32_t now = ut_reg_read(FLASH_OPTCR) & ~(FLASH_OPTCR_OPTLOCK | FLASH_OPTCR_OPTSTRT);
    uint32_t wanted = now & ~(FLASH_OPTCR_BOR_LEV | FLASH_OPTCR_NWRP(0) | FLASH_OPTCR_NWRP(4));
    if ((now & FLASH_OPTCR_RDP) == FLASH_OPTCR_RDP_0)
        wanted = (wanted & ~FLASH_OPTCR_RDP) | FLASH_OPTCR_RDP_1;
    if (wanted != now)
        (void)ut_stm32_flash_options(wanted);
}

_Noreturn void board_boot_run(enum board_area slot, uint32_t entry)
{
    ut_reg_write(TIM_CR1(TIM5), 0);
    board_watchdog_feed();
    ut_cortexm_jump(FLASH_ADDRESS + board_area_place[slot].offset + entry);
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
