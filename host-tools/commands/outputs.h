/* SPDX-License-Identifier: Apache-2.0 */
/* The outputs that a call can have, by name: the one table from which commands fill a list of sinks.
 *
 * in    a name, and a stream or a file
 * out   a sink of that kind in the list, open
 * errors an unknown name (usage), a file that cannot be written
 */
#ifndef UT_HOST_OUTPUTS_H
#define UT_HOST_OUTPUTS_H

#include "host-tools/call/sink.h"
#include "host-tools/system/fault.h"

#include <stdio.h>

/* "ndjson", "text", "csv", ... into the file at path, which outlives the list; path NULL: to the stream. 0, or -1 and
 * *fault. */
int ut_outputs_add(struct ut_sinks *list, const char *name, FILE *stream, const char *path, struct ut_fault *fault);

#endif
