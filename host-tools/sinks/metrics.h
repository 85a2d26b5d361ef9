/* SPDX-License-Identifier: Apache-2.0 */
/* How many of what, as Prometheus reads it: a file that its node exporter's textfile collector takes up.
 * SPEC.md "Metrics".
 *
 * in    events of any number of calls, and what a view shows
 * out   the file, whole each time: at the opening, then every UT_METRICS_MS when there is a flush, and at the close
 * errors a file that cannot be written, at the opening and at the close; in between it is tried again
 * Counts only, since the run's begin: no call, session or person is in it, so that others may read it (0644).
 */
#ifndef UT_HOST_METRICS_H
#define UT_HOST_METRICS_H

#include "host-tools/call/sink.h"
#include "host-tools/sinks/floor_link.h"

#include <stdio.h>

enum { UT_METRICS_MS = 5000 };

/* path outlives the sink; NULL = no file: what counts is asked for. NULL when out of memory. */
struct ut_sink *ut_metrics_sink(const char *path);

/* The store whose outbox is counted too, and what became of scores for a floor; both outlive the sink. NULL = none. */
void ut_metrics_keeps(struct ut_sink *s, const char *store, const struct ut_floor_scores *floor);

/* What the sink would write now, on a stream. */
void ut_metrics_print(const struct ut_sink *s, FILE *out);

#endif
