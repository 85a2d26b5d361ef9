/* SPDX-License-Identifier: Apache-2.0 */
#include "host-tools/commands/to_floor.h"

#include "host-tools/system/clock.h"
#include "host-tools/system/stop.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    STEP_MS = 50,
    VAIN_MS = 12000 /* an attempt, and three of what was sent */
};

static int carry(struct ut_floor_link *link, struct ut_outbox_counts *left, struct ut_fault *fault)
{
    uint64_t done = 0;
    for (int64_t since = ut_clock_ms();;) {
        struct ut_floor_link_state s = ut_floor_link_state(link);
        if (s.taken + s.scores != done)
            since = ut_clock_ms();
        done = s.taken + s.scores;
        if (ut_floor_link_counts(link, left, fault) != 0)
            return -1;
        if (left->waiting == 0 || s.replaced || ut_stop_signal() != 0 || ut_clock_ms() - since > VAIN_MS)
            return 0;
        if (ut_floor_link_step(link, -1, STEP_MS, fault) != 0)
            return -1;
    }
}

int ut_to_floor(const struct ut_floor_link_options *o, struct ut_to_floor *result, struct ut_fault *fault)
{
    *result = (struct ut_to_floor){0};
    struct ut_floor_link *link = ut_floor_link_new(o, fault);
    if (link == NULL)
        return -1;
    int r = carry(link, &result->left, fault);
    if (r == 0) {
        struct ut_floor_link_state s = ut_floor_link_state(link);
        result->sent = s.taken;
        if (result->left.waiting > 0)
            (void)snprintf(result->why, sizeof result->why, "mqtt %s: %" PRId64 " events wait: %s", s.host,
                           result->left.waiting,
                           s.error[0] != '\0' ? s.error : "no acknowledgement; does `undertone serve` run?");
        ut_floor_link_leave(link);
    }
    ut_floor_link_free(link);
    return r;
}
