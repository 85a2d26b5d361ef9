/* SPDX-License-Identifier: Apache-2.0 */
/* What waits in a store's outbox for the floor, sent now: until all has arrived, or for a while nothing more does.
 * SPEC.md "Outbox".
 *
 * in    a store, brokers and who this desk is (host-tools/sinks/floor_link.h)
 * out   how many events have arrived, what is left and why
 * errors those of the link
 */
#ifndef UT_HOST_TO_FLOOR_H
#define UT_HOST_TO_FLOOR_H

#include "host-tools/sinks/floor_link.h"

struct ut_to_floor {
    uint64_t sent;
    struct ut_outbox_counts left;
    char why[UT_BROKER_HOST + UT_BROKER_ERROR + 100]; /* "mqtt HOST: 3 events wait: ..."; "" = none does */
};

/* A signal ends it as well, where ut_stop_watch (host-tools/system/stop.h) was called. 0, or -1 and *fault. */
int ut_to_floor(const struct ut_floor_link_options *o, struct ut_to_floor *result, struct ut_fault *fault);

#endif
