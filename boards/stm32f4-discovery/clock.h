/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of this board: 168 MHz from the crystal, or from the internal oscillator when the crystal does not start;
 * 16 MHz when no PLL locks. Then the links work and audio does not start.
 */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_CLOCK_H
#define UT_BOARDS_STM32F4_DISCOVERY_CLOCK_H

#include <stdint.h>

/* Of the APB1 peripherals; 0 before ut_stm32_clock_start. */
extern uint32_t ut_stm32_apb1_hz;
enum { UT_STM32_APB1_HZ = 42000000, UT_STM32_HSI_HZ = 16000000 };

void ut_stm32_clock_start(void);

/* For the vector table, NMI: the crystal stopped. The next start does without. */
void ut_stm32_clock_nmi(void);

#endif
