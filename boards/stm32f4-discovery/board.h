/* SPDX-License-Identifier: Apache-2.0 */
/* What the sources of this board share, and its interrupt handlers. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_BOARD_H
#define UT_BOARDS_STM32F4_DISCOVERY_BOARD_H

#include <stdint.h>

enum ut_stm32_led { UT_STM32_GREEN = 12, UT_STM32_ORANGE = 13, UT_STM32_RED = 14, UT_STM32_BLUE = 15 };

/* Clock of the APB1 peripherals; 0 before board_init. Without a PLL (16 MHz from the internal oscillator) the links
 * work and audio does not start. */
extern uint32_t ut_stm32_apb1_hz;
enum { UT_STM32_APB1_HZ = 42000000, UT_STM32_HSI_HZ = 16000000 };

void ut_stm32_pin(uint32_t port, uint32_t pin, uint32_t mode, uint32_t alternate);
/* An input that nobody drives rests high: an idle line, a controller that is not there and not ready. */
void ut_stm32_pull_up(uint32_t port, uint32_t pin);

void ut_stm32_light(enum ut_stm32_led led, int on);

/* Both UARTs: 0, or negative when a baud rate is out of reach. */
int ut_stm32_link_open(void);

/* Looks at the button, every 10 ms; nonzero while the agent is muted. */
int ut_stm32_muted(void);

void ut_stm32_link_irq(void);
void ut_stm32_link_dma_irq(void);
void ut_stm32_hci_irq(void);
void ut_stm32_audio_irq(void);
void ut_stm32_clock_nmi(void);
void ut_stm32_tick(void);

#endif
