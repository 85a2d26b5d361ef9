/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/ring.h"

#include <string.h>

void ut_ring_init(struct ut_ring *r)
{
    memset(r->pairs, 0, sizeof r->pairs);
    r->head = 0;
    r->tail = 0;
    r->overruns = 0;
    r->ended = 0;
}

/* Copies n pairs between the ring at position `at` and a flat array, in at most two pieces. */
static void copy_in(struct ut_ring *r, uint32_t at, const int16_t *pairs, size_t n)
{
    size_t from = at % UT_RING_PAIRS;
    size_t first = n < UT_RING_PAIRS - from ? n : UT_RING_PAIRS - from;
    memcpy(r->pairs + 2 * from, pairs, first * 2 * sizeof *pairs);
    memcpy(r->pairs, pairs + 2 * first, (n - first) * 2 * sizeof *pairs);
}

static void copy_out(const struct ut_ring *r, uint32_t at, int16_t *pairs, size_t n)
{
    size_t from = at % UT_RING_PAIRS;
    size_t first = n < UT_RING_PAIRS - from ? n : UT_RING_PAIRS - from;
    memcpy(pairs, r->pairs + 2 * from, first * 2 * sizeof *pairs);
    memcpy(pairs + 2 * first, r->pairs, (n - first) * 2 * sizeof *pairs);
}

void ut_ring_put(void *ctx, const int16_t *pairs, size_t frames)
{
    struct ut_ring *r = ctx;
    if (frames == 0) {
        r->ended = 1;
        return;
    }
    uint32_t head = r->head;
    uint32_t used = head - r->tail;
    if (pairs == NULL || frames > UT_RING_PAIRS - used) {
        r->overruns = r->overruns + 1; /* one writer: no read-modify-write needed */
        return;
    }
    copy_in(r, head, pairs, frames);
    r->head = head + (uint32_t)frames; /* publishes the samples */
}

size_t ut_ring_get(struct ut_ring *r, int16_t *pairs, size_t max)
{
    uint32_t tail = r->tail;
    uint32_t used = r->head - tail;
    size_t n = max < used ? max : used;
    copy_out(r, tail, pairs, n);
    r->tail = tail + (uint32_t)n;
    return n;
}
