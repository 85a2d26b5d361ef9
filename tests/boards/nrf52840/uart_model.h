/* SPDX-License-Identifier: Apache-2.0 */
/* Both lines as UARTE0 and UARTE1 see them: EasyDMA, the receiver's own few bytes, RTS. */
#ifndef UT_TESTS_BOARDS_NRF52840_UART_MODEL_H
#define UT_TESTS_BOARDS_NRF52840_UART_MODEL_H

#include "boards/board.h"
#include "boards/nrf52840/link.h"
#include "boards/nrf52840/registers.h"
#include "tests/boards/registers.h"

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

static inline struct line *line_of(uint32_t address)
{
    return (address & ~0xFFFU) == UARTE0 ? &lines[0] : (address & ~0xFFFU) == UARTE1 ? &lines[1] : NULL;
}

/* A byte of the FIFO goes to memory when the DMA has a place for it. */
static inline void deliver(struct line *l)
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

static inline uint32_t model_write(uint32_t address, uint32_t held, uint32_t value)
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

static inline int setup(void **state)
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

static inline void interrupt(struct line *l)
{
    assert_false(ut_model.masked);
    if (l->base == UARTE0)
        ut_nrf_link_irq();
    else
        ut_nrf_hci_irq();
    deliver(l);
}

static inline int pending(struct line *l)
{
    return ut_model_held(UARTE_EVENTS_ENDRX(l->base)) || ut_model_held(UARTE_EVENTS_ENDTX(l->base)) ||
           ut_model_held(UARTE_EVENTS_ERROR(l->base));
}

static inline void serve(struct line *l)
{
    deliver(l);
    for (int i = 0; pending(l) && i < 100; i++)
        interrupt(l);
    assert_false(pending(l));
}

/* A byte comes in; 0 when RTS says no or nobody is there to take it. */
static inline int come(struct line *l, uint8_t byte)
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

static inline void dma_ends(struct line *l)
{
    uint32_t from = ut_model_held(UARTE_TXD_PTR(l->base)), n = ut_model_held(UARTE_TXD_MAXCNT(l->base));
    assert_true(l->sending);
    for (uint32_t i = 0; i < n; i++)
        l->sent[l->sent_bytes++] = ((volatile uint8_t *)ut_model_pointer(from))[i];
    l->sending = 0;
    ut_model_hold(UARTE_EVENTS_ENDTX(l->base), 1);
    interrupt(l);
}

static inline uint8_t number(size_t i)
{
    return (uint8_t)(i * 7 + i / 256);
}

static inline size_t write_from(size_t (*write)(const uint8_t *, size_t), size_t first, size_t n)
{
    uint8_t bytes[1200];
    for (size_t i = 0; i < n; i++)
        bytes[i] = number(first + i);
    return write(bytes, n);
}

static inline void check_sent(const struct line *l, size_t n)
{
    assert_int_equal(l->sent_bytes, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(l->sent[i], number(i));
}

#endif
