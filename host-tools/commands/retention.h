/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a store that are too old. SPEC.md "Store".
 *
 * in    an open store, its file, a time
 * out   calls that ended before it are erased, with what a replay of a folder left beside the store
 * errors those of the store and of the folder; what is left then is found again by the next run
 */
#ifndef UT_HOST_RETENTION_H
#define UT_HOST_RETENTION_H

#include "host-tools/call/sink.h"
#include "host-tools/settings/config.h"
#include "host-tools/system/database.h"
#include "host-tools/system/fault.h"

#include <stdint.h>

/* before: Unix time in ms; of a call without a date, when it was stored counts. The number of calls, or -1 and
 * *fault. */
int ut_retention_erase(struct ut_database *d, const char *file, int64_t before, struct ut_fault *fault);

/* What a desk does by itself: [store] days, at its start and then daily. */
struct ut_retention {
    const char *file;
    int days;              /* 0 = never */
    struct ut_sink *audit; /* NULL = no record is kept */
    int64_t due_ms;        /* of a clock that never goes back; 0 = at once */
};

/* file NULL = there is no store. 0, or -1 and *fault: days is no number from 0 to 36500. */
int ut_retention_begin(struct ut_retention *r, const struct ut_config *config, const char *file, struct ut_sink *audit,
                       struct ut_fault *fault);

/* From time to time. What is erased is said, and on record first; a store that cannot be asked now is remarked upon,
 * and asked an hour later. 0; or -1 and *fault, of the record alone. */
int ut_retention_step(struct ut_retention *r, int64_t now_ms, int64_t unix_ms, struct ut_fault *fault);

#endif
