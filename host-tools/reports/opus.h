/* SPDX-License-Identifier: Apache-2.0 */
/* A call's audio as Ogg Opus in memory, small enough to travel inside a page.
 *
 * in    {customer, agent} pairs, int16, 16 kHz, any chunk size
 * out   bytes; stereo, agent left and customer right, or the customer alone
 */
#ifndef UT_HOST_OPUS_H
#define UT_HOST_OPUS_H

#include <stddef.h>
#include <stdint.h>

struct ut_opus;

/* NULL when out of memory or when the sound library has no Opus. */
struct ut_opus *ut_opus_open(int with_agent);

/* 0, or -1 when out of memory. */
int ut_opus_push(struct ut_opus *o, const int16_t *pairs, size_t n);

/* The whole file; valid until ut_opus_free. NULL when out of memory. */
const uint8_t *ut_opus_finish(struct ut_opus *o, size_t *len);

void ut_opus_free(struct ut_opus *o);

#endif
