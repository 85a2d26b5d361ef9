/* SPDX-License-Identifier: Apache-2.0 */
/* Score records as a table: a line with the columns' names, then one per record, four a second.
 * SPEC.md "Replay formats".
 *
 * in    recordings and their score records
 * out   CSV to the stream, or to the file where path is not NULL, whole or not at all; numbers in the units of their
 *       columns, not those of the wire
 * errors host-tools/call/sink_stream.h; NULL when out of memory
 */
#ifndef UT_HOST_SCORES_H
#define UT_HOST_SCORES_H

#include "host-tools/call/sink.h"

#include <stdio.h>

struct ut_sink *ut_scores_sink(FILE *stream, const char *path);

#endif
