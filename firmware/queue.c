/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/queue.h"

#include <string.h>

void ut_queue_init(struct ut_queue *q, uint8_t (*records)[UT_WIRE_RECORD_BYTES], uint8_t room)
{
    memset(q, 0, sizeof *q);
    q->records = records;
    q->room = room;
}

/* Takes record i out; the later ones move up. */
static void take_out(struct ut_queue *q, int i)
{
    q->count--;
    memmove(q->records[i], q->records[i + 1], (size_t)(q->count - i) * UT_WIRE_RECORD_BYTES);
}

/* The score that ends the call tells the receiver so: it is kept like a turn. */
static int ends_call(const uint8_t *record)
{
    struct ut_wire_score score;
    return ut_wire_unpack_score(record, &score) == 0 && (score.flags & UT_WIRE_END) != 0;
}

static int oldest_of(const struct ut_queue *q, int type)
{
    for (int i = q->held; i < q->count; i++)
        if (ut_wire_type(q->records[i]) == type && !ends_call(q->records[i]))
            return i;
    return -1;
}

void ut_queue_put(struct ut_queue *q, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    if (q->count == q->room) {
        int victim = oldest_of(q, UT_WIRE_SCORE);
        if (victim < 0)
            victim = oldest_of(q, UT_WIRE_STATUS);
        take_out(q, victim < 0 ? q->held : victim);
        if (q->drops < UINT16_MAX)
            q->drops++;
    }
    memcpy(q->records[q->count], record, UT_WIRE_RECORD_BYTES);
    q->count++;
}

void ut_queue_take(struct ut_queue *q, uint8_t record[UT_WIRE_RECORD_BYTES])
{
    memcpy(record, q->records[0], UT_WIRE_RECORD_BYTES);
    take_out(q, 0);
}

const uint8_t *ut_queue_hold(struct ut_queue *q)
{
    if (q->held == q->count || q->held + 1 == q->room)
        return NULL;
    return q->records[q->held++];
}

void ut_queue_release(struct ut_queue *q, unsigned n)
{
    for (; n > 0 && q->held > 0; n--) {
        q->held--;
        take_out(q, 0);
    }
}

void ut_queue_unhold(struct ut_queue *q)
{
    q->held = 0;
}
