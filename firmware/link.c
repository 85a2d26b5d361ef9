/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/link.h"

#include "boards/board.h"

#include <string.h>

void ut_link_init(struct ut_link *l)
{
    memset(l, 0, sizeof *l);
}

/* Takes record i out of the queue; the later ones move up. */
static void take_out(struct ut_link *l, int i)
{
    l->count--;
    memmove(l->records[i], l->records[i + 1], (size_t)(l->count - i) * UT_WIRE_RECORD_BYTES);
}

/* The score that ends the call tells the receiver so: it is kept like a turn. */
static int ends_call(const uint8_t *record)
{
    struct ut_wire_score score;
    return ut_wire_unpack_score(record, &score) == 0 && (score.flags & UT_WIRE_END) != 0;
}

static int oldest_of(const struct ut_link *l, int type)
{
    for (int i = 0; i < l->count; i++)
        if (ut_wire_type(l->records[i]) == type && !ends_call(l->records[i]))
            return i;
    return -1;
}

void ut_link_put(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    struct ut_link *l = ctx;
    if (l->count == UT_LINK_RECORDS) {
        int victim = oldest_of(l, UT_WIRE_SCORE);
        if (victim < 0)
            victim = oldest_of(l, UT_WIRE_STATUS);
        take_out(l, victim < 0 ? 0 : victim);
        if (l->drops < UINT16_MAX)
            l->drops++;
    }
    memcpy(l->records[l->count], record, UT_WIRE_RECORD_BYTES);
    l->count++;
}

int ut_link_pump(struct ut_link *l)
{
    for (;;) {
        if (l->frame_at == l->frame_len) {
            if (l->count == 0)
                return 1;
            l->frame_len = (uint8_t)ut_wire_frame(l->records[0], l->frame);
            l->frame_at = 0;
            take_out(l, 0);
        }
        size_t left = (size_t)(l->frame_len - l->frame_at);
        size_t n = board_link_write(l->frame + l->frame_at, left);
        l->frame_at = (uint8_t)(l->frame_at + n);
        if (n < left)
            return 0;
    }
}
