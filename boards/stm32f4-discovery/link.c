/* SPDX-License-Identifier: Apache-2.0 */
/* The two UARTs of this board: USART2 is the link (sent by DMA), USART3 a Bluetooth controller's (RTS and CTS). */
#include "boards/stm32f4-discovery/link.h"
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/cortexm/ring.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/pins.h"
#include "boards/stm32f4-discovery/registers.h"

enum {
    LINK_BAUD = 115200,
    HCI_BAUD = 1000000,
    TX_BYTES = 512,
    RX_BYTES = 128,
    HCI_BYTES = 1024, /* both ways; a packet of H4 has at most 260 bytes by the controller's buffers */
    TX_STREAM = 6,
    TX_CHANNEL = 4,
    TX_FLAGS_SHIFT = 16,
    PIN_LINK_TX = 2, /* of port A */
    PIN_LINK_RX = 3,
    PIN_HCI_TX = 8, /* of port D */
    PIN_HCI_RX = 9,
    PIN_HCI_CTS = 13, /* of port B */
    PIN_HCI_RTS = 14,
    AF_USART = 7,
    PRIORITY_HCI = 0x20,
    PRIORITY_LINK = 0x40,
    OPEN = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE
};

static volatile uint8_t tx_bytes[TX_BYTES], rx_bytes[RX_BYTES], hci_tx_bytes[HCI_BYTES], hci_rx_bytes[HCI_BYTES];
static struct ut_byte_ring tx = UT_BYTE_RING(tx_bytes), rx = UT_BYTE_RING(rx_bytes);
static struct ut_byte_ring hci_tx = UT_BYTE_RING(hci_tx_bytes), hci_rx = UT_BYTE_RING(hci_rx_bytes);

static volatile uint32_t in_dma; /* bytes the DMA is sending now */
static volatile int no_dma;      /* it refused or failed: the main loop feeds the transmitter */

static int open_uart(uint32_t uart, uint32_t baud, uint32_t cr3)
{
    uint32_t divider = (ut_stm32_apb1_hz + baud / 2) / baud; /* 1/16 of the oversampling's clock */
    if (divider < 16 || divider > 0xFFFF)
        return -1;
    ut_reg_write(USART_CR1(uart), 0);
    ut_reg_write(USART_BRR(uart), divider);
    ut_reg_write(USART_CR3(uart), cr3);
    ut_reg_write(USART_CR1(uart), OPEN);
    return 0;
}

int ut_stm32_link_open(void)
{
    ut_byte_ring_clear(&tx);
    ut_byte_ring_clear(&rx);
    in_dma = 0;
    no_dma = 0;
    ut_stm32_pin(GPIOA, PIN_LINK_TX, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pin(GPIOA, PIN_LINK_RX, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pull_up(GPIOA, PIN_LINK_RX);
    ut_irq_on(IRQ_USART2, PRIORITY_LINK);
    ut_irq_on(IRQ_DMA1_STREAM6, PRIORITY_LINK);
    return open_uart(USART2, LINK_BAUD, USART_CR3_DMAT);
}

/* The transmitter takes bytes one at a time, as far as it has room now. */
static void feed_by_hand(void)
{
    while (ut_byte_ring_used(&tx) > 0 && (ut_reg_read(USART_SR(USART2)) & USART_SR_TXE))
        ut_reg_write(USART_DR(USART2), ut_byte_ring_take(&tx));
}

/* Hands the next contiguous piece to the DMA. Called with its interrupt masked, or from it. */
static void start_dma(void)
{
    const volatile uint8_t *piece;
    uint32_t n = ut_byte_ring_piece(&tx, &piece);
    if (n == 0 || in_dma != 0 || no_dma)
        return;
    in_dma = n;
    ut_reg_write(DMA_HIFCR(DMA1), DMA_FLAGS << TX_FLAGS_SHIFT);
    ut_reg_write(DMA_SPAR(DMA1, TX_STREAM), USART_DR(USART2));
    ut_reg_write(DMA_SM0AR(DMA1, TX_STREAM), ut_bus_address(piece));
    ut_reg_write(DMA_SNDTR(DMA1, TX_STREAM), n);
    uint32_t cr = DMA_SCR_CHSEL(TX_CHANNEL) | DMA_SCR_MEMORY_TO_PERIPHERAL | DMA_SCR_MINC | DMA_SCR_TCIE | DMA_SCR_TEIE;
    ut_reg_write(DMA_SCR(DMA1, TX_STREAM), cr);
    ut_cpu_barrier();
    ut_reg_write(DMA_SCR(DMA1, TX_STREAM), cr | DMA_SCR_EN);
    if (!(ut_reg_read(DMA_SCR(DMA1, TX_STREAM)) & DMA_SCR_EN) &&
        !(ut_reg_read(DMA_HISR(DMA1)) & DMA_FLAGS << TX_FLAGS_SHIFT)) {
        in_dma = 0; /* neither running nor over: there is no such stream */
        no_dma = 1;
    }
}

void ut_stm32_link_dma_irq(void)
{
    uint32_t flags = ut_reg_read(DMA_HISR(DMA1)) >> TX_FLAGS_SHIFT & DMA_FLAGS;
    ut_reg_write(DMA_HIFCR(DMA1), flags << TX_FLAGS_SHIFT);
    ut_cortexm_event = 1;
    if (flags & DMA_TEIF) {
        ut_byte_ring_drop(&tx, in_dma - ut_reg_read(DMA_SNDTR(DMA1, TX_STREAM)));
        in_dma = 0;
        no_dma = 1;
    } else if ((flags & DMA_TCIF) && in_dma != 0) {
        ut_byte_ring_drop(&tx, in_dma);
        in_dma = 0;
        start_dma();
    }
}

size_t board_link_write(const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&tx, data, len);
    ut_cpu_mask_irqs();
    start_dma();
    ut_cpu_unmask_irqs();
    if (no_dma)
        feed_by_hand();
    return n;
}

int board_link_busy(void)
{
    if (no_dma)
        feed_by_hand();
    return ut_byte_ring_used(&tx) > 0 || !(ut_reg_read(USART_SR(USART2)) & USART_SR_TC);
}

/* Reading the data register also takes back an overrun, which can come alone and would interrupt for ever: the byte
 * that was lost is for the CRC to notice. */
void ut_stm32_link_irq(void)
{
    uint32_t status;
    ut_cortexm_event = 1;
    while ((status = ut_reg_read(USART_SR(USART2))) & (USART_SR_RXNE | USART_SR_ORE)) {
        uint8_t byte = (uint8_t)ut_reg_read(USART_DR(USART2));
        if ((status & USART_SR_RXNE) && !ut_byte_ring_full(&rx))
            ut_byte_ring_put(&rx, byte);
    }
}

size_t board_link_read(uint8_t *data, size_t len)
{
    return ut_byte_ring_read(&rx, data, len);
}

int board_hci_open(void)
{
    ut_cpu_mask_irqs();
    ut_reg_set(RCC_APB1RSTR, RCC_APB1_USART3);
    ut_reg_clear(RCC_APB1RSTR, RCC_APB1_USART3);
    ut_byte_ring_clear(&hci_tx);
    ut_byte_ring_clear(&hci_rx);
    ut_cpu_unmask_irqs();
    ut_stm32_pin(GPIOD, PIN_HCI_TX, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pin(GPIOD, PIN_HCI_RX, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pin(GPIOB, PIN_HCI_CTS, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pin(GPIOB, PIN_HCI_RTS, GPIO_ALTERNATE, AF_USART);
    ut_stm32_pull_up(GPIOD, PIN_HCI_RX);
    ut_stm32_pull_up(GPIOB, PIN_HCI_CTS);
    ut_irq_on(IRQ_USART3, PRIORITY_HCI);
    return open_uart(USART3, HCI_BAUD, USART_CR3_RTSE | USART_CR3_CTSE);
}

/* A full ring leaves the byte where it is and its interrupt off: RTS then stops the controller, and no byte is lost. */
void ut_stm32_hci_irq(void)
{
    uint32_t off = 0, status;
    ut_cortexm_event = 1;
    while ((status = ut_reg_read(USART_SR(USART3))) & (USART_SR_RXNE | USART_SR_ORE)) {
        if (!(status & USART_SR_RXNE)) {
            (void)ut_reg_read(USART_DR(USART3));
            continue;
        }
        if (ut_byte_ring_full(&hci_rx)) {
            off |= USART_CR1_RXNEIE;
            break;
        }
        ut_byte_ring_put(&hci_rx, (uint8_t)ut_reg_read(USART_DR(USART3)));
    }
    if (ut_reg_read(USART_CR1(USART3)) & USART_CR1_TXEIE) {
        if (ut_byte_ring_used(&hci_tx) == 0)
            off |= USART_CR1_TXEIE;
        else if (ut_reg_read(USART_SR(USART3)) & USART_SR_TXE)
            ut_reg_write(USART_DR(USART3), ut_byte_ring_take(&hci_tx));
    }
    if (off != 0)
        ut_reg_clear(USART_CR1(USART3), off);
}

static void hci_irq_on(uint32_t which)
{
    ut_cpu_mask_irqs();
    ut_reg_set(USART_CR1(USART3), which);
    ut_cpu_unmask_irqs();
}

size_t board_hci_write(const uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_write(&hci_tx, data, len);
    if (n > 0)
        hci_irq_on(USART_CR1_TXEIE);
    return n;
}

size_t board_hci_read(uint8_t *data, size_t len)
{
    size_t n = ut_byte_ring_read(&hci_rx, data, len);
    if (n > 0)
        hci_irq_on(USART_CR1_RXNEIE);
    return n;
}
