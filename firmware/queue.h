/* SPDX-License-Identifier: Apache-2.0 */
/* Records waiting for a link, in a place that the link gives. When full: the oldest score record goes first, then the
 * oldest status; hello, turn events and the score that ends the call are kept until nothing else is left. Each record
 * dropped is counted; its sequence number shows as a gap at the receiver. */
#ifndef UT_FIRMWARE_QUEUE_H
#define UT_FIRMWARE_QUEUE_H

#include "firmware/wire.h"

#include <stdint.h>

struct ut_queue {
    uint8_t (*records)[UT_WIRE_RECORD_BYTES]; /* oldest first */
    uint8_t room, count;
    uint8_t held;   /* how many of the oldest are on their way and are not dropped; fewer than room */
    uint16_t drops; /* saturates */
};

/* `room` records fit into `records`, at least 1. */
void ut_queue_init(struct ut_queue *q, uint8_t (*records)[UT_WIRE_RECORD_BYTES], uint8_t room);
void ut_queue_put(struct ut_queue *q, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* Takes the oldest record out; the queue is not empty, and holds none. */
void ut_queue_take(struct ut_queue *q, uint8_t record[UT_WIRE_RECORD_BYTES]);

/* For a link that hears when a record has arrived. hold: the oldest record not held, which stays, or NULL when there is
 * none or no other could stay. release: the oldest n of those held have arrived. unhold: none of them has. */
const uint8_t *ut_queue_hold(struct ut_queue *q);
void ut_queue_release(struct ut_queue *q, unsigned n);
void ut_queue_unhold(struct ut_queue *q);

#endif
