/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/stm32f4-discovery/clock.h"

#include "boards/cortexm/crash.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    /* Reads before a wait gives up: 0.1 s and more at 16 MHz, where a read takes 5 cycles or more. ST gives 2 ms for
     * the crystal, 0.3 ms for a PLL. */
    READY_TRIES = 400000,
    PLL_M_HSE = 8, /* both sources to 1 MHz */
    PLL_M_HSI = 16,
    PLL_N = 336,
    PLL_Q = 7 /* 48 MHz for the random numbers */
};

uint32_t ut_stm32_apb1_hz;

void ut_stm32_clock_start(void)
{
    ut_stm32_apb1_hz = UT_STM32_HSI_HZ;
    ut_reg_set(RCC_CR, RCC_CR_HSEON);
    int crystal = ut_reg_wait(RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY, READY_TRIES) == 0;
    if (!crystal)
        ut_reg_clear(RCC_CR, RCC_CR_HSEON);
    ut_reg_write(RCC_PLLCFGR, (crystal ? RCC_PLLCFGR_PLLSRC | PLL_M_HSE : PLL_M_HSI) | PLL_N << 6 | PLL_Q << 24);
    ut_reg_set(RCC_CR, RCC_CR_PLLON);
    if (ut_reg_wait(RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, READY_TRIES) != 0)
        return;
    ut_reg_write(FLASH_ACR, FLASH_ACR_LATENCY_5WS | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN);
    ut_reg_put(RCC_CFGR, RCC_CFGR_PPRE1 | RCC_CFGR_PPRE2, RCC_CFGR_PPRE1_4 | RCC_CFGR_PPRE2_2);
    ut_reg_put(RCC_CFGR, RCC_CFGR_SW, RCC_CFGR_SW_PLL);
    if (ut_reg_wait(RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL, READY_TRIES) != 0) {
        ut_reg_clear(RCC_CFGR, RCC_CFGR_SW | RCC_CFGR_PPRE1 | RCC_CFGR_PPRE2);
        return;
    }
    if (crystal)
        ut_reg_set(RCC_CR, RCC_CR_CSSON); /* a crystal that stops later: NMI, and the next start does without */
    ut_stm32_apb1_hz = UT_STM32_APB1_HZ;
}

void ut_stm32_clock_nmi(void)
{
    ut_reg_set(RCC_CIR, RCC_CIR_CSSC);
    ut_cortexm_reset();
}
