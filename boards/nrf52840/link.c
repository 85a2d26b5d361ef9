/* SPDX-License-Identifier: Apache-2.0 */
/* The two UARTs, by EasyDMA: UARTE0 is the link, UARTE1 a Bluetooth controller's (RTS and CTS). Sending goes in the
 * longest contiguous pieces of a ring; receiving byte by byte, the next one asked for when the last has found its
 * place, so that a full ring stops a controller by RTS. */
#include "boards/nrf52840/link.h"
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/cortexm/ring.h"
#include "boards/nrf52840/pins.h"
#include "boards/nrf52840/registers.h"

enum { RING_BYTES = 1024, STOP_TRIES = 20000, FIFO_BYTES = 8, PRIORITY_HCI = 0x20, PRIORITY_LINK = 0x40 };

static volatile uint8_t link_tx[RING_BYTES], link_rx[RING_BYTES], hci_tx[RING_BYTES], hci_rx[RING_BYTES];

static struct uart {
    struct ut_byte_ring tx, rx;
    volatile uint32_t sending; /* bytes the DMA has now */
    volatile uint8_t cell;     /* where it puts the next one */
    volatile int held;         /* the cell waits for room in the ring, and the other side for RTS */
    int lossless;              /* else what finds no room is dropped */
} link = {.tx = UT_BYTE_RING(link_tx), .rx = UT_BYTE_RING(link_rx)},
  hci = {.tx = UT_BYTE_RING(hci_tx), .rx = UT_BYTE_RING(hci_rx), .lossless = 1};

static void ask_byte(struct uart *u, uint32_t base)
{
    ut_reg_write(UARTE_RXD_PTR(base), ut_bus_address(&u->cell));
    ut_reg_write(UARTE_RXD_MAXCNT(base), 1);
    ut_reg_write(UARTE_TASKS_STARTRX(base), 1);
}

/* Called with interrupts masked, or from the interrupt. */
static void start_sending(struct uart *u, uint32_t base)
{
    const volatile uint8_t *piece;
    uint32_t n = ut_byte_ring_piece(&u->tx, &piece);
    if (n == 0 || u->sending != 0)
        return;
    u->sending = n;
    ut_reg_write(UARTE_TXD_PTR(base), ut_bus_address(piece));
    ut_reg_write(UARTE_TXD_MAXCNT(base), n);
    ut_cpu_barrier();
    ut_reg_write(UARTE_TASKS_STARTTX(base), 1);
}

/* Puts the cell into the ring and asks for the next byte. */
static void take_cell(struct uart *u, uint32_t base)
{
    int room = !ut_byte_ring_full(&u->rx);
    if (!room && u->lossless) {
        u->held = 1;
        return;
    }
    if (room)
        ut_byte_ring_put(&u->rx, u->cell);
    u->held = 0;
    ask_byte(u, base);
}

static void irq(struct uart *u, uint32_t base)
{
    ut_cortexm_event = 1;
    if (ut_reg_read(UARTE_EVENTS_ERROR(base))) { /* a byte was lost or bent: for the CRC to notice */
        ut_reg_write(UARTE_EVENTS_ERROR(base), 0);
        ut_reg_write(UARTE_ERRORSRC(base), ut_reg_read(UARTE_ERRORSRC(base)));
    }
    if (ut_reg_read(UARTE_EVENTS_ENDRX(base))) {
        ut_reg_write(UARTE_EVENTS_ENDRX(base), 0);
        if (ut_reg_read(UARTE_RXD_AMOUNT(base)) == 1)
            take_cell(u, base);
        else
            ask_byte(u, base);
    }
    if (ut_reg_read(UARTE_EVENTS_ENDTX(base))) {
        ut_reg_write(UARTE_EVENTS_ENDTX(base), 0);
        ut_byte_ring_drop(&u->tx, u->sending);
        u->sending = 0;
        start_sending(u, base);
    }
}

void ut_nrf_link_irq(void)
{
    irq(&link, UARTE0);
}

void ut_nrf_hci_irq(void)
{
    irq(&hci, UARTE1);
}

/* Ends what the DMA is doing and empties the receiver's own few bytes. */
static void close_uart(uint32_t base)
{
    static volatile uint8_t rest[FIFO_BYTES];
    ut_reg_write(UARTE_INTENCLR(base), UINT32_MAX);
    if (ut_reg_read(UARTE_ENABLE(base)) != UARTE_ENABLE_ON)
        return;
    ut_reg_write(UARTE_EVENTS_TXSTOPPED(base), 0);
    ut_reg_write(UARTE_EVENTS_RXTO(base), 0);
    ut_reg_write(UARTE_TASKS_STOPTX(base), 1);
    ut_reg_write(UARTE_TASKS_STOPRX(base), 1);
    ut_reg_wait(UARTE_EVENTS_TXSTOPPED(base), 1, 1, STOP_TRIES);
    ut_reg_wait(UARTE_EVENTS_RXTO(base), 1, 1, STOP_TRIES);
    ut_reg_write(UARTE_EVENTS_ENDRX(base), 0);
    ut_reg_write(UARTE_RXD_PTR(base), ut_bus_address(rest));
    ut_reg_write(UARTE_RXD_MAXCNT(base), FIFO_BYTES);
    ut_reg_write(UARTE_TASKS_FLUSHRX(base), 1);
    ut_reg_wait(UARTE_EVENTS_ENDRX(base), 1, 1, STOP_TRIES);
    ut_reg_write(UARTE_ENABLE(base), 0);
}

static void open_uart(struct uart *u, uint32_t base, uint32_t baud, uint32_t config)
{
    close_uart(base);
    ut_byte_ring_clear(&u->tx);
    ut_byte_ring_clear(&u->rx);
    u->sending = 0;
    u->held = 0;
    ut_reg_write(UARTE_BAUDRATE(base), baud);
    ut_reg_write(UARTE_CONFIG(base), config);
    ut_reg_write(UARTE_EVENTS_ENDRX(base), 0);
    ut_reg_write(UARTE_EVENTS_ENDTX(base), 0);
    ut_reg_write(UARTE_EVENTS_ERROR(base), 0);
    ut_reg_write(UARTE_ENABLE(base), UARTE_ENABLE_ON);
    ut_reg_write(UARTE_INTENSET(base), UARTE_INT_ENDRX | UARTE_INT_ENDTX | UARTE_INT_ERROR);
    ask_byte(u, base);
}

/* The pins' state counts while the UART is off. */
static void output_high(uint32_t pin)
{
    ut_reg_write(GPIO_OUTSET(pin), 1U << pin % 32);
    ut_reg_write(GPIO_PIN_CNF(pin), GPIO_OUTPUT);
}

void ut_nrf_link_open(void)
{
    output_high(ut_nrf_pins.link_tx);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.link_rx), GPIO_INPUT_PULL_UP);
    ut_reg_write(UARTE_PSEL_TXD(UARTE0), ut_nrf_pins.link_tx);
    ut_reg_write(UARTE_PSEL_RXD(UARTE0), ut_nrf_pins.link_rx);
    ut_reg_write(UARTE_PSEL_RTS(UARTE0), UARTE_PSEL_NONE);
    ut_reg_write(UARTE_PSEL_CTS(UARTE0), UARTE_PSEL_NONE);
    open_uart(&link, UARTE0, UARTE_BAUDRATE_115200, 0);
    ut_irq_on(IRQ_UARTE0, PRIORITY_LINK);
}

int board_hci_open(void)
{
    output_high(ut_nrf_pins.hci_tx);
    output_high(ut_nrf_pins.hci_rts);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.hci_rx), GPIO_INPUT_PULL_UP);
    ut_reg_write(GPIO_PIN_CNF(ut_nrf_pins.hci_cts), GPIO_INPUT_PULL_UP);
    ut_reg_write(UARTE_PSEL_TXD(UARTE1), ut_nrf_pins.hci_tx);
    ut_reg_write(UARTE_PSEL_RXD(UARTE1), ut_nrf_pins.hci_rx);
    ut_reg_write(UARTE_PSEL_RTS(UARTE1), ut_nrf_pins.hci_rts);
    ut_reg_write(UARTE_PSEL_CTS(UARTE1), ut_nrf_pins.hci_cts);
    open_uart(&hci, UARTE1, UARTE_BAUDRATE_1M, UARTE_CONFIG_HWFC);
    ut_irq_on(IRQ_UARTE1, PRIORITY_HCI);
    return 0;
}

static size_t write_to(struct uart *u, uint32_t base, const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&u->tx, data, len);
    ut_cpu_mask_irqs();
    start_sending(u, base);
    ut_cpu_unmask_irqs();
    return n;
}

static size_t read_from(struct uart *u, uint32_t base, uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&u->rx, data, len);
    ut_cpu_mask_irqs();
    if (u->held)
        take_cell(u, base);
    ut_cpu_unmask_irqs();
    return n;
}

size_t board_link_write(const uint8_t *data, size_t len)
{
    return write_to(&link, UARTE0, data, len);
}

size_t board_link_read(uint8_t *data, size_t len)
{
    return read_from(&link, UARTE0, data, len);
}

int board_link_busy(void)
{
    return ut_byte_ring_used(&link.tx) > 0;
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    return write_to(&hci, UARTE1, data, len);
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    return read_from(&hci, UARTE1, data, len);
}
