/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/link.h"

#include "boards/board.h"

#include <string.h>

void ut_link_init(struct ut_link *l)
{
    memset(l, 0, sizeof *l);
    ut_queue_init(&l->queue, l->records, UT_LINK_RECORDS);
}

void ut_link_put(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct ut_link *l = ctx;
    ut_queue_put(&l->queue, record);
}

int ut_link_pause(struct ut_link *l)
{
    size_t left = (size_t)(l->frame_len - l->frame_at);
    size_t n = left > 0 ? board_link_write(l->frame + l->frame_at, left) : 0;
    l->frame_at = (uint8_t)(l->frame_at + n);
    return n == left;
}

int ut_link_pump(struct ut_link *l)
{
    for (;;) {
        if (l->frame_at == l->frame_len) {
            if (l->queue.count == 0)
                return 1;
            uint8_t record[UT_WIRE_RECORD_BYTES];
            ut_queue_take(&l->queue, record);
            l->frame_len = (uint8_t)ut_wire_frame(record, l->frame);
            l->frame_at = 0;
        }
        if (!ut_link_pause(l))
            return 0;
    }
}
