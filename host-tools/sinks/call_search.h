/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a store by how they went. SPEC.md "Trajectory".
 *
 * in    a store, which may be anybody's; what calls are looked for
 * out   each such call with its trajectory, the oldest first
 * errors host-tools/system/database.h; UT_EXIT_FAILURE no memory
 */
#ifndef UT_HOST_CALL_SEARCH_H
#define UT_HOST_CALL_SEARCH_H

#include "host-tools/sinks/event_table.h"
#include "host-tools/system/json.h"

#include <stdbool.h>
#include <stdint.h>

/* All zero: every call. A call of which nothing was scored is none of those that change, peak or above ask for. */
struct ut_call_search {
    int64_t since_ms,
        until_ms;       /* the call began then or later, or before that; 0 = any. Calls without a date are none */
    const char *change; /* "worse", "same", "better" */
    const char *contact, *cue; /* the name; a cue that opened in it */
    double peak;               /* the peak, at least */
    int64_t above_ms;          /* time above, at least */
};

struct ut_call_found {
    struct ut_event_table_call call;
    int64_t hold_ms;    /* on hold in all */
    json_t *trajectory; /* borrowed; NULL = nothing was scored, or the call has not ended */
};

/* Not 0 from `each` ends it. 0, or -1 and *fault. */
typedef int ut_call_search_each(void *ctx, const struct ut_call_found *found);
int ut_call_search(struct ut_database *d, const struct ut_call_search *search, ut_call_search_each *each, void *ctx,
                   struct ut_fault *fault);

#endif
