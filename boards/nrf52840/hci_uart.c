/* SPDX-License-Identifier: Apache-2.0 */
/* A Bluetooth controller of its own: UARTE1, RTS and CTS. */
#include "boards/board.h"
#include "boards/nrf52840/link.h"
#include "boards/nrf52840/pins.h"
#include "boards/nrf52840/registers.h"
#include "boards/nrf52840/uart.h"

enum { PRIORITY_HCI = 0x20 };

static volatile uint8_t tx[UT_NRF_UART_RING_BYTES], rx[UT_NRF_UART_RING_BYTES];
static struct ut_nrf_uart hci = {.base = UARTE1, .tx = UT_BYTE_RING(tx), .rx = UT_BYTE_RING(rx), .lossless = 1};

void ut_nrf_hci_irq(void)
{
    ut_nrf_uart_irq(&hci);
}

int board_hci_open(void)
{
    ut_nrf_output_high(ut_nrf_pins.hci_tx);
    ut_nrf_output_high(ut_nrf_pins.hci_rts);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.hci_rx), GPIO_INPUT_PULL_UP);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.hci_cts), GPIO_INPUT_PULL_UP);
    ut_reg_write(UARTE_PSEL_TXD(UARTE1), ut_nrf_pins.hci_tx);
    ut_reg_write(UARTE_PSEL_RXD(UARTE1), ut_nrf_pins.hci_rx);
    ut_reg_write(UARTE_PSEL_RTS(UARTE1), ut_nrf_pins.hci_rts);
    ut_reg_write(UARTE_PSEL_CTS(UARTE1), ut_nrf_pins.hci_cts);
    ut_nrf_uart_open(&hci, UARTE_BAUDRATE_1M, UARTE_CONFIG_HWFC);
    ut_irq_on(IRQ_UARTE1, PRIORITY_HCI);
    return 0;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    return ut_nrf_uart_write(&hci, data, len);
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    return ut_nrf_uart_read(&hci, data, len);
}
