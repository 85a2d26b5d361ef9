/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/stm32f4-discovery/pins.h"

#include "boards/board.h"
#include "boards/stm32f4-discovery/registers.h"

const char board_name[4] = {'f', '4', '0', '7'};

void ut_stm32_pin(uint32_t port, uint32_t pin, uint32_t mode, uint32_t alternate)
{
    ut_reg_put(GPIO_AFR(port, pin), 15U << 4 * (pin % 8), alternate << 4 * (pin % 8));
    ut_reg_put(GPIO_MODER(port), 3U << 2 * pin, mode << 2 * pin);
}

void ut_stm32_pull_up(uint32_t port, uint32_t pin)
{
    ut_reg_put(GPIO_PUPDR(port), 3U << 2 * pin, 1U << 2 * pin);
}

void ut_stm32_light(enum ut_stm32_led led, int on)
{
    ut_reg_write(GPIO_BSRR(GPIOD), 1U << led << (on ? 0 : 16));
}
