/* SPDX-License-Identifier: Apache-2.0 */
#include "boards/nrf52840/uart.h"

#include "boards/cortexm/idle.h"
#include "boards/nrf52840/registers.h"

enum { STOP_TRIES = 20000, FIFO_BYTES = 8 };

static void ask_byte(struct ut_nrf_uart *u)
{
    ut_reg_write(UARTE_RXD_PTR(u->base), ut_bus_address(&u->cell));
    ut_reg_write(UARTE_RXD_MAXCNT(u->base), 1);
    ut_reg_write(UARTE_TASKS_STARTRX(u->base), 1);
}

/* Called with interrupts masked, or from the interrupt. */
static void start_sending(struct ut_nrf_uart *u)
{
    const volatile uint8_t *piece;
    uint32_t n = ut_byte_ring_piece(&u->tx, &piece);
    if (n == 0 || u->sending != 0)
        return;
    u->sending = n;
    ut_reg_write(UARTE_TXD_PTR(u->base), ut_bus_address(piece));
    ut_reg_write(UARTE_TXD_MAXCNT(u->base), n);
    ut_cpu_barrier();
    ut_reg_write(UARTE_TASKS_STARTTX(u->base), 1);
}

/* Puts the cell into the ring and asks for the next byte. */
static void take_cell(struct ut_nrf_uart *u)
{
    int room = !ut_byte_ring_full(&u->rx);
    if (!room && u->lossless) {
        u->held = 1;
        return;
    }
    if (room)
        ut_byte_ring_put(&u->rx, u->cell);
    u->held = 0;
    ask_byte(u);
}

void ut_nrf_uart_irq(struct ut_nrf_uart *u)
{
    ut_cortexm_event = 1;
    if (ut_reg_read(UARTE_EVENTS_ERROR(u->base))) { /* a byte was lost or bent: for the CRC to notice */
        ut_reg_write(UARTE_EVENTS_ERROR(u->base), 0);
        ut_reg_write(UARTE_ERRORSRC(u->base), ut_reg_read(UARTE_ERRORSRC(u->base)));
    }
    if (ut_reg_read(UARTE_EVENTS_ENDRX(u->base))) {
        ut_reg_write(UARTE_EVENTS_ENDRX(u->base), 0);
        if (ut_reg_read(UARTE_RXD_AMOUNT(u->base)) == 1)
            take_cell(u);
        else
            ask_byte(u);
    }
    if (ut_reg_read(UARTE_EVENTS_ENDTX(u->base))) {
        ut_reg_write(UARTE_EVENTS_ENDTX(u->base), 0);
        ut_byte_ring_drop(&u->tx, u->sending);
        u->sending = 0;
        start_sending(u);
    }
}

/* Ends what the DMA is doing and empties the receiver's own few bytes. */
static void close_uart(const struct ut_nrf_uart *u)
{
    static volatile uint8_t rest[FIFO_BYTES];
    ut_reg_write(UARTE_INTENCLR(u->base), UINT32_MAX);
    if (ut_reg_read(UARTE_ENABLE(u->base)) != UARTE_ENABLE_ON)
        return;
    ut_reg_write(UARTE_EVENTS_TXSTOPPED(u->base), 0);
    ut_reg_write(UARTE_EVENTS_RXTO(u->base), 0);
    ut_reg_write(UARTE_TASKS_STOPTX(u->base), 1);
    ut_reg_write(UARTE_TASKS_STOPRX(u->base), 1);
    ut_reg_wait(UARTE_EVENTS_TXSTOPPED(u->base), 1, 1, STOP_TRIES);
    ut_reg_wait(UARTE_EVENTS_RXTO(u->base), 1, 1, STOP_TRIES);
    ut_reg_write(UARTE_EVENTS_ENDRX(u->base), 0);
    ut_reg_write(UARTE_RXD_PTR(u->base), ut_bus_address(rest));
    ut_reg_write(UARTE_RXD_MAXCNT(u->base), FIFO_BYTES);
    ut_reg_write(UARTE_TASKS_FLUSHRX(u->base), 1);
    ut_reg_wait(UARTE_EVENTS_ENDRX(u->base), 1, 1, STOP_TRIES);
    ut_reg_write(UARTE_ENABLE(u->base), 0);
}

void ut_nrf_uart_open(struct ut_nrf_uart *u, uint32_t baud, uint32_t config)
{
    close_uart(u);
    ut_byte_ring_clear(&u->tx);
    ut_byte_ring_clear(&u->rx);
    u->sending = 0;
    u->held = 0;
    ut_reg_write(UARTE_BAUDRATE(u->base), baud);
    ut_reg_write(UARTE_CONFIG(u->base), config);
    ut_reg_write(UARTE_EVENTS_ENDRX(u->base), 0);
    ut_reg_write(UARTE_EVENTS_ENDTX(u->base), 0);
    ut_reg_write(UARTE_EVENTS_ERROR(u->base), 0);
    ut_reg_write(UARTE_ENABLE(u->base), UARTE_ENABLE_ON);
    ut_reg_write(UARTE_INTENSET(u->base), UARTE_INT_ENDRX | UARTE_INT_ENDTX | UARTE_INT_ERROR);
    ask_byte(u);
}

/* The pins' state counts while the UART is off. */
void ut_nrf_output_high(uint32_t pin)
{
    ut_reg_write(GPIO_OUTSET(pin), 1U << pin % 32);
    ut_reg_write(GPIO_PIN_CNF(pin), GPIO_OUTPUT);
}

size_t ut_nrf_uart_write(struct ut_nrf_uart *u, const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&u->tx, data, len);
    ut_cpu_mask_irqs();
    start_sending(u);
    ut_cpu_unmask_irqs();
    return n;
}

size_t ut_nrf_uart_read(struct ut_nrf_uart *u, uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&u->rx, data, len);
    ut_cpu_mask_irqs();
    if (u->held)
        take_cell(u);
    ut_cpu_unmask_irqs();
    return n;
}
