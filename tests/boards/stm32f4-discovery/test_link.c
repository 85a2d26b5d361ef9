/* SPDX-License-Identifier: Apache-2.0 */
/* Both UARTs against a model of USART2, USART3 and the DMA stream that feeds the first. */
#include "boards/board.h"
#include "boards/cortexm/idle.h"
#include "boards/stm32f4-discovery/clock.h"
#include "boards/stm32f4-discovery/link.h"
#include "boards/stm32f4-discovery/registers.h"
#include "tests/boards/registers.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { STREAM = 6, FLAGS = 16, LINE_BYTES = 100000 };

static struct {
    int no_dma;
    uint8_t sent[LINE_BYTES]; /* by USART2, then by USART3 */
    size_t sent_bytes;
    int room; /* bytes a transmitter still takes */
    const uint8_t *coming;
    size_t coming_bytes;
    int overrun; /* ORE stands without RXNE */
} line;

static uint32_t status(uint32_t held)
{
    held |= line.coming_bytes > 0 ? USART_SR_RXNE : 0;
    held |= line.room > 0 ? USART_SR_TXE : 0;
    held |= line.overrun ? USART_SR_ORE : 0;
    return held | (line.sent_bytes % 7 != 1 ? USART_SR_TC : 0);
}

static uint32_t model_read(uint32_t address, uint32_t held)
{
    if (address == USART_SR(USART2) || address == USART_SR(USART3))
        return status(held);
    if (address == USART_DR(USART2) || address == USART_DR(USART3)) {
        line.overrun = 0;
        if (line.coming_bytes == 0)
            return 0;
        line.coming_bytes--;
        return *line.coming++;
    }
    return held;
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    if (address == USART_DR(USART2) || address == USART_DR(USART3)) {
        assert_true(line.room > 0);
        line.room--;
        line.sent[line.sent_bytes++] = (uint8_t)value;
    }
    if (address == DMA_SCR(DMA1, STREAM)) {
        assert_false((held & DMA_SCR_EN) && (value & DMA_SCR_EN)); /* not while it runs */
        if ((value & DMA_SCR_EN) && line.no_dma)
            return 0;
    }
    if (address == DMA_HIFCR(DMA1))
        ut_model_hold(DMA_HISR(DMA1), ut_model_held(DMA_HISR(DMA1)) & ~value);
    return value;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(&line, 0, sizeof line);
    ut_model.read = model_read;
    ut_model.write = model_write;
    ut_stm32_apb1_hz = UT_STM32_APB1_HZ;
    return ut_stm32_link_open();
}

static int dma_runs(void)
{
    return (ut_model_held(DMA_SCR(DMA1, STREAM)) & DMA_SCR_EN) != 0;
}

/* The stream moves up to `n` bytes; at its end, or on an error, it stops and interrupts. */
static void dma_moves(uint32_t n, int error)
{
    uint32_t cr = ut_model_held(DMA_SCR(DMA1, STREAM)), left = ut_model_held(DMA_SNDTR(DMA1, STREAM));
    uint32_t from = ut_model_held(DMA_SM0AR(DMA1, STREAM));
    assert_true(cr & DMA_SCR_EN);
    assert_int_equal(cr >> 25, 4); /* RM0090, table 42: USART2_TX */
    assert_int_equal(ut_model_held(DMA_SPAR(DMA1, STREAM)), 0x40004404);
    assert_true((cr & DMA_SCR_MINC) && (cr & DMA_SCR_MEMORY_TO_PERIPHERAL) && !(cr & DMA_SCR_CIRC));
    n = n < left ? n : left;
    for (uint32_t i = 0; i < n; i++)
        line.sent[line.sent_bytes++] = ((volatile uint8_t *)ut_model_pointer(from))[i];
    ut_model_hold(DMA_SM0AR(DMA1, STREAM), from + n);
    ut_model_hold(DMA_SNDTR(DMA1, STREAM), left - n);
    if (left - n != 0 && !error)
        return;
    ut_model_hold(DMA_SCR(DMA1, STREAM), cr & ~DMA_SCR_EN);
    ut_model_hold(DMA_HISR(DMA1), (uint32_t)(error ? DMA_TEIF : DMA_TCIF) << FLAGS);
    assert_false(ut_model.masked);
    ut_stm32_link_dma_irq();
}

static uint8_t number(size_t i)
{
    return (uint8_t)(i * 7 + i / 256);
}

static size_t write_from(size_t first, size_t n)
{
    uint8_t bytes[600];
    for (size_t i = 0; i < n; i++)
        bytes[i] = number(first + i);
    return board_link_write(bytes, n);
}

static void check_sent(size_t n)
{
    assert_int_equal(line.sent_bytes, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(line.sent[i], number(i));
}

static void test_rates(void **state)
{
    (void)state;
    assert_int_equal(ut_model_held(USART_BRR(USART2)), 365); /* 42 MHz / 115200 = 364.6 */
    assert_true(ut_model_held(USART_CR3(USART2)) & USART_CR3_DMAT);
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(ut_model_held(USART_BRR(USART3)), 42); /* 1 MBd */
    ut_stm32_apb1_hz = 16000000;
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(ut_model_held(USART_BRR(USART3)), 16);
    ut_stm32_apb1_hz = 8000000;
    assert_true(board_hci_open() < 0);
}

/* Any sizes of writes and of transfers, many times round the ring: what goes in comes out once, in order. */
static void test_wrap(void **state)
{
    (void)state;
    uint32_t random = 1;
    size_t written = 0;
    while (written < 20000) {
        written += write_from(written, ut_signal_random(&random) % 300);
        if (dma_runs() && ut_signal_random(&random) % 3 != 0)
            dma_moves(ut_signal_random(&random) % 400, 0);
        assert_true(written - line.sent_bytes <= 512);
    }
    while (dma_runs())
        dma_moves(512, 0);
    check_sent(written);
    assert_true(ut_cortexm_event);
}

static void test_full(void **state)
{
    (void)state;
    assert_int_equal(write_from(0, 600), 512);
    assert_int_equal(write_from(512, 10), 0);
    assert_true(board_link_busy());
    dma_moves(512, 0);
    assert_int_equal(write_from(512, 10), 10);
    dma_moves(512, 0);
    check_sent(522);
}

static void test_an_interrupt_too_many(void **state)
{
    (void)state;
    ut_model_hold(DMA_HISR(DMA1), DMA_TCIF << FLAGS);
    ut_stm32_link_dma_irq();
    assert_false(dma_runs());
    write_from(0, 20);
    ut_stm32_link_dma_irq(); /* no flag */
    assert_true(dma_runs());
    dma_moves(20, 0);
    check_sent(20);
}

/* What the stream had sent is not sent again; the rest goes by hand, as the transmitter has room. */
static void test_transfer_error(void **state)
{
    (void)state;
    write_from(0, 100);
    dma_moves(30, 0);
    dma_moves(11, 1);
    assert_int_equal(line.sent_bytes, 41);
    for (size_t written = 100; board_link_busy() || line.sent_bytes < written;) {
        line.room = 1;
        written += written < 1000 ? write_from(written, 1) : 0;
    }
    check_sent(1000);
    assert_false(dma_runs());
}

static void test_no_dma_at_all(void **state)
{
    (void)state;
    line.no_dma = 1;
    line.room = 5;
    assert_int_equal(write_from(0, 20), 20);
    assert_int_equal(line.sent_bytes, 5);
    line.room = 100;
    board_link_busy();
    check_sent(20);
}

static void test_receive(void **state)
{
    (void)state;
    uint8_t in[300], out[300];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = number(i);
    line.coming = in;
    line.coming_bytes = 50;
    ut_stm32_link_irq();
    assert_int_equal(board_link_read(out, 20), 20);
    assert_int_equal(board_link_read(out + 20, 200), 30);
    assert_int_equal(board_link_read(out, 200), 0);
    assert_memory_equal(in, out, 50);
    line.coming = in;
    line.coming_bytes = 300;
    ut_stm32_link_irq();
    assert_int_equal(line.coming_bytes, 0); /* nothing may stand and interrupt for ever */
    assert_int_equal(board_link_read(out, 300), 128);
    assert_memory_equal(in, out, 128);
}

static void test_overrun_alone(void **state)
{
    (void)state;
    uint8_t byte;
    line.overrun = 1;
    ut_stm32_link_irq();
    assert_false(line.overrun);
    assert_int_equal(board_link_read(&byte, 1), 0);
    board_hci_open();
    line.overrun = 1;
    ut_stm32_hci_irq();
    assert_false(line.overrun);
    assert_int_equal(board_hci_read(&byte, 1), 0);
}

static void test_hci_flow_control(void **state)
{
    (void)state;
    uint8_t in[3000], out[3000];
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = number(i);
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(ut_model_held(USART_CR3(USART3)), USART_CR3_RTSE | USART_CR3_CTSE);
    assert_int_equal(ut_model_held(GPIO_AFR(GPIOB, 13U)) >> 20 & 0xFF, 0x77); /* PB13, PB14: CTS, RTS */
    line.coming = in;
    line.coming_bytes = sizeof in;
    size_t got = 0;
    while (got < sizeof in) {
        if (ut_model_held(USART_CR1(USART3)) & USART_CR1_RXNEIE)
            ut_stm32_hci_irq();
        if (line.coming_bytes > 0)
            assert_false(ut_model_held(USART_CR1(USART3)) & USART_CR1_RXNEIE); /* full: RTS holds the controller */
        got += board_hci_read(out + got, 100);
    }
    assert_memory_equal(in, out, sizeof in);
}

static void test_hci_send(void **state)
{
    (void)state;
    uint8_t bytes[1500];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = number(i);
    board_hci_open();
    assert_false(ut_model_held(USART_CR1(USART3)) & USART_CR1_TXEIE);
    size_t n = board_hci_write(bytes, sizeof bytes);
    assert_int_equal(n, 1024);
    for (int i = 0; i < 5000 && (ut_model_held(USART_CR1(USART3)) & USART_CR1_TXEIE); i++) {
        line.room = i % 3 == 0; /* CTS holds it now and then */
        ut_stm32_hci_irq();
    }
    check_sent(1024);
    assert_false(ut_model_held(USART_CR1(USART3)) & USART_CR1_TXEIE);
}

static void test_hci_again(void **state)
{
    (void)state;
    uint8_t in[10] = {1, 2, 3}, out[10];
    board_hci_open();
    board_hci_write(in, 10);
    line.coming = in;
    line.coming_bytes = 10;
    ut_stm32_hci_irq();
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(board_hci_read(out, 10), 0); /* what was under way belongs to a controller that is gone */
    assert_false(ut_model_held(USART_CR1(USART3)) & USART_CR1_TXEIE);
    assert_int_equal(ut_model_held(RCC_APB1RSTR), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rates, setup),
        cmocka_unit_test_setup(test_wrap, setup),
        cmocka_unit_test_setup(test_full, setup),
        cmocka_unit_test_setup(test_an_interrupt_too_many, setup),
        cmocka_unit_test_setup(test_transfer_error, setup),
        cmocka_unit_test_setup(test_no_dma_at_all, setup),
        cmocka_unit_test_setup(test_receive, setup),
        cmocka_unit_test_setup(test_overrun_alone, setup),
        cmocka_unit_test_setup(test_hci_flow_control, setup),
        cmocka_unit_test_setup(test_hci_send, setup),
        cmocka_unit_test_setup(test_hci_again, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
