/* SPDX-License-Identifier: Apache-2.0 */
/* The pins of this board: what each is for, and its four lights. Ports and modes are those of registers.h. */
#ifndef UT_BOARDS_STM32F4_DISCOVERY_PINS_H
#define UT_BOARDS_STM32F4_DISCOVERY_PINS_H

#include <stdint.h>

enum ut_stm32_led { UT_STM32_GREEN = 12, UT_STM32_ORANGE = 13, UT_STM32_RED = 14, UT_STM32_BLUE = 15 };

/* mode: GPIO_INPUT, ...; alternate: number of the alternate function, 0 where the mode is another. */
void ut_stm32_pin(uint32_t port, uint32_t pin, uint32_t mode, uint32_t alternate);
/* An input that nobody drives rests high: an idle line, a controller that is not there and not ready. */
void ut_stm32_pull_up(uint32_t port, uint32_t pin);

void ut_stm32_light(enum ut_stm32_led led, int on);

#endif
