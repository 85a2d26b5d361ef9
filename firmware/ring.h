/* SPDX-License-Identifier: Apache-2.0 */
/* Audio between the interrupt and the main loop: a single-producer single-consumer ring of {customer, agent} pairs.
 *
 * The producer (interrupt) calls ut_ring_put, the consumer (main loop) ut_ring_get; no locks. A block that does not
 * fit is dropped whole and counted in overruns, so that time lost is a whole number of blocks. A block that the board
 * itself lost is put as NULL and counts the same.
 */
#ifndef UT_FIRMWARE_RING_H
#define UT_FIRMWARE_RING_H

#include <stddef.h>
#include <stdint.h>

enum { UT_RING_PAIRS = 1024 }; /* 64 ms; a power of two */

struct ut_ring {
    int16_t pairs[2 * UT_RING_PAIRS];
    _Atomic uint32_t head; /* pairs written, modulo 2^32 */
    _Atomic uint32_t tail; /* pairs read */
    _Atomic uint32_t overruns;
    _Atomic uint32_t ended; /* the source has ended */
};

void ut_ring_init(struct ut_ring *r);

/* Fits board_audio_fn; ctx is a struct ut_ring. */
void ut_ring_put(void *ctx, const int16_t *pairs, size_t frames);

/* Copies up to max pairs out. Returns the number copied. */
size_t ut_ring_get(struct ut_ring *r, int16_t *pairs, size_t max);

#endif
