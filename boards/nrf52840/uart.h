/* SPDX-License-Identifier: Apache-2.0 */
/* A UARTE by EasyDMA. Sending goes in the longest contiguous pieces of a ring; receiving byte by byte, the next one
 * asked for when the last has found its place, so that a full ring stops the other side by RTS.
 */
#ifndef UT_BOARDS_NRF52840_UART_H
#define UT_BOARDS_NRF52840_UART_H

#include "boards/cortexm/ring.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_NRF_UART_RING_BYTES = 1024 };

struct ut_nrf_uart {
    uint32_t base;
    struct ut_byte_ring tx, rx;
    int lossless;              /* else what finds no room is dropped */
    volatile uint32_t sending; /* bytes the DMA has now */
    volatile uint8_t cell;     /* where it puts the next one */
    volatile int held;         /* the cell waits for room in the ring, and the other side for RTS */
};

/* The pins are set. What the rings held is gone. */
void ut_nrf_uart_open(struct ut_nrf_uart *u, uint32_t baud, uint32_t config);
void ut_nrf_uart_irq(struct ut_nrf_uart *u);
size_t ut_nrf_uart_write(struct ut_nrf_uart *u, const uint8_t *data, size_t len);
size_t ut_nrf_uart_read(struct ut_nrf_uart *u, uint8_t *data, size_t len);

/* An output that is high while its peripheral is off. */
void ut_nrf_output_high(uint32_t pin);

#endif
