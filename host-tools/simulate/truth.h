/* SPDX-License-Identifier: Apache-2.0 */
/* What simulated headsets really sent, a JSON object a line, beside which a test lays what arrived.
 * SPEC.md "Simulated headsets".
 *
 * in    records and events as they are sent, or not sent on purpose
 * out   lines of a file, in order of time
 * errors those of output files (system/output.h); the first stays
 */
#ifndef UT_HOST_TRUTH_H
#define UT_HOST_TRUTH_H

#include "host-tools/simulate/records.h"
#include "host-tools/system/output.h"

#include <stdbool.h>
#include <stdint.h>

struct ut_truth {
    struct ut_output output;
    bool open;
};

/* Where something happened: a headset, the script's call, the call's number from 1, call time. Names are of letters,
 * digits, '.', '_' and '-'. */
struct ut_truth_place {
    const char *headset, *call;
    unsigned number;
    int64_t unix_ms;
    uint32_t t_ms;
};

/* path NULL: nothing is written. The file is whole at the close; before, a reader finds it as it grows beside it
 * (system/output.h). 0, or -1 and *fault. */
int ut_truth_open(struct ut_truth *t, const char *path, struct ut_fault *fault);
int ut_truth_close(struct ut_truth *t, struct ut_fault *fault);

/* "call_began", "call_ended", "line_gone", "line_back", ... */
void ut_truth_moment(struct ut_truth *t, const struct ut_truth_place *p, const char *kind);

/* fate: "sent", "lost" (by the script), "full" (the line had no room), "unheard" (nobody listened). */
void ut_truth_record(struct ut_truth *t, const struct ut_truth_place *p, const uint8_t record[UT_WIRE_RECORD_BYTES],
                     const char *fate);

/* An event when it goes for the first time. */
struct ut_truth_event {
    const char *session, *type;
    uint32_t sequence, crc32; /* of the payload */
};
void ut_truth_event(struct ut_truth *t, const struct ut_truth_place *p, const struct ut_truth_event *e);

#endif
