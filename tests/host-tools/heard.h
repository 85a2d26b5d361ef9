/* SPDX-License-Identifier: Apache-2.0 */
/* A call without a classifier that hears sound, and its rows for drawing, as `replay --report` makes them. */
#ifndef UT_TESTS_HOST_TOOLS_HEARD_H
#define UT_TESTS_HOST_TOOLS_HEARD_H

#include "host-tools/reports/rows.h"

struct ut_heard {
    struct ut_call call;
    struct ut_rows rows;
};

static inline void ut_heard_drop(void *ctx, const uint8_t record[UT_WIRE_RECORD_BYTES])
{
    (void)ctx;
    (void)record;
}

static inline int ut_heard_begin(struct ut_heard *h)
{
    ut_rows_init(&h->rows);
    return ut_call_init(&h->call, NULL, "test", ut_heard_drop, NULL);
}

/* Any number of pairs. 0, or -1 when out of memory. */
static inline int ut_heard_push(struct ut_heard *h, const int16_t *pairs, size_t n)
{
    while (n > 0) {
        size_t left = (size_t)(UT_FRAME_HOP - h->call.agent.frame.fill), now = n < left ? n : left;
        ut_call_push(&h->call, pairs, now);
        if (ut_rows_push(&h->rows, &h->call, pairs, now) != 0)
            return -1;
        pairs += 2 * now;
        n -= now;
    }
    return 0;
}

#endif
