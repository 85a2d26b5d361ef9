/* SPDX-License-Identifier: Apache-2.0 */
/* Records waiting for a link, in a place that the link gives. When full: the oldest score record goes first, then the oldest status; hello, turn events
 * and the score that ends the call are kept until nothing else is left. Each record dropped is counted; its sequence
 * number shows as a gap at the receiver. */
#ifndef UT_FIRMWARE_QUEUE_H
#define UT_FIRMWARE_QUEUE_H

#include "firmware/wire.h"

#include <stdint.h>

struct ut_queue {
    uint8_t (*records)[UT_WIRE_RECORD_BYTES]; /* oldest first */
    uint8_t room, count;
    uint16_t drops; /* saturates */
};

/* `room` records fit into `records`, at least 1. */
void ut_queue_init(struct ut_queue *q, uint8_t (*records)[UT_WIRE_RECORD_BYTES], uint8_t room);
void ut_queue_put(struct ut_queue *q, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* Takes the oldest record out; the queue is not empty. */
void ut_queue_take(struct ut_queue *q, uint8_t record[UT_WIRE_RECORD_BYTES]);

#endif
