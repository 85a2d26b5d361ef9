/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a UART between the main loop and an interrupt: a ring that needs no lock.
 *
 * in    bytes, in any portions, from one side
 * out   the same bytes in the same order to the other side; a full ring takes none
 * Each index is written by one side only. All is volatile, so that a byte is in its place before the index says so:
 * enough on one core.
 */
#ifndef UT_BOARDS_CORTEXM_RING_H
#define UT_BOARDS_CORTEXM_RING_H

#include <stddef.h>
#include <stdint.h>

struct ut_byte_ring {
    volatile uint8_t *bytes;
    uint32_t size;                /* a power of two */
    volatile uint32_t head, tail; /* bytes put and taken, modulo 2^32 */
};

/* The initial value of an empty ring that keeps its bytes in an array; compiles for a power of two only. */
#define UT_BYTE_RING(array)                                                                                            \
    {                                                                                                                  \
        .bytes = (array), .size = sizeof(array) * sizeof(char[(sizeof(array) & (sizeof(array) - 1)) == 0 ? 1 : -1])    \
    }

static inline void ut_byte_ring_clear(struct ut_byte_ring *r)
{
    r->head = r->tail = 0;
}

static inline uint32_t ut_byte_ring_used(const struct ut_byte_ring *r)
{
    return r->head - r->tail;
}

static inline int ut_byte_ring_full(const struct ut_byte_ring *r)
{
    return ut_byte_ring_used(r) == r->size;
}

/* Only into a ring that is not full. */
static inline void ut_byte_ring_put(struct ut_byte_ring *r, uint8_t byte)
{
    r->bytes[r->head & (r->size - 1)] = byte;
    r->head++;
}

/* Only from a ring that is not empty. */
static inline uint8_t ut_byte_ring_take(struct ut_byte_ring *r)
{
    uint8_t byte = r->bytes[r->tail & (r->size - 1)];
    r->tail++;
    return byte;
}

/* Bytes put, up to len; 0 when full. */
static inline size_t ut_byte_ring_write(struct ut_byte_ring *r, const uint8_t *data, size_t len)
{
    size_t n = 0;
    while (n < len && !ut_byte_ring_full(r))
        ut_byte_ring_put(r, data[n++]);
    return n;
}

/* Bytes taken, up to len; 0 when empty. */
static inline size_t ut_byte_ring_read(struct ut_byte_ring *r, uint8_t *data, size_t len)
{
    size_t n = 0;
    while (n < len && ut_byte_ring_used(r) > 0)
        data[n++] = ut_byte_ring_take(r);
    return n;
}

/* The longest piece from the next byte on that lies in one run, for a DMA. It stays in the ring until it is dropped. */
static inline uint32_t ut_byte_ring_piece(const struct ut_byte_ring *r, const volatile uint8_t **piece)
{
    uint32_t at = r->tail & (r->size - 1), used = ut_byte_ring_used(r);
    *piece = &r->bytes[at];
    return used < r->size - at ? used : r->size - at;
}

static inline void ut_byte_ring_drop(struct ut_byte_ring *r, uint32_t n)
{
    r->tail += n;
}

#endif
