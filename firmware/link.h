/* SPDX-License-Identifier: Apache-2.0 */
/* Records pending for the serial link. Never waits, never blocks the audio.
 *
 * in    records (a ut_call_sink)
 * out   framed bytes through board_link_write
 * When the link is too slow, records are dropped as firmware/queue.h says.
 */
#ifndef UT_FIRMWARE_LINK_H
#define UT_FIRMWARE_LINK_H

#include "firmware/queue.h"
#include "firmware/wire.h"

#include <stddef.h>
#include <stdint.h>

enum { UT_LINK_RECORDS = 16 }; /* 4 s of scores */

struct ut_link {
    struct ut_queue queue;
    uint8_t records[UT_LINK_RECORDS][UT_WIRE_RECORD_BYTES];
    uint8_t frame[UT_WIRE_FRAME_BYTES]; /* the frame being sent */
    uint8_t frame_at, frame_len;
};

void ut_link_init(struct ut_link *l);
void ut_link_put(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES]);

/* Moves as many bytes as the board takes now. Returns 1 when nothing is pending. */
int ut_link_pump(struct ut_link *l);

/* The same for what is left of the frame that has begun; 1: something else may use the link. */
int ut_link_pause(struct ut_link *l);

#endif
