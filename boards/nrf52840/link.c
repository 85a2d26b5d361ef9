/* SPDX-License-Identifier: Apache-2.0 */
/* The link: UARTE0. */
#include "boards/nrf52840/link.h"

#include "boards/board.h"
#include "boards/nrf52840/pins.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/uart.h"

enum { PRIORITY_LINK = 0x40 };

static volatile uint8_t tx[UT_NRF_UART_RING_BYTES], rx[UT_NRF_UART_RING_BYTES];
static struct ut_nrf_uart link = {.base = UARTE0, .tx = UT_BYTE_RING(tx), .rx = UT_BYTE_RING(rx)};

void ut_nrf_link_irq(void)
{
    ut_nrf_uart_irq(&link);
}

void ut_nrf_link_open(void)
{
    ut_nrf_output_high(ut_nrf_pins.link_tx);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.link_rx), GPIO_INPUT_PULL_UP);
    ut_reg_write(UARTE_PSEL_TXD(UARTE0), ut_nrf_pins.link_tx);
    ut_reg_write(UARTE_PSEL_RXD(UARTE0), ut_nrf_pins.link_rx);
    ut_reg_write(UARTE_PSEL_RTS(UARTE0), UARTE_PSEL_NONE);
    ut_reg_write(UARTE_PSEL_CTS(UARTE0), UARTE_PSEL_NONE);
    ut_nrf_uart_open(&link, UARTE_BAUDRATE_115200, 0);
    ut_irq_on(IRQ_UARTE0, PRIORITY_LINK);
}

size_t board_link_write(const uint8_t *data, size_t len)
{
    return ut_nrf_uart_write(&link, data, len);
}

size_t board_link_read(uint8_t *data, size_t len)
{
    return ut_nrf_uart_read(&link, data, len);
}

int board_link_busy(void)
{
    return ut_byte_ring_used(&link.tx) > 0;
}
