/* SPDX-License-Identifier: Apache-2.0 */
/* Both UARTs against a model of UARTE0 and UARTE1: EasyDMA, the receiver's own few bytes, RTS. */
#include "boards/board.h"
#include "boards/nrf52840/link.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"
#include "tests/signal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_BYTES = 100000, FIFO = 6 };

static struct line {
    uint32_t base;
    uint8_t sent[LINE_BYTES];
    size_t sent_bytes;
    int sending, receiving;
    uint8_t fifo[FIFO];
    int fifo_bytes, overruns;
} lines[2];

static struct line *line_of(uint32_t address)
{
    return (address & ~0xFFFU) == UARTE0 ? &lines[0] : (address & ~0xFFFU) == UARTE1 ? &lines[1] : NULL;
}

/* A byte of the FIFO goes to memory when the DMA has a place for it. */
static void deliver(struct line *l)
{
    if (!l->receiving || l->fifo_bytes == 0)
        return;
    volatile uint8_t *to = ut_model_pointer(ut_model_held(UARTE_RXD_PTR(l->base)));
    assert_int_equal(ut_model_held(UARTE_RXD_MAXCNT(l->base)), 1);
    *to = l->fifo[0];
    memmove(l->fifo, l->fifo + 1, (size_t)--l->fifo_bytes);
    l->receiving = 0;
    ut_model_hold(UARTE_RXD_AMOUNT(l->base), 1);
    ut_model_hold(UARTE_EVENTS_ENDRX(l->base), 1);
}

static uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
{
    struct line *l = line_of(address);
    (void)held;
    if (l == NULL)
        return value;
    if (address == UARTE_TASKS_STARTTX(l->base)) {
        assert_false(l->sending);
        l->sending = 1;
    }
    if (address == UARTE_TASKS_STARTRX(l->base)) {
        assert_false(l->receiving);
        l->receiving = 1;
    }
    if (address == UARTE_TASKS_STOPTX(l->base)) {
        l->sending = 0;
        ut_model_hold(UARTE_EVENTS_TXSTOPPED(l->base), 1);
    }
    if (address == UARTE_TASKS_STOPRX(l->base)) {
        l->receiving = 0;
        ut_model_hold(UARTE_EVENTS_RXTO(l->base), 1);
    }
    if (address == UARTE_TASKS_FLUSHRX(l->base)) {
        l->fifo_bytes = 0;
        ut_model_hold(UARTE_EVENTS_ENDRX(l->base), 1);
    }
    return value;
}

static int setup(void **state)
{
    (void)state;
    ut_model_clear();
    memset(lines, 0, sizeof lines);
    lines[0].base = UARTE0;
    lines[1].base = UARTE1;
    ut_model.write = model_write;
    ut_nrf_link_open();
    return 0;
}

static void interrupt(struct line *l)
{
    assert_false(ut_model.masked);
    if (l->base == UARTE0)
        ut_nrf_link_irq();
    else
        ut_nrf_hci_irq();
    deliver(l);
}

static int pending(struct line *l)
{
    return ut_model_held(UARTE_EVENTS_ENDRX(l->base)) || ut_model_held(UARTE_EVENTS_ENDTX(l->base)) ||
           ut_model_held(UARTE_EVENTS_ERROR(l->base));
}

static void serve(struct line *l)
{
    deliver(l);
    for (int i = 0; pending(l) && i < 100; i++)
        interrupt(l);
    assert_false(pending(l));
}

/* A byte comes in; 0 when RTS says no or nobody is there to take it. */
static int come(struct line *l, uint8_t byte)
{
    int controlled = ut_model_held(UARTE_CONFIG(l->base)) & 1;
    if (l->fifo_bytes == FIFO || (controlled && l->fifo_bytes >= FIFO - 4)) {
        if (!controlled) {
            l->overruns++;
            ut_model_hold(UARTE_EVENTS_ERROR(l->base), 1);
            ut_model_hold(UARTE_ERRORSRC(l->base), 1);
        }
        return 0;
    }
    l->fifo[l->fifo_bytes++] = byte;
    return 1;
}

static void dma_ends(struct line *l)
{
    uint32_t from = ut_model_held(UARTE_TXD_PTR(l->base)), n = ut_model_held(UARTE_TXD_MAXCNT(l->base));
    assert_true(l->sending);
    for (uint32_t i = 0; i < n; i++)
        l->sent[l->sent_bytes++] = ((volatile uint8_t *)ut_model_pointer(from))[i];
    l->sending = 0;
    ut_model_hold(UARTE_EVENTS_ENDTX(l->base), 1);
    interrupt(l);
}

static uint8_t number(size_t i)
{
    return (uint8_t)(i * 7 + i / 256);
}

static size_t write_from(size_t (*write)(const uint8_t *, size_t), size_t first, size_t n)
{
    uint8_t bytes[1200];
    for (size_t i = 0; i < n; i++)
        bytes[i] = number(first + i);
    return write(bytes, n);
}

static void check_sent(const struct line *l, size_t n)
{
    assert_int_equal(l->sent_bytes, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(l->sent[i], number(i));
}

static void test_settings(void **state)
{
    (void)state;
    assert_int_equal(ut_model_held(UARTE_BAUDRATE(UARTE0)), 0x01D60000);
    assert_int_equal(ut_model_held(UARTE_PSEL_TXD(UARTE0)), 6);
    assert_int_equal(ut_model_held(UARTE_PSEL_RXD(UARTE0)), 8);
    assert_int_equal(ut_model_held(UARTE_PSEL_RTS(UARTE0)), 0xFFFFFFFFU);
    assert_int_equal(ut_model_held(UARTE_ENABLE(UARTE0)), 8);
    assert_int_equal(board_hci_open(), 0);
    assert_int_equal(ut_model_held(UARTE_BAUDRATE(UARTE1)), 0x10000000);
    assert_int_equal(ut_model_held(UARTE_CONFIG(UARTE1)), 1);
    assert_int_equal(ut_model_held(UARTE_PSEL_RTS(UARTE1)), 32 + 3);
    assert_int_equal(ut_model_held(UARTE_PSEL_CTS(UARTE1)), 32 + 4);
    assert_int_equal(ut_model_held(0x50000300U + 0x700U + 4 * 3), 3); /* P1.03 drives */
}

static void test_wrap(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint32_t random = 1;
    size_t written = 0;
    while (written < 30000) {
        written += write_from(board_link_write, written, ut_signal_random(&random) % 700);
        if (l->sending && ut_signal_random(&random) % 2 != 0)
            dma_ends(l);
        assert_true(written - l->sent_bytes <= 1024);
    }
    while (l->sending)
        dma_ends(l);
    check_sent(l, written);
    assert_false(board_link_busy());
}

static void test_full(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    assert_int_equal(write_from(board_link_write, 0, 1100), 1024);
    assert_int_equal(write_from(board_link_write, 1024, 10), 0);
    assert_true(board_link_busy());
    dma_ends(l);
    assert_int_equal(write_from(board_link_write, 1024, 10), 10);
    dma_ends(l);
    check_sent(l, 1034);
    interrupt(l); /* one for nothing */
    assert_false(l->sending);
}

static void test_receive(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint8_t out[2000];
    for (size_t i = 0; i < 50; i++) {
        assert_true(come(l, number(i)));
        if (i % 3 == 0)
            serve(l); /* up to three bytes wait in the receiver */
    }
    serve(l);
    assert_int_equal(board_link_read(out, 20), 20);
    assert_int_equal(board_link_read(out + 20, 200), 30);
    for (size_t i = 0; i < 50; i++)
        assert_int_equal(out[i], number(i));
    for (size_t i = 0; i < 1500; i++) { /* nobody reads: the ring keeps the first, the line goes on */
        assert_true(come(l, number(i)));
        serve(l);
    }
    assert_int_equal(board_link_read(out, 2000), 1024);
    for (size_t i = 0; i < 1024; i++)
        assert_int_equal(out[i], number(i));
}

static void test_overrun(void **state)
{
    (void)state;
    struct line *l = &lines[0];
    uint8_t out[20];
    for (size_t i = 0; i < 10; i++)
        come(l, number(i)); /* the interrupt is late */
    assert_true(l->overruns > 0);
    serve(l);
    assert_int_equal(board_link_read(out, 20), FIFO);
    assert_true(come(l, 99));
    serve(l);
    assert_int_equal(board_link_read(out, 20), 1);
    assert_int_equal(out[0], 99);
}

static void test_hci_flow_control(void **state)
{
    (void)state;
    struct line *l = &lines[1];
    uint8_t out[4000];
    size_t came = 0, got = 0, refused = 0;
    uint32_t random = 3;
    board_hci_open();
    while (got < sizeof out) {
        if (came < sizeof out && come(l, number(came)))
            came++;
        else
            refused++;
        if (ut_signal_random(&random) % 4 != 0)
            serve(l);
        if (ut_signal_random(&random) % 2000 == 0 || came == sizeof out)
            got += board_hci_read(out + got, 1 + ut_signal_random(&random) % 500 % (sizeof out - got));
    }
    for (size_t i = 0; i < sizeof out; i++)
        assert_int_equal(out[i], number(i));
    assert_true(refused > 0);
}

static void test_hci_send_and_open_again(void **state)
{
    (void)state;
    struct line *l = &lines[1];
    uint8_t out[10];
    board_hci_open();
    assert_int_equal(write_from(board_hci_write, 0, 300), 300);
    dma_ends(l);
    check_sent(l, 300);
    write_from(board_hci_write, 300, 10);
    come(l, 1);
    come(l, 2);
    serve(l);
    come(l, 3); /* still in the receiver */
    assert_int_equal(board_hci_open(), 0);
    serve(l);
    assert_int_equal(board_hci_read(out, 10), 0); /* what was under way belongs to a controller that is gone */
    assert_false(l->sending);
    assert_true(come(l, 4));
    serve(l);
    assert_int_equal(board_hci_read(out, 10), 1);
    assert_int_equal(out[0], 4);
    assert_int_equal(write_from(board_hci_write, 300, 10), 10);
    dma_ends(l);
    check_sent(l, 310);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_settings, setup),
        cmocka_unit_test_setup(test_wrap, setup),
        cmocka_unit_test_setup(test_full, setup),
        cmocka_unit_test_setup(test_receive, setup),
        cmocka_unit_test_setup(test_overrun, setup),
        cmocka_unit_test_setup(test_hci_flow_control, setup),
        cmocka_unit_test_setup(test_hci_send_and_open_again, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
