/* SPDX-License-Identifier: Apache-2.0 */
/* Records pending for a link, in memory that the link gives. When it is full the oldest score is dropped, without one
 * the oldest status; hello, turn events and the score that ends the call are kept until nothing else is left. Each
 * record dropped is counted; the receiver sees a gap in the sequence numbers. */
#ifndef UT_FIRMWARE_QUEUE_H
#define UT_FIRMWARE_QUEUE_H

#include "firmware/wire.h"

#include <stdint.h>

struct ut_queue {
    uint8_t (*records)[UT_WIRE_RECORD_BYTES]; /* oldest first */
    uint8_t room, count;
    uint8_t held;   /* how many of the oldest are being sent and are not dropped; fewer than room */
    uint16_t drops; /* saturates */
};

/* `room` records fit into `records`, at least 1. */
void ut_queue_init(struct ut_queue *q, uint8_t (*records)[UT_WIRE_RECORD_BYTES], uint8_t room);
void ut_queue_put(struct ut_queue *q, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* Takes the oldest record out; the queue is not empty, and holds none. */
void ut_queue_take(struct ut_queue *q, uint8_t record[UT_WIRE_RECORD_BYTES]);

/* For a link that learns when a record has arrived. hold: gives the oldest record not held and holds it in the queue;
 * NULL when there is none, or when all room would be held. release: the oldest n held ones have arrived and leave the
 * queue. unhold: none of those held has arrived. */
const uint8_t *ut_queue_hold(struct ut_queue *q);
void ut_queue_release(struct ut_queue *q, unsigned n);
void ut_queue_unhold(struct ut_queue *q);

#endif
